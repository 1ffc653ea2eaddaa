#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Panics as emulated processors in parallel now and then make a kernel do: on the boots in $OOPS_ON.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
boot=$(sed -n 's/.*interdict_vm.boot=\([0-9]\).*/\1/p' /proc/cmdline)
case " $OOPS_ON " in
*" $boot "*)
	not_ok "what came before the panic does not count"
	sync # what the first boot did to its disks must not matter to the second
	echo "Oops: int3: 0000 [#1] PREEMPT SMP NOPTI" >/dev/kmsg
	echo c >/proc/sysrq-trigger
	sleep 60
	;;
esac
ok "boot $boot"
