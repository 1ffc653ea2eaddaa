#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Leaves everything behind that the runner takes away.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
mkfs.ext4 -q "$SCRATCH_DEV"
mkdir -p /mnt/left/below /var/log/interdict
mount "$SCRATCH_DEV" /mnt/left
mkdir /mnt/left/below
mount -t tmpfs tmpfs /mnt/left/below
truncate -s 1M /var/tmp/image
modprobe loop
losetup -f /var/tmp/image
date -s 2090-01-01T00:00:00Z >/dev/null
sleep 1234 &
ok "litter"
