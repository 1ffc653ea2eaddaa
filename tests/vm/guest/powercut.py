#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Power cuts: what a disk is like after each of its writes.

powercut.py LOG IMAGE POINTS COMMAND...

LOG is the log of a dm-log-writes device (Documentation/admin-guide/device-mapper/log-writes.rst; the
structs are in drivers/md/dm-log-writes.c). It is replayed onto IMAGE; at POINTS places between the marks
"begin" and "end", the first and the last among them, COMMAND is run. Prints the number of places; fails if
a command did.
"""
import struct
import subprocess
import sys

MAGIC = 0x6A736677736872
SUPER, ENTRY = struct.Struct("<QQQI"), struct.Struct("<QQQQ")
DISCARD, MARK = 1 << 2, 1 << 3


def entries(log):
    magic, version, count, size = SUPER.unpack(log.read(SUPER.size))
    assert magic == MAGIC and version == 1, "no log of dm-log-writes"
    at = size
    for _ in range(count):
        log.seek(at)
        sector, sectors, flags, length = ENTRY.unpack(log.read(ENTRY.size))
        mark = log.read(length).rstrip(b"\0").decode() if flags & MARK else None
        at += size
        data = at
        if not flags & DISCARD:
            at += sectors * size
        yield mark, sector * size, sectors * size, None if flags & DISCARD else data


def main():
    log_name, image_name, points = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(log_name, "rb") as log:
        writes = list(entries(log))
    marks = {mark: i for i, (mark, *_) in enumerate(writes) if mark}
    begin, end = marks["begin"], marks["end"]
    assert end > begin, "nothing was written"
    points = min(points, end - begin + 1)
    chosen = {begin + round(i * (end - begin) / max(points - 1, 1)) for i in range(points)}
    failed = 0
    with open(log_name, "rb") as log, open(image_name, "r+b") as image:
        for i, (_, offset, length, data) in enumerate(writes):
            if length and data is not None:
                log.seek(data)
                image.seek(offset)
                image.write(log.read(length))
            elif length:
                image.seek(offset)
                image.write(bytes(length))
            image.flush()
            if i in chosen and subprocess.call(sys.argv[4:]) != 0:
                print(f"after write {i - begin} of {end - begin}")
                failed += 1
    print(f"{len(chosen)} places among {end - begin} writes, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
