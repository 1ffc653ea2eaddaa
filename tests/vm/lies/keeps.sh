#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Leaves a mount that cannot be taken away: a process that is not its own any more is in it.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
mkdir -p /mnt/kept
mount -t tmpfs tmpfs /mnt/kept
( echo $BASHPID >/sys/fs/cgroup/cgroup.procs && cd /mnt/kept && exec sleep 1000 ) >/dev/null 2>&1 &
sleep 1
ok "kept"
