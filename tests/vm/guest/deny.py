# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: deny.py FILE N [STOPFILE [PAUSE]]: open FILE N times (0: until STOPFILE is there), PAUSE
seconds apart; print how many opens were refused and how many were not."""
import os
import sys
import time

path, n = sys.argv[1], int(sys.argv[2])
stop = sys.argv[3] if len(sys.argv) > 3 else None
pause = float(sys.argv[4]) if len(sys.argv) > 4 else 0
refused = opened = 0
while n == 0 or refused + opened < n:
    try:
        os.close(os.open(path, os.O_RDONLY))
        opened += 1
    except PermissionError:
        refused += 1
    if pause:
        time.sleep(pause)
    if stop and (refused + opened) % 64 == 0 and os.path.exists(stop):
        break
print(refused, opened)
