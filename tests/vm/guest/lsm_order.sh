#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make check-coexist` boots it in two orders of lsm=
# Where bpf is in the order of security modules, first or last, makes no difference to what is banned, nor to what root
# may do while the guards are on; of two that refuse the first is heard. The others are lockdown and Yama here.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=coexist-lib.sh
. "${VM_LIB%/*}/coexist-lib.sh"
LOCKDOWN=/sys/kernel/security/lockdown
YAMA=/proc/sys/kernel/yama/ptrace_scope

# What this boot was asked for, without what this kernel has not: its modules are in that order. Lockdown is first in any.
asked() { sed -n 's/.*\blsm=\([^ ]*\).*/\1/p' /proc/cmdline | tr , '\n' | grep -vx lockdown | grep -xF "$(tr , '\n' <<<"$lsm")"; }
as_asked() { [ "$(asked)" = "$(tr , '\n' <<<"$lsm" | grep -xF "$(asked)")" ]; }
# Once each. (That bash looks into what it may not execute is a third one.)
recorded() {
	wait_for balanced && [ "$(count '.event == "denied" and .op == "exec"')" = 1 ] &&
		[ "$(count '.event == "denied" and .op == "open" and .process.comm == "cat"')" = 1 ]
}
traced() { count '.event == "tamper" and .what == "ptrace"'; }
traced_is() { wait_for balanced && [ "$(traced)" = "$1" ]; }

plan 17
diag "lsm=$lsm"
check "the order is as asked for: $(asked | paste -sd ' ')" as_asked
make_banned banned
check "control: it runs" ./banned
check "control: the kernel is not locked down" grep -q '\[none\]' $LOCKDOWN
modprobe interdict
echo integrity >$LOCKDOWN
check "control: it is now" grep -q '\[integrity\]' $LOCKDOWN
policy 1
order an-order banned
start_daemon "the daemon starts, and switches the guards on" --arm
check "and enforces" wait_for enforcing
check "nothing is degraded" status_is '.degraded | length' 0
check "exec is refused" says "$ours" ./banned
check "so is open" says "$ours" cat banned
check "both are in the record" recorded

echo 0 >$YAMA
check "the daemon cannot be traced" says EPERM root trace "$DAEMON_PID"
check "which is ours to tell of" traced_is 1
# No tracing at all, not by root either, to the end of this boot. (Ours are told of once a second.)
echo 3 >$YAMA
pause 1.1
check "nor while Yama lets nobody trace" says EPERM root trace "$DAEMON_PID"
if first_ours yama; then
	check "bpf is first, and tells" traced_is 2
else
	check "Yama is first, and is heard alone" traced_is 1
fi
check "the record is whole" record_is_whole
stop_daemon
check "it is switched off" interdict unload
check "control: it runs" ./banned
