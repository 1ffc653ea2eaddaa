#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# A full disk: denials go on, events wait in the ring, what does not fit is counted, and nothing that
# waited is lost once there is room.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 17

deny() { python3 "${VM_LIB%/*}/deny.py" "$@"; }
stuck() { [ "$(status .daemon.record.error)" != null ]; }
works() { status_is .daemon.record.error null; }

mkdir -p "${RECORD%/*}"
mount -t tmpfs -o size=1m tmpfs "${RECORD%/*}"
make_banned banned
policy 1
order an-order banned
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
dd if=/dev/zero of="${RECORD%/*}/ballast" bs=4k count=200 2>/dev/null
deny banned 1000 >denials.txt
check "status says that the record cannot be written" wait_for stuck
rc=0
interdict status >status.txt || rc=$?
check "with status 1" test "$rc" = 1
check "and why" grep -q 'CANNOT BE WRITTEN: No space left on device' status.txt
check "the journal says so" grep -q 'cannot be written: No space left' "$DAEMON_LOG"
read -r refused opened <denials.txt
check "denials go on" test "$refused $opened" = "1000 0"
check "events wait" test "$(status .counters.waiting)" -gt 0
# Killed and started again on a full disk: nothing changes.
kill_daemon
start_daemon "a daemon starts on a full disk"
check_fails "and the file is still refused" cat banned
# More than the ring holds.
deny banned 8000 >denials.txt
check "what does not fit is counted" test "$(status .counters.lost)" -gt 0
mount -o remount,size=256m "${RECORD%/*}"
check "with room, it is written again" wait_for works
check "and the counters balance" wait_for balanced
check "the record is whole" record_is_whole
check "all that was not lost is in it" test "$(($(count .k) + $(status .counters.lost)))" = "$(status .counters.attempts)"
check_fails "one more is refused" cat banned
wait_for balanced
check "what was lost is in its event" test "$(jq -s 'map(select(.k))[-1].lost' $RECORD)" -gt 0
stop_daemon
