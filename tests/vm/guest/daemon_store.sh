#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with dates --timeout 300
# What a device does not forget: the highest serial, the policy that was accepted last; and its labels.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 37

# What the daemon lets go of is not what it was (mallopt(3)).
export MALLOC_PERTURB_=85
STORE=/var/lib/interdict

runs() { ./"$1"; }
refused() { ! ./"$1" 2>/dev/null; }
ended() { [ "$(count ".event == \"policy\" and .action == \"ended\" and .order == \"$1\" and (.reason | contains(\"$2\"))")" = 1 ]; }
# load_is STATUS TEXT: of a load.
load_is() {
	local said status=0
	said=$(interdict load $POLICY 2>&1) || status=$?
	diag "$said"
	[ $status = "$1" ] && [[ $said == *"$2"* ]]
}
store_is() { status_is .daemon.store.health "$1"; }

make_banned app app
make_banned site site
make_banned audited audited
policy 5
order app-order app
order site-order site "devices: [site-a]"
order audited-order audited
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "a banned file is refused" refused app
check "the store has the serial" status_is .daemon.store.serial 5
check "and is whole" store_is whole

check "an order for other devices refuses nothing" runs site
check "status says why" status_is '.daemon.not_in_force[0] | "\(.order): \(.why)"' \
	"site-order: this device has none of the labels in its devices"
mkdir -p /etc/interdict/labels.d
printf '# enrolled\nsite-a\n' >/etc/interdict/labels.d/site
kill -HUP "$DAEMON_PID"
check "with a label from labels.d it refuses" wait_for refused site
check "status has the label" status_is '.daemon.labels | join(" ")' site-a
echo 'Site A' >/etc/interdict/labels.d/other
kill -HUP "$DAEMON_PID"
check "a wrong label is told of" wait_for grep -q 'labels.d/other.*the old configuration stays' "$DAEMON_LOG"
check "and the labels stay" refused site
rm /etc/interdict/labels.d/other
echo site-b >/etc/interdict/labels.d/site
kill -HUP "$DAEMON_PID"
check "an order for a label that was taken away refuses nothing" wait_for runs site
check "and the record says why" wait_for ended site-order "serial 5: this device has none of the labels"
echo site-a >/etc/interdict/labels.d/site
kill -HUP "$DAEMON_PID"
check "control: with the label it refuses again" wait_for refused site

policy 4
check "an older serial is refused" load_is 4 "serial 4 is older than 5"
check "and what was active stays" refused app
policy 6
rm $POLICY/orders/site-order.yaml
sed -i "s/^mode: enforce/mode: audit/" $POLICY/orders/audited-order.yaml
check "a newer serial is taken" load_is 0 ""
check "what it lifts runs" runs site
check "and the record says by which serial" wait_for ended site-order "serial 6: it is no longer part of the policy"
check "what it only audits runs" runs audited
check "and the record says so" wait_for ended audited-order "serial 6: its mode is audit"

kill_daemon
check "control: the policy is switched off" interdict unload
check "control: nothing is refused" runs app
policy 5
check "an older serial is refused without a daemon, too" load_is 4 "serial 5 is older than 6"

mv $POLICY $POLICY.away
start_daemon "a daemon starts without the configured policy"
check "and enforces what was accepted last" wait_for refused app
check "status says so" status_is .daemon.last_good true
check "and fails" gives 1 interdict status
mv $POLICY.away $POLICY
check "an older serial is refused after that" load_is 4 "serial 5 is older than 6"
kill_daemon

rm $STORE/store*
start_daemon "a daemon starts without the store"
check "the serial is taken from others" store_is repaired
check "an older one is refused" load_is 4 "serial 5 is older than 6"
check "control: the newest is taken" eval 'policy 6; load_is 0 ""'
kill_daemon

interdict unload
rm -r $STORE/active /var/log/interdict/events.jsonl
: >$STORE/store
: >$STORE/store.copy
start_daemon "a daemon starts with a store that is damaged, and no other witness"
check "and says so" store_is lost
policy 7
check "it accepts nothing" load_is 4 "no policy is accepted until both are removed"
stop_daemon
rm $STORE/store*
check "once they are removed it does" load_is 0 ""
