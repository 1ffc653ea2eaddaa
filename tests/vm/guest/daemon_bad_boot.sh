#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: ten starts on a whole Debian: `make check-bad-starts`
# The unit starts on a device in a bad state, and without the configured policy: a /var that is read-only or full, no
# BPF file system, a clock that says 1970, no machine ID, no memory. What was accepted last is enforced, or it is
# said why not; and the start ends.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 33
STATE=/var/lib/interdict
DROP_IN=/run/systemd/system/interdict.service.d

shows() { systemctl show -P "$1" interdict.service; }
journal() { journalctl -q -o cat -u interdict.service | grep -q "$1"; }
refused() { ! ./banned 2>/dev/null; }
module_gone() { rmmod interdict 2>/dev/null || [ ! -e /sys/module/interdict ]; }
start() { timeout 120 systemctl start interdict.service; }
last_good() { status_is '.enforcing and .daemon.last_good' true; }
# As after a boot: nothing is loaded.
switch_off() {
	systemctl stop interdict.service
	interdict unload >/dev/null
	wait_for module_gone
	./banned || bail "it is not switched off"
}
# starts WHAT: two tests.
starts() {
	check "$1: it starts" start
	check "$1: what was accepted last is enforced" eval 'refused && last_good'
}

# ---- a device that has accepted a policy
[ -x /usr/bin/interdict ] || install -m 755 "$(type -P interdict)" /usr/bin/interdict
install -m 644 /share/interdict.service /etc/systemd/system/interdict.service
mkdir -p /etc/interdict && no_bursts >/etc/interdict/interdict.yaml
systemctl daemon-reload
make_banned banned
check "control: it runs" ./banned
policy 1
order an-order banned 'effective: 2023-10-30T00:00:00Z'
start
check "a policy is accepted" wait_for enforcing
mv $POLICY aside
switch_off
starts "control, all is well"
switch_off

# ---- /var cannot be written
mount --bind /var /var && mount -o remount,bind,ro /var
starts "read-only /var"
check "status says that there is no record" status_is '.daemon.record.error | contains("Read-only file system")' true
check "and fails" gives 1 interdict status
check "so does the journal" journal "events.jsonl cannot be written: Read-only"
# In a boot that has written it before, the store is written anew at the end.
switch_off
check "and of the store, too" journal "store cannot be written: Read-only"
umount /var

# ---- /var is full
cp -a $STATE state
mount -t tmpfs -o size=256k,mode=700 tmpfs $STATE
mount -t tmpfs -o size=4k,mode=750 tmpfs "${RECORD%/*}"
cp -a state/. $STATE/
dd if=/dev/zero of=$STATE/ballast bs=4k 2>/dev/null
dd if=/dev/zero of="${RECORD%/*}/ballast" bs=4k 2>/dev/null
starts "full /var"
check "status says so of the record" status_is '.daemon.record.error | contains("No space left")' true
check "and fails" gives 1 interdict status
switch_off
umount $STATE "${RECORD%/*}"

# ---- no BPF file system
umount /sys/fs/bpf
starts "no BPF file system"
check "and none is needed" eval '! mountpoint -q /sys/fs/bpf'
switch_off
module=$INTERDICT_MODULE
hide_module
starts "nor the module"
check "which is said" status_is .provider ima
switch_off
umount "${module%/*}"
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf

# ---- no clock
date -s @1000000 >/dev/null
starts "a clock that says 1970"
check "status says how far it is off" [ "$(status .daemon.clock.ahead)" -lt -1000000000 ]
switch_off
right_clock

# ---- no machine ID
mv /etc/machine-id machine-id
starts "no machine ID"
check "the record has none" [ "$(tail -n 1 $RECORD | jq -r .host)" = 00000000000000000000000000000000 ]
switch_off
mv machine-id /etc/machine-id

# ---- no memory (where the kernel kills, it says where, which is not to be taken for a bug)
read -r level _ </proc/sys/kernel/printk
dmesg -n err
mkdir -p $DROP_IN
printf '[Service]\nMemoryMax=1M\n' >$DROP_IN/test.conf
systemctl daemon-reload
check_fails "no memory: the start ends, and fails" start
check "systemd says why" wait_for journal "oom-kill"
check "nothing is enforced" ./banned
check "which is said" gives 1 interdict status
rm -r $DROP_IN
systemctl daemon-reload
systemctl reset-failed interdict.service
dmesg -n "$level"
starts "with memory again"
check "the record is whole" record_is_whole
diag "$(journalctl -q -o short-monotonic -u interdict.service | grep -iE 'cannot|fail|clock|oom' | tail -n 20)"
systemctl stop interdict.service
