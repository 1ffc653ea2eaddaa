#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with dates --timeout 300
# The power goes while a new policy is being accepted, and others behind it, POINTS times (10): afterwards what
# was kept is one of them, whole, and an older serial is refused.
STATE=/var/lib/interdict
MIB=32

# What is on the disk at a point: mounted, as after a boot, and asked.
if [ "${1:-}" = look ]; then
	cd "$WORK" || exit 1
	cp --sparse=always image cut
	loop=$(losetup -f --show cut)
	mount "$loop" $STATE || exit 1
	trap 'umount $STATE; losetup -d "$loop"' EXIT
	said=$(interdict check --json $STATE/active | jq -r '"\(.policy.serial) \(.policy.digest) \(.errors)"')
	echo "$said" >>looked
	serial=${said%% *}
	if ! grep -qxF "$said" digests; then
		echo "none of the policies is there: $said"
		exit 1
	fi
	status=0
	out=$(interdict load "$WORK/policy$((serial - 1))" 2>&1) || status=$?
	if [ $status != 4 ] || [[ $out != *"is older than"* ]]; then
		echo "the one before policy $serial was not refused: $status $out"
		exit 1
	fi
	exit 0
fi

# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
POINTS=${POINTS:-10}
# A policy that is accepted makes some 40 writes.
LAST=$((3 + POINTS / 40))
plan 8

looked() { grep -q "^$1 " looked; }

make_banned app app
order app-order app
WORK=$PWD
export WORK
for ((serial = 1; serial <= LAST; serial++)); do
	policy $serial
	[ $serial = 1 ] || order "more-$serial" app
	cp -r $POLICY "policy$serial"
	[ $serial = 1 ] || interdict check --json "policy$serial" | jq -r '"\(.policy.serial) \(.policy.digest) 0"' >>digests
done
accept_others() {
	local serial
	for ((serial = 3; serial <= LAST; serial++)); do interdict load "policy$serial" || return 1; done
}

modprobe -a dm-log-writes loop
dmsetup create logged --table "0 $((MIB * 2048)) log-writes $SCRATCH_DEV $SCRATCH_DEV2"
dmsetup mknodes
check "a file system whose writes are logged" mkfs.ext4 -q /dev/mapper/logged
mkdir -p $STATE
mount /dev/mapper/logged $STATE
rm -r $POLICY
start_daemon "a daemon that keeps its state there"
check "the old policy is accepted" interdict load policy2
sync
dmsetup message logged 0 mark begin
check "new policies are accepted" accept_others
dmsetup message logged 0 mark end
stop_daemon
interdict unload
rm -f /var/log/interdict/events.jsonl
umount $STATE
dmsetup remove logged
truncate -s ${MIB}M image
check "whenever the power goes" "${VM_LIB%/*}/powercut.py" "$SCRATCH_DEV2" image "$POINTS" bash "$0" look
diag "$(sort looked | uniq -c)"
check "at first the old one was there" looked 2
check "at last the newest was there" looked $LAST
# Without the store nothing remembers.
rm -rf ${STATE:?}/*
check "control: without what was kept, an older serial is accepted" interdict load policy1
