#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's part of tests/bench/events: what a refusal costs the kernel, and what the daemon spends on the
# event, in a machine whose clock counts instructions. Different events are a line each; equal ones are counted.
# Rows go to /out/rows.jsonl.
set -eu
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"
# shellcheck source=../vm/guest/daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=setup.sh
. /share/setup.sh

rows=/out/rows.jsonl
# What the ring has room for, with some to spare.
EVENTS=1000
FILES=40
ROUNDS=5
LONG=20000
plan 7
bench_begin
mkdir -p /etc/interdict "${RECORD%/*}"
mkfs.ext4 -q -F "$SCRATCH_DEV2"
mount "$SCRATCH_DEV2" "${RECORD%/*}"
: >/etc/interdict/interdict.yaml

# spent: sets SPENT, the instructions of all the daemon's threads so far.
spent() {
	local file n
	SPENT=0
	for file in "/proc/$DAEMON_PID"/task/*/schedstat; do
		read -r n _ <"$file"
		SPENT=$((SPENT + n))
	done
}
# flood COUNT UIDS FILE...: sets TOOK, the instructions of one try. What it says of each goes nowhere.
flood() {
	local word tried ns
	TOOK=
	while read -r word tried _ ns; do
		[ "$word" != all ] || TOOK=$((ns / tried))
	done < <("$BENCH/flood" "$1" open "$2" "${@:3}")
}
row() { echo "{\"op\":\"$1\",\"state\":\"$2\",\"instructions\":$3}" >>"$rows"; }

# Each round has users of its own, so that what is different stays so.
round=0
different() {
	round=$((round + 1))
	flood "$1" $((round * 10000))-$((round * 10000 + $1 / FILES - 1)) "${files[@]}"
}
equal() {
	round=$((round + 1))
	flood "$1" $((round * 10000)) "${files[0]}"
}

# measure SORT: EVENTS refusals while the daemon stands still, then what it spends on them.
measure() {
	local before
	kill -STOP "$DAEMON_PID"
	"$1" $EVENTS
	row refusal "$1" $TOOK
	spent
	before=$SPENT
	kill -CONT "$DAEMON_PID"
	pause 3
	spent
	row event "$1" $(((SPENT - before - 3 * idle) / EVENTS))
	[ "$(status .counters.waiting)" = 0 ]
}
# Not in a subshell, as check would have it: users go on.
rounds() {
	local i
	for ((i = 0; i < ROUNDS; i++)); do
		measure "$1" || { not_ok "$1 events"; return; }
	done
	ok "$1 events"
}
# full: refusals whose events do not fit.
full() {
	kill -STOP "$DAEMON_PID"
	different $((2 * EVENTS))
	different $EVENTS
	row refusal full $TOOK
	kill -CONT "$DAEMON_PID"
	pause 3
}
# sustain SORT: LONG refusals, as fast as they can be made, while the daemon works on the same processor.
sustain() {
	local before after
	before=$(status .counters)
	"$1" $LONG
	pause 3
	after=$(status .counters)
	jq -c -n --argjson a "$before" --argjson b "$after" --arg sort "$1" --argjson took "$TOOK" \
		'{op: "sustained", state: $sort, instructions: $took, attempts: ($b.attempts - $a.attempts),
		  recorded: ($b.recorded - $a.recorded), summarised: ($b.summarised - $a.summarised),
		  lost: ($b.lost - $a.lost)}' >>"$rows"
}

files=()
for ((i = 0; i < FILES; i++)); do
	cp "$BENCH/static" "$dir/banned-$i"
	echo banned >>"$dir/banned-$i"
	files+=("$dir/banned-$i")
done
order an-order "$dir/banned-0"
policy 1 'mode: off'
start_daemon "a daemon starts"
wait_for status_is .policy.serial 1
different $EVENTS
different $EVENTS
row open off $TOOK
policy 2
check "enforcing" interdict load $POLICY
# What is done once for each file, and what the daemon does once.
different $EVENTS
pause 3
spent
before=$SPENT
pause 10
spent
idle=$(((SPENT - before) / 10))
row second idle $idle
lost=$(status .counters.lost)
rounds different
# Until there is room to count again.
pause 70
rounds equal
check "nothing was lost in that" status_is .counters.lost "$lost"
full
sustain different
pause 70
sustain equal
while read -r name value _; do
	[ "$name" != VmHWM: ] || echo "{\"op\":\"memory\",\"state\":\"daemon\",\"bytes\":$((value * 1024))}" >>"$rows"
done <"/proc/$DAEMON_PID/status"
check "the counters balance" wait_for balanced
check "and the record is whole" record_is_whole
stop_daemon
