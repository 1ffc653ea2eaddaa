#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's part of tests/bench/scale: opens and misses under each policy, and the memory of who loads it.
set -eu
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"
# shellcheck source=../vm/guest/daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=setup.sh
. /share/setup.sh

rows=/out/rows.jsonl
plan 9
bench_begin
# What is kept of a policy that was accepted.
mkfs.ext4 -q -F "$SCRATCH_DEV2"
mkdir -p /var/lib/interdict
mount "$SCRATCH_DEV2" /var/lib/interdict

measure() {
	local op
	for op in open miss; do "$BENCH/ops" "$1" "$dir" "$op"; done >>"$rows"
}
# bytes_of NAME FILE: what /proc says, in bytes.
bytes_of() {
	local name value
	while read -r name value _; do
		[ "$name" != "$1:" ] || echo $((value * 1024))
	done <"$2"
}
# What was let go takes grace periods, and what is cached counts as available only in part.
available() {
	sync
	sleep 5
	echo 3 >/proc/sys/vm/drop_caches
	bytes_of MemAvailable /proc/meminfo
}
# row OP USER [WITNESS], in bytes; the kernel's part is what status says.
row() {
	local witness=${3:-null}
	interdict status --json | jq -c "{op: \"$1\", state: \"cold\", kernel: .memory, user: $2, witness: $witness}" >>"$rows"
}
# load POLICY: by the command alone; its user memory at most goes to "used".
load() {
	python3 -c 'import resource, subprocess, sys
status = subprocess.call(["interdict", "load", sys.argv[1]])
open("used", "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
sys.exit(status)' "$1"
}

check "1,000 hashes load" load /share/rules-1000
measure warm-up
measure rules-1000

before=$(available)
check "10,000,000 load from a directory" load /share/rules-10000000
row load-10000000 "$(<used)" $((before - $(available)))
check "they are in force" status_is .policy.serial 2
measure rules-10000000
interdict unload

mkdir -p /etc/interdict
echo "policy: /share/rules-10000000" >/etc/interdict/interdict.yaml
start_daemon "a daemon begins with them"
check "they are in force there" wait_for enforcing
row daemon-10000000 "$(bytes_of VmHWM "/proc/$DAEMON_PID/status")"
stop_daemon
interdict unload

cp -r /share/trust.d /etc/interdict/trust.d
check "1,000,000 load from a signed bundle" load /share/bundle-1000000
row bundle-1000000 "$(<used)"
check "they are in force too" status_is .policy.serial 3
measure bundle-1000000
check "what nobody signed does not" gives 4 interdict load /share/rules-1000
check "off" interdict unload
