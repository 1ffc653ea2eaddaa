#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with dates --timeout 300
# The power goes while a new policy is being accepted, POINTS times (10): afterwards what was kept is the
# old policy or the new one, whole, and an older serial is refused.
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
	case $said in
	"2 $OLD 0") older="policy1" ;;
	"3 $NEW 0") older="policy1 policy2" ;;
	*) echo "neither the old policy nor the new one is there: $said"; exit 1 ;;
	esac
	for policy in $older; do
		status=0
		out=$(interdict load "$WORK/$policy" 2>&1) || status=$?
		if [ $status != 4 ] || [[ $out != *"is older than"* ]]; then
			echo "$policy was not refused: $status $out"
			exit 1
		fi
	done
	exit 0
fi

# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
POINTS=${POINTS:-10}
plan 8

looked() { grep -q "^$1 " looked; }

make_banned app app
order app-order app
WORK=$PWD
export WORK
for serial in 1 2 3; do
	policy $serial
	[ $serial = 1 ] || order "more-$serial" app
	cp -r $POLICY "policy$serial"
done
digest() { interdict check --json "$1" | jq -r .policy.digest; }
OLD=$(digest policy2)
NEW=$(digest policy3)
export OLD NEW

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
check "the new policy is accepted" interdict load policy3
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
check "at last the new one was there" looked 3
# Without the store nothing remembers.
rm -rf ${STATE:?}/*
check "control: without what was kept, an older serial is accepted" interdict load policy1
