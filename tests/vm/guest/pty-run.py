# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: pty-run.py OWNER UID OUT STOP COMMAND...: run COMMAND as user UID on a terminal of its own, which
belongs to user OWNER, as after login(1); what comes out of the terminal goes to the file OUT. Stays until
the file STOP is there, and ends what runs."""
import os
import pty
import select
import signal
import sys

owner, uid = int(sys.argv[1]), int(sys.argv[2])
out, stop, command = sys.argv[3], sys.argv[4], sys.argv[5:]
pid, fd = pty.fork()
if pid == 0:
    os.fchown(0, owner, -1)
    os.fchmod(0, 0o620)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.execvp(command[0], command)
with open(out, "wb", buffering=0) as file:
    while not os.path.exists(stop):
        if select.select([fd], [], [], 0.2)[0]:
            try:
                file.write(os.read(fd, 65536))
            except OSError:
                break
os.kill(pid, signal.SIGKILL)
