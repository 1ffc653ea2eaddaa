#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with plain --timeout 300
# Orders begin and end at their dates, also when the clock is set, and while no daemon runs.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 15

runs() { ./"$1"; }
refused() { ! ./"$1" 2>/dev/null; }
event() { [ "$(count ".event == \"policy\" and .action == \"$1\" and .order == \"$2\"")" = 1 ]; }

for name in soon far dead; do make_banned $name $name; done
policy 1
begin=2080-01-01T00:00:00Z
order soon-order soon "effective: $begin
expires: 2080-06-01T00:00:00Z"
order far-order far "effective: 2090-01-01T00:00:00Z"
order dead-order dead "effective: 2095-01-01T00:00:00Z"
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "an order that has not begun refuses nothing" runs soon
check "status says when the next date is" status_is .daemon.next "$begin"
date -s 2079-12-31T23:59:55Z >/dev/null
check "it begins by itself" wait_for refused soon
check "with an event" wait_for event begun soon-order
date -s 2080-05-31T23:59:55Z >/dev/null
check "it ends by itself" wait_for runs soon
check "with an event" wait_for event ended soon-order
check "control: another has not begun" runs far
date -s 2090-01-01T00:00:01Z >/dev/null
check "the clock is set past its date: it begins" wait_for refused far
check "with an event" wait_for event begun far-order
check "control: a third has not begun" runs dead
kill_daemon
# The next daemon does not need the directory for that: the text was kept.
mv $POLICY $POLICY.away
date -s 2095-01-01T00:00:01Z >/dev/null
start_daemon "a daemon starts after the date"
check "the order has begun then" wait_for refused dead
check "the record is whole" record_is_whole
stop_daemon
