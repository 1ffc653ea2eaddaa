#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make check-coexist`; a whole Debian waits for it at each file
# Beside fapolicyd, which answers for each file that is opened (fanotify's permission events): both refuse what is theirs,
# and neither waits for the other. `make check-coexist` does it on each kernel, and in another order of lsm=.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=coexist-lib.sh
. "${VM_LIB%/*}/coexist-lib.sh"

LARGE=$((16 << 20))

fapolicyd_start() {
	sed -i 's/^trust = .*/trust = file/' /etc/fapolicyd/fapolicyd.conf
	printf '%s\n' "deny_syslog perm=execute all : path=$DIR/unwanted" 'allow perm=any all : all' \
		>/etc/fapolicyd/rules.d/10-coexist.rules
	rm -f /etc/systemd/system/fapolicyd.service
	systemctl daemon-reload
	systemctl start fapolicyd.service || { journalctl -q -o cat -u fapolicyd.service | tail; return 1; }
}
fapolicyd_told() { journalctl -q -o cat -t fapolicyd | grep -q "dec=deny_syslog.*path=$DIR/unwanted"; }
# While it stands still: ours is refused at once; what it has to decide on waits, and goes on with it.
fapolicyd_stopped() {
	local said
	said=$(python3 "$HELPER" stopped "$(cat /run/fapolicyd.pid)" exec:$DIR/banned open:$DIR/data exec:$DIR/allowed)
	echo "$said"
	[ "$said" = "$(printf '%s\n' "exec:$DIR/banned $1" "open:$DIR/data waits ok" "exec:$DIR/allowed waits 43")" ]
}
# The kernel opens for fapolicyd what it is asked about, and we judge that like any open. So one is kept where it begins
# to hash a file, and another writes to it: fapolicyd is asked about a file that is being hashed, and that has a writer,
# so that nothing is known of it. It has to answer, while the first one stands still.
asked_while_judged() { timeout 120 stall interdict_identify ": >>$DIR/sized" cat $DIR/sized >/dev/null; }
# The same without standing still, of a file that takes long to hash: twice, at the same time.
asked_while_hashing() {
	timeout 120 cat $DIR/large >/dev/null &
	timeout 120 sh -c ": >>$DIR/large" && timeout 120 cat $DIR/data >/dev/null && wait $!
}
by_fapolicyd() { [ "$(count ".event == \"denied\" and .file.path == \"$1\" and .process.comm == \"fapolicyd\"")" -ge 1 ]; }
append() { echo more >>"$1"; }
open_many() { find /usr/share/zoneinfo /usr/include -type f | head -n 300 | xargs -P 4 -n 75 cat >/dev/null; }

plan 21
mkdir -p $DIR
cp "$PROBES/banned" "$PROBES/allowed" $DIR/
cp $DIR/allowed $DIR/unwanted
echo "This is data." >$DIR/data
# Of sizes that a rule names, so that they are hashed.
head -c "$(stat -c %s $DIR/banned)" /dev/zero >$DIR/sized
truncate -s $LARGE $DIR/large
cp $DIR/banned $DIR/grows
check "control: it runs" gives 43 $DIR/unwanted
check "fapolicyd starts" fapolicyd_start
check "control: it refuses its own" wait_for says "$ours" $DIR/unwanted
diag "$(cat /etc/fapolicyd/compiled.rules; journalctl -q -o cat -u fapolicyd.service | tail -n 12)"
check "and says so" wait_for fapolicyd_told
check "control: nothing of ours" gives 42 $DIR/banned
check "control: while it stands still, all waits for it" fapolicyd_stopped "waits 42"
check "control: what will be banned can be written to" append $DIR/grows
policy 1
order banned $DIR/banned
head_of_order large
printf '  - sha256: %064d\n    size: %d\n' 1 $LARGE >>$POLICY/orders/large.yaml
cp $DIR/banned $DIR/grows
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "fapolicyd refuses its own" says "$ours" $DIR/unwanted
check "which is not in our record" denied_is 0 $DIR/unwanted
check "we refuse ours, and do not wait for it" fapolicyd_stopped EPERM
check "it is asked about a file that we are hashing, and neither waits" asked_while_judged
before=$EPOCHREALTIME
check "nor where that takes long" asked_while_hashing
diag "$LARGE bytes at the same time twice: from $before to $EPOCHREALTIME"
check "it cannot be asked about what is banned, so that is not written to" says "$ours" append $DIR/grows
diag "$(jq -c 'select(.event == "denied") | [.op, .file.path, .process.comm]' "$RECORD" | tail -n 3)"
check "which is in our record, as fapolicyd's" wait_for by_fapolicyd $DIR/grows
check "fapolicyd goes on" says "$ours" $DIR/unwanted
check "many files are opened at a time" open_many
policy 2
check "another policy is loaded" interdict load $POLICY
check "the record is whole" record_is_whole
stop_daemon
check "it is switched off" interdict unload

# What the next script on this machine shall not find.
systemctl stop fapolicyd.service
rm -r $DIR
