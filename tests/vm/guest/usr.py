# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: usr.py run N | map DIR | open WITHOUT DIR...: run N programs of /usr/bin with --version, map
every library in DIR to be executed, or open each file below DIRs for reading (reading on is judged no
more), but not below WITHOUT; print what is refused, and how many were tried; end with 1 if any was."""
import errno
import glob
import mmap
import os
import re
import stat
import subprocess
import sys

# They wait, or end more than themselves.
SKIP = re.compile(r"systemd-.*|interdict|.*sh|yes|script|tmux")


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\177ELF"


def run(path):
    """Whatever it answers; that it can be started is the question."""
    try:
        done = subprocess.run([path, "--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return None
    except PermissionError as error:
        return str(error)
    return done.stdout if b"Operation not permitted" in done.stdout else None


def map_file(path):
    with open(path, "rb") as file:
        try:
            mmap.mmap(file.fileno(), 0, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC).close()
        except OSError as error:
            return str(error) if error.errno in (errno.EPERM, errno.EACCES) else None
    return None


def open_file(path):
    try:
        os.close(os.open(path, os.O_RDONLY))
    except PermissionError as error:
        return str(error)
    return None


def files_below(top, without):
    """Of its file system, no symbolic links."""
    device = os.stat(top).st_dev
    for directory, subdirectories, names in os.walk(top):
        subdirectories[:] = [name for name in subdirectories
                             if os.path.join(directory, name) != without
                             and os.lstat(os.path.join(directory, name)).st_dev == device]
        for name in names:
            path = os.path.join(directory, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield path


if sys.argv[1] == "run":
    paths = [path for path in sorted(glob.glob("/usr/bin/*"))
             if not SKIP.fullmatch(os.path.basename(path)) and os.access(path, os.X_OK) and is_elf(path)]
    # From all over the directory.
    wanted = int(sys.argv[2])
    paths = paths[::max(1, len(paths) // wanted)][:wanted]
    judge = run
elif sys.argv[1] == "open":
    paths = [path for top in sys.argv[3:] for path in files_below(top, sys.argv[2])]
    judge = open_file
else:
    paths = [path for path in sorted(glob.glob(sys.argv[2] + "/*.so.*"))
             if not os.path.islink(path) and os.path.isfile(path) and is_elf(path)]
    judge = map_file
refused = 0
for path in paths:
    text = judge(path)
    if text is not None:
        print(path, text)
        refused += 1
print(len(paths), "tried")
sys.exit(refused != 0)
