#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 300
# Without the module: exec and map by IMA's hash, and everybody is told what is not covered.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 17
hide_module

make_banned banned
policy 1
order an-order banned
check "control: it runs without a policy" ./banned
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check_fails "the banned program is refused" ./banned
check "reading it is not covered" cat banned
check "status: provider ima" status_is .provider ima
rc=0
interdict status >status.txt || rc=$?
check "status ends with 1" test "$rc" = 1
check "and says degraded, and why" grep -q '^DEGRADED: .*[a-z]' status.txt
check "and what to do" test "$(grep -A 1 '^degraded' status.txt | tail -n 1 | grep -c '[a-z]')" = 1
check "the journal says degraded" grep -q 'degraded: ' "$DAEMON_LOG"
check "there is an event, with reason and remedy" test "$(jq -c 'select(.event == "degraded" and (.reasons | length > 0 and all(.why != "" and .do != "")))' $RECORD | wc -l)" -gt 0
rc=0
interdict doctor >doctor.txt || rc=$?
check "doctor ends with 1" test "$rc" = 1
check "and names the module" grep -q '^NO  module' doctor.txt
check "the denial is recorded, with its hash" test "$(count ".event == \"denied\" and .op == \"exec\" and .file.sha256 == \"$(sha256sum banned | cut -d ' ' -f 1)\"")" = 1
kill_daemon
check_fails "enforcement outlives the daemon" ./banned
start_daemon "and the next one takes over"
check "nothing is recorded twice" test "$(wait_for balanced; record_is_whole >/dev/null && count '.event == "denied"')" = 2
stop_daemon
