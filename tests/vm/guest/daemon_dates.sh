#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with dates --timeout 800
# Orders begin and end at their dates: while a daemon runs and while none does, and when the clock is set.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 39

# What an emulated machine needs to load a policy and to be asked twice.
SOON=45

runs() { ./"$1"; }
refused() { ! ./"$1" 2>/dev/null; }
event() { [ "$(count ".event == \"policy\" and .action == \"$1\" and .order == \"$2\"")" = "${3:-1}" ]; }
refused_load() { [ "$(count '.event == "policy" and .action == "refused"')" -ge 1 ]; }
clock_event() { [ "$(count '.event == "policy" and .action == "clock"')" -ge "$1" ]; }
ahead_of() { [ "$(status .daemon.clock.ahead)" -lt "$1" ]; }
# after SECONDS: a date.
after() { date -u -d "@$(($(date +%s) + $1))" +%FT%TZ; }

for name in now soon far dead gone label; do make_banned $name $name; done

policy 1
order now-order now "effective: 2020-01-01T00:00:00Z
expires: 2090-01-01T00:00:00Z"
order far-order far "effective: 2080-01-01T00:00:00Z"
order label-order label "devices: [here]"
mkdir -p /etc/interdict
{ echo "labels: [here]"; no_bursts; } >/etc/interdict/interdict.yaml
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "an order that has begun refuses" refused now
check "one that has not begun refuses nothing" runs far
check "status says when the next date is" status_is .daemon.next 2080-01-01T00:00:00Z
check "and why the order is not in force" status_is '.daemon.not_in_force[0].why' "it begins at 2080-01-01T00:00:00Z"

date -s 2019-06-01T00:00:00Z >/dev/null
check "the clock is set back: an event says so" wait_for clock_event 1
check "before its beginning an order still refuses" refused now
check "status says how far" ahead_of -86400
date -s 2095-06-01T00:00:00Z >/dev/null
check "the clock is set ahead: an event says so" wait_for clock_event 2
check "past its end an order still refuses" refused now
check "and one whose date the clock is past refuses" wait_for refused far
check "with an event" wait_for event begun far-order
right_clock
check "the clock is right again: an event says so" wait_for clock_event 3
check "the order still refuses" refused now
check "the other has not begun after all" wait_for runs far
check "with an event" wait_for event ended far-order

# A label that is taken away, while the policy that is loaded with it is refused: nobody but the look at
# the dates sees it, which comes with a clock that is set.
check "an order for this device's label refuses" refused label
no_bursts >/etc/interdict/interdict.yaml
policy 1 "mode: wrong"
kill -HUP "$DAEMON_PID"
check "the label goes, the policy is refused" wait_for refused_load
date -s "@$(($(date +%s) + 5))" >/dev/null
check "the order ends with an event" wait_for event ended label-order
check "and refuses nothing" runs label
right_clock

policy 2
rm $POLICY/orders/*
order soon-order soon "effective: $(after $SOON)
expires: $(after $((SOON + 20)))"
check "a policy with near dates loads" interdict load $POLICY
check "the kernel has what follows" wait_for status_is .daemon.clock.kernel_switches true
check "an order that is lifted ends with an event" wait_for event ended now-order
check "control: it refuses nothing any more" runs now
check "the new one has not begun" runs soon
check "it begins by itself" wait_for refused soon
check "with an event" wait_for event begun soon-order
check "it ends by itself" wait_for runs soon
check "with an event" wait_for event ended soon-order

policy 3
date=$(after $SOON)
order dead-order dead "effective: $date"
order gone-order gone "expires: $date"
check "a policy with a near date loads" interdict load $POLICY
check "the kernel has what follows" wait_for status_is .daemon.clock.kernel_switches true
kill_daemon
# The next daemon does not need the directory for that: the text was kept.
mv $POLICY $POLICY.away
if runs dead && refused gone; then ok "the daemon dies before the date"; else not_ok "the daemon dies before the date"; fi
check "the order begins without a daemon" wait_for refused dead
check "and the other ended" runs gone
start_daemon "a daemon starts after the date"
check "it says what began" wait_for event begun dead-order
check "and what ended" wait_for event ended gone-order
check "the record is whole" record_is_whole
stop_daemon
