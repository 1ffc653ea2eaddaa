#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 600
# kill -9 of the daemon at KILLS (12) random moments, also while it loads or switches: enforcement goes on,
# the next one takes over, nothing is recorded twice or lost uncounted.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 15

KILLS=${KILLS:-12}
make_banned banned
make_banned other other
policy 1
order an-order banned
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
kill_daemon
now_ms
began=$NOW
start_daemon "the next one takes over"
now_ms
took=$((NOW - began))
diag "in $took ms"
# Kills fall on the start and on the work behind it alike, however slow the machine is.
[ $took -lt 4000 ] || took=4000
instance=$(jq -s 'map(select(.event == "start"))[-1].instance' $RECORD)

python3 "${VM_LIB%/*}/deny.py" banned 0 "$PWD/stop" 0.02 >denials.txt &
denying=$!
RANDOM=1
serial=1
for ((i = 0; i < KILLS; i++)); do
	# Every third one while it switches.
	ms=$((RANDOM % (2 * took)))
	printf -v seconds %d.%03d $((ms / 1000)) $((ms % 1000))
	pause "$seconds"
	if [ $((i % 3)) = 0 ]; then
		serial=$((serial + 1))
		policy $serial
		kill -HUP "$DAEMON_PID" 2>/dev/null || true
		pause "0.0$((RANDOM % 10))"
	fi
	kill_daemon
	interdict daemon >/dev/null 2>>"$DAEMON_LOG" </dev/null &
	DAEMON_PID=$!
done
check "after $KILLS kills one answers" wait_for answers
check "and enforces" enforcing
touch stop
wait $denying
read -r refused opened <denials.txt
diag "$refused opens were refused meanwhile, $(grep -c started "$DAEMON_LOG") daemons came to work"
check "no open came through" test "$opened" = 0
check "there were denials" test "$refused" -gt "$KILLS"
check "the counters balance" wait_for balanced
record_is_whole | sed 's/^/# /'
check "the record is whole" record_is_whole
check "the programs were never loaded anew" test "$(jq -s 'map(select(.event == "start").instance) | unique == ['"$instance"']' $RECORD)" = true
check "every denial was counted" status_is .counters.denied "$refused"
check "recorded counts the lines" test "$(count .k)" = "$(status .counters.recorded)"
check "some came to work before they were killed" test "$(grep -c started "$DAEMON_LOG")" -gt $((KILLS / 10))
check "all that was not lost is in the record" test "$(($(count .k) + $(status .counters.lost)))" = "$(status .counters.attempts)"
check "the last policy is active" status_is .policy.serial "$serial"
stop_daemon
