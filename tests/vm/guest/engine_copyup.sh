#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races --timeout 200
# A file of overlayfs that is copied up, and written, while its lower inode is judged: what is then
# computed is of the upper one, and must not be remembered of the lower one.
# shellcheck source=engine_common.sh
. "$(dirname "${VM_LIB:?}")/engine_common.sh"
plan 8

# They differ in one byte, which is not their size.
mkdir lower upper work merged
cp "$PROBES/banned" banned
cp banned lower/quiet
cp banned lower/raced
content banned
modprobe -q overlay
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || bail "no overlayfs"
modprobe interdict
policy p one 1
order p ban banned

runs() { local rc=0; "$1" || rc=$?; [ $rc = "$2" ] || { echo "status $rc"; return 1; }; }
raced() { stall interdict_identify "cat '$PROBES/allowed' >merged/raced" cat merged/raced >raced.out; }

check "control: the lower file runs" runs lower/raced 42
check "load" interdict load p
check "without a race: refused by the merged path" refused cat merged/quiet
check "and by the lower one" refused cat lower/quiet
check "copied up and written while it is judged" raced
check "the upper one runs" runs merged/raced 43
check "the lower one cannot be opened" refused cat lower/raced
check "the lower one does not run" refused env lower/raced
interdict unload
umount merged
