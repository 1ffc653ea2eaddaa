#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races-running --timeout 900
# Row 67: processes that start during a switch. While a policy is loaded that bans a program and has what runs it
# ended, another process starts it, and maps it, as fast as it can: RACES tries (1000), of which only the 16 before
# the first refusal of a switch count. None survives.
# Control: with an order that only reports, those that began before the switch go on.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 7

TRIES=${STARTS:-${RACES:-1000}}
PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")
NOW=0
# serial: grows, also over rounds.
serial() { now_ms; echo "$NOW"; }

declare -A COUNT SUM
counts() {
	local word name=
	COUNT=()
	for word in $1; do
		if [ -z "$name" ]; then
			name=$word
		else
			COUNT[$name]=$word
			SUM[$name]=$((${SUM[$name]:-0} + word))
			name=
		fi
	done
}
settled() { status_is .daemon.running.settled true; }

cp "$PROBES/lasting" lasting
make_banned unrelated
order the-order lasting 'running: kill'
sed 's/running: kill/running: kill\ngrace: 0s/' $POLICY/orders/the-order.yaml >kill.yaml
sed 's/running: kill/running: report/' $POLICY/orders/the-order.yaml >report.yaml
order unrelated unrelated
mv $POLICY/orders/unrelated.yaml unrelated.yaml
rm $POLICY/orders/*
use() { rm -f $POLICY/orders/*; cp "$1.yaml" $POLICY/orders/; policy "$(serial)"; }

# round POLICY: starts, and switches meanwhile.
round() {
	local pid
	use unrelated
	interdict load $POLICY >/dev/null 2>load.err || { diag "$(cat load.err)"; return 1; }
	use "$1"
	"$PROBES/starter" ./lasting 8 400 >starter.out 2>&1 &
	pid=$!
	# At another moment of theirs each time.
	pause "0.0$((RANDOM % 90 + 10))"
	interdict load $POLICY >/dev/null 2>load.err || { diag "$(cat load.err)"; return 1; }
	wait $pid || { diag "$(cat starter.out)"; return 1; }
	counts "$(cat starter.out)"
}

use unrelated
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing

# Control. The starter ends them itself in the end, after a minute.
if round report; then ok "control: a round"; else not_ok "control: a round"; fi
check "control: what began before the switch goes on" test "${COUNT[survivors]:-0}" -ge 1
SUM=()

rounds=0 near=0
while [ "${SUM[near]:-0}" -lt "$TRIES" ]; do
	round kill || break
	rounds=$((rounds + 1))
	[ "${COUNT[near]}" -lt 16 ] || near=$((near + 1))
	[ "${COUNT[survivors]}" = 0 ] || diag "round $rounds: ${COUNT[*]}"
	[ $((rounds % 50)) != 0 ] || diag "$rounds switches: ${SUM[near]} starts just before, ${SUM[survivors]} survivors"
done
diag "$rounds switches: ${SUM[tries]} starts, ${SUM[near]} of them just before, ${SUM[refused]} refused, ${SUM[killed]} ended by a signal, ${SUM[survivors]} survivors, ${SUM[other]} other"
check "$TRIES tries" test "${SUM[near]:-0}" -ge "$TRIES"
check "none survived" test "${SUM[survivors]:-1}" = 0 -a "${SUM[other]:-1}" = 0
check "and they were tries: at least half of the switches had 16 starts before them" test $((near * 2)) -ge $rounds
stop_daemon
