#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# After litters.sh: nothing is left of it.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 6
none() { [ "$("$@" | wc -l)" = 0 ] || { "$@"; return 1; }; }
check "no mount" none findmnt -rn /mnt/left
check "no file" test ! -e /var/tmp/image -a ! -e /var/log/interdict -a ! -e /mnt/left
check "no loop device" none losetup -a
check "no file system on the disk" none blkid -p "$SCRATCH_DEV"
check "no process" none pgrep -f 'sleep 1234'
check "the time" test "$(date +%Y)" -lt 2090
