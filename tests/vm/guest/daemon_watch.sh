#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 400
# Watchers: one stops reading and misses its own events, counted; the others and the record get all.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 16

# More than the daemon keeps for one watcher (SERVER_QUEUE_MAX, 4096) and a socket holds.
FLOOD=5000
deny() { python3 "${VM_LIB%/*}/deny.py" "$@"; }
kernel_events() { grep '"k":' "$1"; }
have_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
watching() { status_is .daemon.watchers "$1"; }

make_banned banned
policy 1
order an-order banned
# What is missed is then refusals only.
mkdir -p /etc/interdict
{ no_bursts; echo '  checkpoint: {events: 1000000000, every: 30d}'; } >/etc/interdict/interdict.yaml
start_daemon "the daemon starts and enforces"
wait_for enforcing || bail "not enforcing"
check_fails "control: the file is refused" cat banned

interdict watch --json >fast.jsonl 2>fast.err &
fast=$!
interdict watch --json >slow.jsonl 2>slow.err &
slow=$!
interdict watch >human.txt 2>human.err &
human=$!
check "three watch" wait_for watching 3
kill -STOP $slow
refused=0
for ((i = 0; i < FLOOD / 1000; i++)); do
	read -r n opened <<<"$(deny banned 1000)"
	refused=$((refused + n))
	[ "$opened" = 0 ] || break
	wait_for balanced || break
	# Both that read get the time to, however slow the machine is.
	wait_for have_lines fast.jsonl $refused || break
	wait_for have_lines human.txt $refused || break
done
check "each of $FLOOD opens was refused" test "$refused" = "$FLOOD"
check "the counters balance" wait_for balanced
check "nothing was lost" status_is .counters.lost 0
check "all are in the record" test "$(kernel_events $RECORD | wc -l)" = $((FLOOD + 1))
check "the record is whole" record_is_whole
check "the stopped watcher misses events, and they are counted" test "$(status .daemon.missed)" -gt 0
missed=$(status .daemon.missed)
kill -CONT $slow
told() { [ "$(jq -s 'map(.missed // 0) | add' slow.jsonl)" = "$missed" ]; }
check "it is told how many" wait_for told
all_there() { [ "$(kernel_events fast.jsonl | wc -l)" = "$FLOOD" ]; }
check "the other one got all" wait_for all_there
check "as they stand in the record" cmp <(kernel_events fast.jsonl) <(kernel_events $RECORD | tail -n +2)
check "what the slow one got and missed is all" test "$((missed + $(kernel_events slow.jsonl | wc -l)))" = "$FLOOD"
check "the one for people has a line for each" test "$(grep -c 'denied open .*/banned by order an-order (sha256)' human.txt)" = "$FLOOD"

stop_daemon
rc=0
wait $fast || rc=$?
check "watch ends with 1 when the daemon does" test "$rc" = 1
check "and says so" grep -q 'the daemon has ended; the kernel goes on enforcing' fast.err
wait $slow $human || true
