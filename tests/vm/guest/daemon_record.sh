#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# The record can be trusted: signed, verified by its own tool and by openssl, rotated, and what is taken out of it is
# missed.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 40

STATE=/var/lib/interdict
CONFIG=/etc/interdict/interdict.yaml
VERIFY=(interdict log verify)

refused() { ! ./app 2>/dev/null; }
# deny N: that often.
deny() {
	local i
	for ((i = 0; i < $1; i++)); do refused || return 1; done
	wait_for balanced
}
# verified FILTER [OPTION...]: of what verify says.
verified() {
	"${VERIFY[@]}" "${@:2}" --json >verified.json || true
	cat verified.json
	jq -e "$1" verified.json
}
not_verified() { ! "${VERIFY[@]}" "$@"; }
tampered() { [ "$(count ".event == \"tamper\" and (.reason | contains(\"$1\"))")" -ge 1 ]; }
checkpoints() { [ "$(count ".event == \"checkpoint\" and .reason == \"$1\"")" -ge "$2" ]; }
# by_openssl: the last checkpoint's signature, as the manual says.
by_openssl() {
	local line
	line=$(grep '"event":"checkpoint"' $RECORD | tail -n 1)
	jq -r .signature <<<"$line" | base64 -d >signature
	# shellcheck disable=SC2001 # as the manual has it
	sed 's/,"signature":"[^"]*"}$/}/' <<<"$line" | tr -d '\n' >text
	openssl pkeyutl -verify -pubin -inkey $STATE/record.pub -rawin -in text -sigfile signature
}
# chained: each line names the SHA-256 of the one before, by sha256sum and jq.
chained() {
	local line prev
	prev=$(printf '%064d' 0)
	while IFS= read -r line; do
		[ "$(jq -r .prev <<<"$line")" = "$prev" ] || return 1
		prev=$(sha256sum <<<"$line" | cut -d ' ' -f 1)
	done < <(head -n 40 $RECORD)
}
# restart_after COMMAND...: what is done to the record while nobody writes it.
restart_after() {
	stop_daemon
	"$@"
	start_daemon "a daemon after $1"
}
# All behind the second checkpoint goes, and what stands before it cannot be read: what of the kernel's events was
# recorded is not known, and opening the record is tried again and again.
cut_tail() {
	local line
	line=$(grep -n '"event":"checkpoint"' $RECORD | sed -n '2s/:.*//p')
	head -n $((line - 1)) $RECORD >before
	sed -i "$line!d" $RECORD
	mkdir $RECORD.1
}
readable() { rmdir $RECORD.1 && cp before $RECORD.1; }
unread() { [ "$(status .daemon.record.error)" = "Is a directory" ]; }
read_again() { status_is .daemon.record.error null; }
# What is gone before the cut is told, too.
told_once() { jq -se "[.[] | select(.event == \"tamper\").reason] | length == 2 and (unique | length) == 2" "$RECORD"; }
older_copy() { cp older $RECORD; }
no_record() { rm -f $RECORD*; }
edited() { sed -i '8s/"event":"denied"/"event":"audited"/' $RECORD; }
# The key is made anew: of the same record, lines of two keys. An old file is moved to where there is more room.
other_key() {
	mv $STATE/record.pub first.pub && rm $STATE/record.key
	mv $RECORD.1 moved && ln -s "$PWD/moved" $RECORD.1
}

make_banned app app
policy 1
order app-order app
mkdir -p /etc/interdict
{ no_bursts; echo '  checkpoint: {events: 10, every: 1d}'; } >$CONFIG
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "its key is its own" [ "$(stat -c '%a %U' $STATE/record.key)" = "600 root" ]
check "everybody may have the public half" [ "$(stat -c %a $STATE/record.pub)" = 644 ]
check "refusals are recorded" deny 30
check "checkpoints come by the number of events" wait_for checkpoints events 3
check "the record is whole and proved" "${VERIFY[@]}"
check "openssl verifies a checkpoint" by_openssl
check "sha256sum verifies the chain" chained
check "status says how far it is signed" jq -e '.daemon.record | .signed_to > 20 and .seq - .signed_to < 10' <<<"$(interdict status --json)"
cp $RECORD older
check "more" deny 30
stop_daemon
check "the end is signed" verified '.unproved == 0 and .wrong == null'
sent=$(tail -n 1 $RECORD)
cp $RECORD kept

edited
check "an edited line is found, and named" verified ".wrong.line == 8 and .proved.seq < 8"
check "and is a failure" not_verified
older_copy
check "an older copy looks whole" "${VERIFY[@]}"
check "but not with a checkpoint from elsewhere" not_verified --expect "$sent"
cp kept $RECORD
check "which the record itself has" "${VERIFY[@]}" --expect "$sent"
start_daemon "the daemon goes on"
check "with a record that nobody touched" eval '! tampered ""'

restart_after cut_tail
check "what cannot be read is not gone on with" wait_for unread
# Of 5 s that may lie between two tries of a daemon.
pause 2
readable
check "once it can be, it is" wait_for read_again
check "a cut tail is missed" wait_for tampered "it ended before its checkpoint"
check "and that is told once, however often it was found" told_once
check "and verify finds the gap" not_verified
restart_after no_record
check "a record that is gone is missed" wait_for tampered "files were deleted"
check "position and chain go on" jq -se 'first.seq > 60' $RECORD
check "what is there is whole" "${VERIFY[@]}"

# Rotation: by the daemon, and by logrotate's way.
printf 'log:\n  checkpoint: {events: 100, every: 1d}\n  rotate: {age: 2s, keep: 2}\n' >$CONFIG
kill -HUP "$DAEMON_PID"
rotated() { [ "$(find ${RECORD%/*} -name 'events.jsonl-*' | wc -l)" = "$1" ]; }
all_end_signed() {
	local file
	for file in "$RECORD"-*; do tail -n 1 "$file" | jq -e '.event == "checkpoint"' || return 1; done
}
four_times() {
	local i
	for i in 1 2 3 4; do deny 1 && pause 2.5 || return 1; done
}
check "it is rotated by age" four_times
check "two old files are kept" wait_for rotated 2
check "each file ends with a checkpoint" all_end_signed
printf 'log:\n  checkpoint: {events: 100, every: 1s}\n' >$CONFIG
mv $RECORD $RECORD.1
kill -HUP "$DAEMON_PID"
check "another may rename it" deny 1
check "checkpoints come by time" wait_for checkpoints time 1
check "all files together are whole" "${VERIFY[@]}"

restart_after other_key
check "it records and signs by another key" deny 1
check "an old file that is a link is told of" grep -q 'is a symbolic link, .*events.jsonl.1;' "$DAEMON_LOG"
stop_daemon
check_fails "which the first key does not verify" "${VERIFY[@]}" --key first.pub
check "both keys together do" "${VERIFY[@]}" --key first.pub --key $STATE/record.pub
