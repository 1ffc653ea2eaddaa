#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races-running --timeout 900
# Row 67: processes that start during a switch. While a policy is loaded that bans a program and has what runs it
# ended, others start it, and map it, as fast as they can: RACES tries (1000), of which only the 16 of each starter
# before the first that was refused count, where each had so many. None survives. Two programs are banned in turn, so
# that each switch is a race.
# Control: with an order that only reports, those that began before the switch go on.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 6

TRIES=${STARTS:-${RACES:-1000}}
PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")
# Starters, on two processors.
WORKERS=4
FULL=$((16 * WORKERS))

# counts LINE: sets COUNT by the names that the probe prints, and adds to SUM.
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

# In policies/NAME, one that has what runs FILE ended, or only reported.
make_policy() { # NAME FILE RUNNING
	POLICY=$PWD/policies/$1
	order "$1" "$2" "running: $3
grace: 0s"
}

# use NAME: load that one.
SERIAL=1
use() {
	printf 'interdict: 1\npolicy: test\nserial: %d\nmode: enforce\n' $SERIAL >"policies/$1/policy.yaml"
	interdict load "$PWD/policies/$1" >load.out 2>&1
}

for program in even odd; do
	{ cat "$PROBES/lasting"; echo $program; } >$program
	chmod 755 $program
	make_policy ban-$program $program kill
done
make_policy report odd report

# round PROGRAM POLICY SECONDS: starts, and a switch meanwhile; who has not ended so long after it survives. They
# begin DELAY ms after the load, which is so much before the switch that all of them are under way, and not much more,
# at another moment of theirs each time.
DELAY=0
round() {
	local loads rc=0 wait
	SERIAL=$((SERIAL + 1))
	use "$2" &
	loads=$!
	wait=$((DELAY + RANDOM % 20))
	printf -v wait %d.%03d $((wait / 1000)) $((wait % 1000))
	pause "$wait"
	"$PROBES/starter" "./$1" $WORKERS 8 400 "$3" >starter.out 2>&1 || rc=1
	wait $loads || rc=1
	[ $rc = 0 ] || { diag "$(cat load.out starter.out)"; return 1; }
	counts "$(cat starter.out)"
	if [ "${COUNT[near]}" -lt $FULL ]; then
		DELAY=$((DELAY / 2))
	elif [ "${COUNT[began]}" -gt $((3 * COUNT[span])) ]; then
		DELAY=$((DELAY + (COUNT[began] - 3 * COUNT[span]) / 4))
	fi
}

POLICY=/etc/interdict/policy
order ban-even even 'running: kill'
policy $SERIAL
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing

# Control. The starter ends them itself in the end.
if round odd report 10; then ok "control: a round"; else not_ok "control: a round"; fi
check "control: what began before the switch goes on" test "${COUNT[survivors]:-0}" -ge 1
SUM=()

# Of a switch that came before all were under way nothing counts but who survives it.
rounds=0 tries=0 programs=(even odd)
until [ $tries -ge "$TRIES" ] || [ $rounds -ge $((20 + 4 * TRIES / FULL)) ]; do
	program=${programs[rounds % 2]}
	round "$program" "ban-$program" 60 || break
	rounds=$((rounds + 1))
	[ "${COUNT[near]}" -lt $FULL ] || tries=$((tries + FULL))
	[ "${COUNT[survivors]}" = 0 ] || diag "round $rounds: $(<starter.out)"
	[ $((rounds % 20)) != 0 ] || diag "$rounds switches: $tries starts just before, ${SUM[survivors]} survivors ($SECONDS s)"
done
diag "$rounds switches: ${SUM[tries]} starts, $tries of them just before, all under way (the first of them $((SUM[span] / (rounds + !rounds))) ms, on average), ${SUM[retired]} ended by the starter, ${SUM[refused]} refused, ${SUM[killed]} ended by others, ${SUM[survivors]} survivors, ${SUM[other]} other"
check "$TRIES tries, $FULL of each switch that counts" test $tries -ge "$TRIES"
check "none survived" test "${SUM[survivors]:-1}" = 0 -a "${SUM[other]:-1}" = 0
stop_daemon
