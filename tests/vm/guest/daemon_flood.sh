#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 600
# DENIALS (50,000) refusals of many files, users and programs, while the daemon is killed at KILLS (10) random
# moments, is stopped for a while, and has no room on its disk for another: each is a line of the record, is
# counted in a summary, or is counted as lost; the sums are exact, and the record verifies elsewhere by the
# device's public key. SEED makes the same moments again.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 23

DENIALS=${DENIALS:-50000}
KILLS=${KILLS:-10}
SEED=${SEED:-$EPOCHSECONDS}
# More than the ring holds, which is about 1,100.
OVERFLOW=9000
FLOOD=${VM_LIB%/*}/../bin/probes/flood
FILES=24
RANDOM=$SEED
diag "seed $SEED"

# flood NAME PROGRAM COUNT HOW UIDS FILE...: what it did goes to the file NAME, at its end.
flood() {
	local name=$1
	shift
	"./program-$1" "${@:2}" >"$name.part" || return 1
	mv "$name.part" "$name"
}
# some COUNT: that many, from three sides at once: one file and user, a few, and so many that there is no
# room to count them. Sets PIDS.
parts=0
some() {
	local n=$1
	parts=$((parts + 1))
	# What is random is chosen here, not in the background.
	flood "tried.$parts.one" $((RANDOM % 3)) $((n * 6 / 10)) open 1001 "$PWD/banned-1" &
	PIDS=$!
	flood "tried.$parts.few" $((RANDOM % 3)) $((n * 2 / 10)) both 1002-1003 "$PWD"/banned-{2,3,4} &
	PIDS+=" $!"
	flood "tried.$parts.many" $((RANDOM % 3)) $((n - n * 6 / 10 - n * 2 / 10)) open 2000-2039 "${files[@]}" &
	PIDS+=" $!"
}
# all_done NAME: a test, when what some began is done. (Not by check: what it runs has no children.)
all_done() {
	if are_done; then ok "$1"; else not_ok "$1"; fi
}
are_done() {
	local pid rc=0
	for pid in $PIDS; do wait "$pid" || rc=1; done
	return $rc
}
# begin_daemon: without waiting for it.
begin_daemon() {
	interdict daemon >/dev/null 2>>"$DAEMON_LOG" </dev/null &
	DAEMON_PID=$!
}
stuck() { [ "$(status .daemon.record.error)" != null ]; }
works() { status_is .daemon.record.error null; }
tried() { cat tried.*.one tried.*.few tried.*.many | awk '/^all / { n += $2; refused += $3 } END { print n + 0, refused + 0 }'; }

[ -e "$FLOOD" ] || bail "no $FLOOD"
chmod 755 .
for i in 0 1 2; do cp "$FLOOD" program-$i; done
files=()
for ((i = 0; i < FILES; i++)); do
	# Six contents, in four files each.
	make_banned banned-$i $((i % 6))
	files+=("$PWD/banned-$i")
done
for i in 0 1 2 3 4 5; do order order-$i banned-$i; done
mkdir -p /etc/interdict "${RECORD%/*}"
mkfs.ext4 -q -F -m 0 "$SCRATCH_DEV"
mount "$SCRATCH_DEV" "${RECORD%/*}"
cat >/etc/interdict/interdict.yaml <<-YAML
	log:
	  burst: {events: 5, within: 2s}
	  rotate: {size: 1M}
YAML

policy 1 'mode: off'
start_daemon "the daemon starts"
check "with a policy of mode off" wait_for status_is .policy.serial 1
./program-0 1000 open 1001-1010 "${files[@]}" >control
check "control: nothing is refused" grep -q '^all 1000 0 ' control
check "and nothing is to be told" status_is .counters.attempts 0
policy 2
check "enforcing" interdict load $POLICY

# A part of all for each kill, and for the times without a daemon, or a disk.
part=$(((DENIALS - 2 * OVERFLOW + KILLS) / (KILLS + 1)))
[ $part -ge 100 ] || bail "too few DENIALS for so many KILLS"
now_ms
began=$NOW
some $part
all_done "a part is refused"
now_ms
took=$((NOW - began))
diag "$part took $took ms"
check "the counters balance" wait_for balanced

failed=0
for ((i = 0; i < KILLS; i++)); do
	some $part
	ms=$((RANDOM * RANDOM % (took + 1000)))
	printf -v seconds %d.%03d $((ms / 1000)) $((ms % 1000))
	pause "$seconds"
	kill_daemon
	begin_daemon
	are_done || failed=1
	# One of four may be killed before it has come to work.
	[ $((RANDOM % 4)) = 0 ] || wait_for answers || failed=1
done
check "$KILLS kills, and all is refused" [ $failed = 0 ]
check "a daemon answers" wait_for answers
check "the counters balance" wait_for balanced

kill -STOP "$DAEMON_PID"
some $OVERFLOW
all_done "all is refused while the daemon stands still"
kill -CONT "$DAEMON_PID"
check "the counters balance" wait_for balanced
check "what did not fit is counted as lost" test "$(status .counters.lost)" -gt 0

lost=$(status .counters.lost)
# All but what a file's last block holds.
fallocate -l "$(($(stat -f -c '%a * %S' "${RECORD%/*}")))" "${RECORD%/*}/ballast" 2>/dev/null ||
	dd if=/dev/zero of="${RECORD%/*}/ballast" bs=64k 2>/dev/null
some $OVERFLOW
all_done "all is refused while the disk is full"
check "status says so" wait_for stuck
kill_daemon
start_daemon "a daemon starts on a full disk"
check "what is refused meanwhile waits, or is counted as lost" \
	test "$(status '.counters | .lost + .waiting')" -gt "$lost"
rm "${RECORD%/*}/ballast"
check "with room, it is written again" wait_for works
check "the counters balance" wait_for balanced

# So that what was counted has its line, too.
stop_daemon
start_daemon "the last daemon starts"
status . >status.json
read -r n refused <<<"$(tried)"
check "$n attempts, all refused" test "$n" = "$refused" -a "$n" -ge "$DENIALS"
grep -hv ^all tried.*.one tried.*.few tried.*.many >tried
if python3 "${VM_LIB%/*}/flood.py" "$RECORD" tried status.json >balance 2>&1; then
	ok "both balances hold, and the record says the same"
else
	not_ok "both balances hold, and the record says the same"
fi
diag "$(<balance)"
stop_daemon

# Elsewhere: nothing but the record's files and the public key.
mkdir elsewhere
cp "$RECORD"* /var/lib/interdict/record.pub elsewhere/
verified() {
	interdict log verify --json --key elsewhere/record.pub elsewhere/events.jsonl >verified &&
		jq -e '.whole and .first == 1 and .unproved == 0 and .torn == 0 and .wrong == null' verified
}
check "the record verifies by the public key alone" verified
