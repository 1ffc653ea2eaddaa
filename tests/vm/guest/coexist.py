# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: coexist.py landlock DIR ATTEMPT... | stopped PID ATTEMPT...
Makes each ATTEMPT (open:PATH or exec:PATH) and prints it with what came of it: ok, the exit status, or the
error's name. landlock: after leaving itself only to read and to execute what is below DIR or /usr. stopped:
while process PID stands still; one that has not ended after a second is printed as "waits", and with what
came of it once PID goes on."""
import ctypes
import errno
import os
import select
import signal
import sys
import time

# linux/landlock.h; the numbers are the same on every architecture.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
RULE_PATH_BENEATH = 1
ACCESS_FS_EXECUTE, ACCESS_FS_READ_FILE = 1 << 0, 1 << 2
PR_SET_NO_NEW_PRIVS = 38
# Until PID is woken, whatever becomes of this program.
STOPPED_MAX = 20

libc = ctypes.CDLL(None, use_errno=True)


class RulesetAttr(ctypes.Structure):
    _fields_ = [("handled_access_fs", ctypes.c_uint64)]


class PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32)]


def checked(result):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def landlock(dirs):
    access = ACCESS_FS_EXECUTE | ACCESS_FS_READ_FILE
    ruleset = RulesetAttr(access)
    fd = checked(libc.syscall(CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0))
    for name in dirs:
        rule = PathBeneathAttr(access, os.open(name, os.O_PATH))
        checked(libc.syscall(ADD_RULE, fd, RULE_PATH_BENEATH, ctypes.byref(rule), 0))
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    checked(libc.syscall(RESTRICT_SELF, fd, 0))


def attempt(what):
    kind, path = what.split(":", 1)
    try:
        if kind == "open":
            os.close(os.open(path, os.O_RDONLY))
            return "ok"
        pid = os.posix_spawn(path, [path], {})
        return str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    except OSError as error:
        return errno.errorcode[error.errno]


def begin(what):
    """An attempt by a child, and the pipe that the child writes the result to."""
    out, to = os.pipe()
    child = os.fork()
    if not child:
        os.write(to, attempt(what).encode())
        os._exit(0)
    os.close(to)
    return child, out


def stopped(other, attempts):
    waker = os.fork()
    if not waker:
        time.sleep(STOPPED_MAX)
        os.kill(other, signal.SIGCONT)
        os._exit(0)
    os.kill(other, signal.SIGSTOP)
    running, lines = [], []
    for what in attempts:
        child, out = begin(what)
        waits = not select.select([out], [], [], 1)[0]
        running.append((what, child, out, waits))
    os.kill(other, signal.SIGCONT)
    os.kill(waker, signal.SIGKILL)
    os.waitpid(waker, 0)
    for what, child, out, waits in running:
        result = os.read(out, 100).decode()
        os.waitpid(child, 0)
        lines.append(f"{what} {'waits ' if waits else ''}{result}")
    return lines


def main(mode, argument, *attempts):
    if mode == "landlock":
        landlock(["/usr", argument])
        lines = [f"{what} {attempt(what)}" for what in attempts]
    else:
        lines = stopped(int(argument), attempts)
    print("\n".join(lines))


main(*sys.argv[1:])
