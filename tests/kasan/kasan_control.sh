#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One mistake of each kind, made by a module: the runner must see each in the kernel log. After a report of
# KASAN the kernel looks at locks no more (add_taint, LOCKDEP_NOW_UNRELIABLE), so these come first.
# shellcheck source=lib.sh
. "${VM_LIB:?}"
plan 1
for mistake in lock-order out-of-bounds sleep list array leak; do
	echo "kasan-control: $mistake" >/dev/kmsg
	insmod /share/control.ko mistake=$mistake
done
pause 6
echo scan >/sys/kernel/debug/kmemleak
pause 6
echo scan >/sys/kernel/debug/kmemleak
ok "all mistakes were made"
