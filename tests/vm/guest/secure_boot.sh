#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make check-secure-boot` boots with firmware that has Secure Boot on
# A stock kernel under Secure Boot locks itself down. Our module is loaded if it is signed by a key that the firmware
# trusts; otherwise enforcement is degraded, and that is said. BPF may do all that we need, up to confidentiality.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
UNSIGNED=$(readlink -f "${VM_LIB%/*}/../unsigned.ko")
LOCKDOWN=/sys/kernel/security/lockdown
VARIABLE=/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
plan 40

# After four bytes of attributes.
secure_boot_on() { [ "$(od -An -tu1 -j 4 -N 1 $VARIABLE | tr -d ' ')" = 1 ]; }
# says TEXT COMMAND...: it fails, and says that.
says() {
	local said
	said=$("${@:2}" 2>&1) && { echo "it did not fail: $said"; return 1; }
	[[ $said == *"$1"* ]] || { echo "$said"; return 1; }
}
shows() { # TEXT COMMAND...
	local said
	said=$("${@:2}" 2>&1)
	[[ $said == *"$1"* ]] || { echo "$said"; return 1; }
}
module_gone() { rmmod interdict 2>/dev/null || [ ! -e /sys/module/interdict ]; }
switched_off() { interdict unload >/dev/null && wait_for module_gone; }

modprobe -q efivarfs
mountpoint -q /sys/firmware/efi/efivars || mount -t efivarfs efivarfs /sys/firmware/efi/efivars
check "the firmware has Secure Boot on" secure_boot_on
check "the kernel has locked itself down" grep -q '\[integrity\]' $LOCKDOWN
diag "$(dmesg | grep -iE 'lockdown|locked down|secure boot|X.509|integrity: ' | head -n 20)"
diag "$(keyctl show %:.platform; keyctl show %:.machine 2>&1)"
check "it knows the firmware's key" shows SnakeOil keyctl show %:.platform

# ---- an unsigned module
make_banned banned
make_banned other other
check "control: it runs" ./banned
policy 1
order an-order banned
check "an unsigned module is refused" says 'could not insert' insmod "$UNSIGNED"
mount --bind "$UNSIGNED" "$INTERDICT_MODULE"
check "doctor says that it is not loaded" shows 'NO  module' interdict doctor
start_daemon "the daemon starts with it"
check "and enforces" wait_for enforcing
check "by IMA's hash" status_is .provider ima
check "exec is refused" says 'not permitted' ./banned
check "reading is not covered" cmp banned "$(type -P true)" -n 100
check "status is not content" gives 1 interdict status
check "and says what to do" shows 'sign the module with a key that this kernel trusts' interdict status
check "so does the journal" grep -q 'degraded: ' "$DAEMON_LOG"
check "and an event" [ "$(jq -c 'select(.event == "degraded" and (.reasons | any(.do | contains("sign the module"))))' $RECORD | wc -l)" -gt 0 ]
diag "$(interdict status | head -n 8)"
stop_daemon
check "it is switched off" interdict unload
check "control: it runs" ./banned
umount "$INTERDICT_MODULE"

# ---- signed
start_daemon "the daemon starts with a module that is signed"
check "and enforces" wait_for enforcing
check "with it" status_is .provider kmod
check "nothing is degraded" status_is '.degraded | length' 0
check "exec is refused" says 'not permitted' ./banned
check "open is refused" says 'not permitted' cat banned
check "doctor is content with the kernel" shows 'OK  lockdown' interdict doctor
policy 2
order other-order other
check "another policy is loaded" interdict load $POLICY
check "it is in force" says 'not permitted' ./other
check "root cannot write to the kernel's memory" says 'not permitted' dd if=/dev/zero of=/dev/mem bs=1 count=1

# ---- confidentiality
echo confidentiality >$LOCKDOWN
check "lockdown is raised" grep -q '\[confidentiality\]' $LOCKDOWN
check "what is banned is still refused" says 'not permitted' ./banned
check "and is in the record" wait_for balanced
kill_daemon
start_daemon "a daemon takes over"
policy 3
rm $POLICY/orders/other-order.yaml
check "and switches policies" interdict load $POLICY
check "control: what is lifted runs" ./other
stop_daemon
check "the record is whole" record_is_whole
check "it is switched off" switched_off
rc=0
interdict load $POLICY 2>said || rc=$?
check "no programs are loaded any more: not supported" [ $rc = 3 ]
check "why is said" grep -q 'confidentiality.*: boot with lockdown=integrity' said
diag "$(cat said)"
check "doctor says it" shows 'NO  lockdown' interdict doctor
check "with the same status" gives 3 interdict doctor
check "control: nothing is refused" ./banned
