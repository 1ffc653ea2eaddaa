#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One mistake of each kind, made by a module: the runner must see each in the kernel log.
# shellcheck source=lib.sh
. "${VM_LIB:?}"
plan 1
for mistake in out-of-bounds lock-order sleep list array leak; do
	echo "kasan-control: $mistake" >/dev/kmsg
	insmod /share/control.ko mistake=$mistake
done
pause 6
echo scan >/sys/kernel/debug/kmemleak
pause 6
echo scan >/sys/kernel/debug/kmemleak
ok "all mistakes were made"
