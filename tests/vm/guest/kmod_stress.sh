#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races --timeout 300
# Files that are truncated, punched, rewritten and dropped from the cache while they are identified:
# nothing but "its size keeps changing" may come of it, and when it is quiet the hash is right.
set -eu
# shellcheck source=tests/vm/guest/lib.sh
. "${VM_LIB:?}"

mnt=/mnt/kmod
mkdir -p $mnt
modprobe interdict || bail "interdict.ko cannot be loaded"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security
head -c 700000 /dev/urandom >random

disturb() {
	while [ ! -e stop ]; do
		truncate -s $((RANDOM * 30)) $mnt/file
		dd if=random of=$mnt/file bs=50000 count=$((RANDOM % 14 + 1)) conv=notrunc status=none
		fallocate -p -o $((RANDOM * 8)) -l $((RANDOM * 4 + 1)) $mnt/file 2>/dev/null || true
	done
}

drop() {
	while [ ! -e stop ]; do
		sync -f $mnt
		echo 1 >/proc/sys/vm/drop_caches
	done
}

ask() { # the file 20 times a process
	local names=() i end=$((SECONDS + ${STRESS_SECONDS:-4}))
	for i in $(seq 20); do names[i]=$mnt/file; done
	while [ $SECONDS -lt $end ]; do
		identify -w 7 "${names[@]}" || true
		identify "${names[@]}" || true
	done >"answers$1"
}

disturbed() {
	local pids=() pid rc=0
	rm -f stop
	cp random $mnt/file
	disturb & pids+=($!)
	drop & pids+=($!)
	ask 1 & pid=$!
	ask 2
	wait $pid
	touch stop
	wait "${pids[@]}"
	# With an error there is a seventh word, its name.
	awk 'NF == 7 && $6 != "EBUSY" { print; bad = 1 } NF == 6 { n++ } END { print n + 0 " identified"; exit bad || !n }' answers1 answers2 || rc=1
	[ "$(identify $mnt/file | cut -d ' ' -f 4)" = "$(sha256sum <$mnt/file | cut -d ' ' -f 1)" ] || rc=1
	return $rc
}

plan 4
for fs in ext4 xfs btrfs tmpfs; do
	if [ $fs = tmpfs ]; then
		mount -t tmpfs tmpfs $mnt
	else
		wipefs -qa "$SCRATCH_DEV"
		force=-f
		[ $fs != ext4 ] || force=-F
		mkfs.$fs -q $force "$SCRATCH_DEV"
		mount -t $fs "$SCRATCH_DEV" $mnt
	fi
	check "$fs" disturbed
	umount $mnt
done
rmmod interdict
