#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with dates --timeout 300
# THREATS 79-82: an older serial; a policy that nobody signed, or somebody else, or that was changed on its way.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 36

CONFIG=/etc/interdict/interdict.yaml
TRUST=/etc/interdict/trust.d
BUNDLE=/etc/interdict/policy.bundle

runs() { ./"$1"; }
refused() { ! ./"$1" 2>/dev/null; }
# identity NAME: a key, and a certificate of itself.
identity() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" \
		-subj "/O=$1" -days 30 -addext keyUsage=critical,digitalSignature 2>/dev/null
}
# bundle SERIAL NAME FILE
bundle() {
	policy "$1"
	interdict sign $POLICY --key "$2.key" --cert "$2.pem" -o "$3" >/dev/null
}
# load_is STATUS TEXT FILE
load_is() {
	local said status=0
	said=$(interdict load "$3" 2>&1) || status=$?
	echo "status $status: $said"
	[ $status = "$1" ] && [[ $said == *"$2"* ]]
}
# flip FILE OFFSET: with a bit changed there.
flip() {
	python3 -c 'import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[int(sys.argv[2])] ^= 4
sys.stdout.buffer.write(data)' "$1" "$2"
}
not_loaded() { ! interdict load "$1" 2>&1; }
event() { [ "$(count ".event == \"policy\" and .action == \"refused\" and (.reason | contains(\"$1\"))")" -ge 1 ]; }

make_banned app app
make_banned other other
identity authority
identity stranger
order app-order app
policy 5
cp -r $POLICY unsigned
check "a policy is signed" bundle 5 authority $BUNDLE
bundle 4 authority older
bundle 6 stranger strangers
policy 6
order other-order other
bundle 6 authority newer
date -s '2 years ago' >/dev/null
identity lapsed
bundle 7 lapsed lapsing
right_clock
rm -r $POLICY
mkdir -p $TRUST
cp authority.pem $TRUST/
printf "policy: %s\nprotect: no\n" $BUNDLE >$CONFIG

check "control: before it is loaded, the application runs" runs app
start_daemon "the daemon starts with a bundle"
check "and enforces" wait_for enforcing
check "the application is refused" refused app
check "status says who signed it" status_is .daemon.signer O=authority

check "an older serial is refused" load_is 4 "serial 4 is older than 5" older
check "a directory is refused" load_is 4 "is not signed" unsigned
check "a bundle that another signed is refused" load_is 4 "is not trusted" strangers
head -c -1 newer >truncated
check "a truncated one is refused" load_is 1 "" truncated
for at in 40 700 2000 5000 9000; do
	flip newer $at >flipped
	check "one with a bit changed at $at is refused" not_loaded flipped
done
check "all that is in the record" event "is older than"
check "and that it was not signed" event "is not signed"
check "what was active stays" refused app
check "control: the other application runs" runs other

kill_daemon
check "control: the policy is switched off" interdict unload
check "control: the application runs" runs app
check "without a daemon, too, a directory is refused" load_is 4 "is not signed" unsigned
check "and a stranger's bundle" load_is 4 "" strangers
check "and an older one" load_is 4 "serial 4 is older than 5" older
cp lapsed.pem $TRUST/
check "and one of a certificate that has expired" load_is 4 "has expired" lapsing
date -s '2 years ago' >/dev/null
check "which it had not by a clock that is set back" load_is 4 "has expired" lapsing
cp -a /var/lib/interdict remembered
rm /var/lib/interdict/store*
check "control: a device that remembers no time goes by its clock" load_is 0 "serial 7, is active" lapsing
check "control: the other application is refused" refused other
check "control: the policy is switched off" interdict unload
check "control: the other application runs" runs other
right_clock
rm -r /var/lib/interdict $TRUST/lapsed.pem
cp -a remembered /var/lib/interdict

echo garbage >$BUNDLE
start_daemon "at the next boot the configured bundle is broken"
check "what was accepted last is enforced" wait_for refused app
check "and status says so" status_is .daemon.last_good true
check "control: a newer bundle of the authority is taken" load_is 0 "" newer
check "and bans what it names" refused other
rm $TRUST/*
check "without trust anchors no bundle is loaded" load_is 4 "" newer
stop_daemon
