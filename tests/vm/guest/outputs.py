#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: outputs.py journal|audit|ecs|ocsf|cef RECORD <WHAT-CAME

Whether what an output's reader has is what the record says: every line of the record once, in order,
with the same names, byte for byte.
"""
import json
import re
import sys

what = sys.argv[1]
lines = [line.rstrip(b"\n") for line in open(sys.argv[2], "rb")]
record = [json.loads(line) for line in lines]


def unescape(name):
    """Bytes of a name as an event has it."""
    return re.sub(rb"\\(\\|x([0-9a-f]{2}))", lambda m: bytes([int(m[2], 16)]) if m[2] else b"\\",
                  name.encode())


def names(event):
    file, process = event.get("file"), event.get("process")
    if not file:
        return ()
    return tuple(unescape(n or "") for n in (file["path"], process["exe"], process["comm"]))


def from_journal(text):
    for line in text.splitlines():
        entry = json.loads(line)
        if "INTERDICT_JSON" not in entry:
            continue

        def field(name):
            value = entry.get(name, "")
            return bytes(value) if isinstance(value, list) else value.encode()

        event = json.loads(field("INTERDICT_JSON"))
        assert field("INTERDICT_JSON") in lines, event
        assert field("INTERDICT_SEQ") == str(event["seq"]).encode(), event
        assert field("INTERDICT_EVENT") == event["event"].encode(), event
        assert len(entry["MESSAGE_ID"]) == 32 and entry["PRIORITY"] in "01234567", entry
        message = field("MESSAGE").decode()
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e]", message), message
        found = tuple(unescape(field(n).decode()) for n in
                      ("INTERDICT_PATH", "INTERDICT_EXE", "INTERDICT_COMM"))
        yield event["seq"], found if "file" in event else ()


def from_audit(text):
    for line in text.splitlines():
        seq = re.search(r" seq=(\d+)", line)
        if "interdict" not in line and "avc:  " not in line or not seq:
            continue
        assert not re.search("[\x00-\x1c\x1e\x1f\x7f-\x9f]", line), line

        def field(name):
            # the first: libaudit adds an exe of its own
            m = re.search(rf' {name}=(?:"([^"]*)"|([0-9A-F]*))(?= |$)', line[seq.start():])
            return b"" if not m else m[1].encode() if m[1] is not None else bytes.fromhex(m[2])

        if "op=interdict-checkpoint" in line:
            assert field("json").rstrip(b"\n") in lines, line
        file = "avc:  " in line
        yield int(seq[1]), (field("path"), field("exe"), field("comm")) if file else ()


def from_ecs(text):
    for line in text.splitlines():
        e = json.loads(line)
        process = e.get("process", {})
        found = (e.get("file", {}).get("path", ""), process.get("executable", ""), process.get("name", ""))
        yield e["event"]["sequence"], tuple(unescape(n) for n in found) if "file" in e else ()


def from_ocsf(text):
    for line in text.splitlines():
        e = json.loads(line)
        file = e.get("file") or e.get("process", {}).get("file")
        process = e.get("actor", {}).get("process", {})
        found = (file.get("path", ""), process.get("path", ""), process.get("name", "")) if file else ()
        yield e["metadata"]["sequence"], tuple(unescape(n) for n in found)


def from_cef(text):
    for line in text.splitlines():
        head = re.match(r" ?CEF:0\|Interdict\|interdict\|[^|]*\|(\w+)\|[^|]*\|\d+\|", line)
        pairs = re.findall(r"(\w+)=((?:\\.|[^\\=])*)(?= \w+=|$)", line[head.end():])
        e = {key: re.sub(r"\\(.)", r"\1", value) for key, value in pairs}
        found = (e.get("filePath", ""), e.get("cs4", ""), e.get("sproc", ""))
        yield int(e["externalId"]), tuple(unescape(n) for n in found) if "fileId" in e else ()


came = list(globals()["from_" + what](sys.stdin.buffer.read().decode("utf-8", "surrogateescape")))
wanted = [(event["seq"], names(event)) for event in record]
if came != wanted:
    for got, want in zip(came, wanted):
        if got != want:
            print(f"came {got}, the record has {want}")
            break
    sys.exit(f"{what}: {len(came)} came, {len(wanted)} are in the record")
print(f"{what}: {len(came)} events")
