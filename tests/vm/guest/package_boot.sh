#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make check-boot` makes the initramfs that it is about
# After a boot with an initramfs of initramfs-tools. BOOT says which: enforced; control, without our stage;
# audit, with interdict=audit; no-module, of a kernel for which none was built; hangs, where modprobe never returns;
# again, as enforced, in short; time, of which only how long it took is looked at.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"

read_result() { if [ -e "$1" ]; then cat "$1"; else echo none; fi; }
in_initramfs=$(read_result /run/early-initramfs)
in_unit=$(read_result /run/early-unit)
diag "in the initramfs: $in_initramfs, in the unit: $in_unit; 0: it ran; 126: it was refused"
diag "$(systemd-analyze 2>/dev/null | head -n 1)"
diag "$(interdict status 2>/dev/null | grep -E '^(ENF|NOT|boot|LOWERED|degr|DEGR)')"
diag "$(journalctl -q -b -o short-monotonic -u interdict.service | head -n 8)"
diag "$(dmesg | grep 'interdict load')"
refused() { ! /usr/local/bin/busybox-banned true 2>/dev/null; }
note() { status .daemon.boot.initramfs | grep -q "$1"; }
events_of() { jq -c "select(.event == \"$1\" and .file.path == \"$2\")" $RECORD; }

# The runner's way to turn the machine off asks nobody.
turn_off() {
	local drop_in=/run/systemd/system/interdict-vm.service.d
	mkdir -p $drop_in
	printf '[Service]\nExecStopPost=\nExecStopPost=/bin/sh -c "echo interdict-vm: shutdown >/dev/kmsg"\nExecStopPost=%s\n' \
		'systemctl --no-block poweroff' >$drop_in/shutdown.conf
	systemctl daemon-reload
}

case $BOOT in
enforced)
	plan 13
	check "refused in the initramfs, after our stage" [ "$in_initramfs" = 126 ]
	check "refused when a unit starts it before sysinit" [ "$in_unit" = 126 ]
	check "refused now" refused
	check "which is there" test -x /usr/local/bin/busybox-banned
	check "the daemon took the programs over: one load of them" [ "$(count '.event == "start"')" = 1 ]
	check "nothing is degraded" status_is '.degraded | length' 0
	check "the guards are on" status_is .guards.on true
	check "what the initramfs did is said" note 'policy boot-test serial 3, mode enforce'
	check "the refusal in the initramfs is in the record" [ "$(events_of denied /busybox-banned | wc -l)" -ge 1 ]
	check "that of the unit, too" [ "$(events_of denied /usr/local/bin/busybox-banned | wc -l)" -ge 1 ]
	check "by the bundle that was accepted" status_is .policy.serial 3
	check "the record is whole" record_is_whole
	check "it will be turned off by systemd" turn_off
	;;
again)
	plan 5
	check "refused in the initramfs, and from the unit" [ "$in_initramfs-$in_unit" = 126-126 ]
	check "refused now" refused
	check "the guards are on" status_is .guards.on true
	check "nothing is degraded" status_is '.degraded | length' 0
	check "it will be turned off by systemd" turn_off
	;;
time)
	plan 1
	check "it has booted" systemctl is-active multi-user.target
	;;
control)
	plan 4
	check "control: it runs in the initramfs" [ "$in_initramfs" = 0 ]
	check "control: and from a unit before sysinit" [ "$in_unit" = 0 ]
	check "from the daemon's start on it is refused" refused
	check "nothing is said of an initramfs" status_is .daemon.boot.initramfs null
	;;
audit)
	plan 7
	check "it runs in the initramfs" [ "$in_initramfs" = 0 ]
	check "and from the unit" [ "$in_unit" = 0 ]
	check "which is in the record" [ "$(events_of audited /busybox-banned | wc -l)" -ge 1 ]
	check "the mode is audit" status_is .mode audit
	check "status says that it was lowered" status_is .daemon.boot.lowered true
	check_fails "and fails" interdict status
	check "so does an event" [ "$(count '.event == "policy" and .action == "override"')" -ge 1 ]
	;;
no-module)
	plan 10
	check "refused in the initramfs all the same" [ "$in_initramfs" = 126 ]
	check "and when a unit starts it" [ "$in_unit" = 126 ]
	check "refused now" refused
	check "by IMA's hash" status_is .provider ima
	check "status says degraded" sh -c 'interdict status | grep -q "^DEGRADED: .*module"'
	check "and fails" gives 1 interdict status
	check "so says the journal" sh -c 'journalctl -q -b -o cat -u interdict.service | grep -q "degraded: .*module"'
	check "so does an event" [ "$(count '.event == "degraded" and (.reasons | any(.why | contains("module")))')" -ge 1 ]
	check "what the initramfs did is said" note 'policy boot-test serial 3, mode enforce'
	check "the record is whole" record_is_whole
	;;
hangs)
	plan 4
	check "the boot went on without our stage" [ "$in_unit" = 0 ]
	check "from the daemon's start on it is refused" wait_for refused
	check "why is said" note 'took more than 30 s'
	check "in an event, too" [ "$(count '.event == "policy" and .action == "refused"')" -ge 1 ]
	;;
esac
