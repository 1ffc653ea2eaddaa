# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the guest scripts daemon_*.sh share: a policy that bans a program, a daemon, its record.

RECORD=/var/log/interdict/events.jsonl
DAEMON_LOG=$PWD/daemon.log
POLICY=/etc/interdict/policy
DAEMON_PID=

# The clock goes on from where it would be, had nobody set it.
read -r UPTIME _ </proc/uptime
CLOCK_OFFSET=$((EPOCHSECONDS - ${UPTIME%.*}))
right_clock() { read -r UPTIME _ </proc/uptime; date -s "@$((${UPTIME%.*} + CLOCK_OFFSET))" >/dev/null; }

# A program that nothing else on the system is: true with a tail of its own.
make_banned() {
	cp "$(type -P true)" "$1"
	echo "banned ${2:-}" >>"$1"
	chmod 755 "$1"
}

# head_of_order NAME [LINE]: what comes before its rules, with LINE added.
head_of_order() {
	mkdir -p $POLICY/orders
	cat >"$POLICY/orders/$1.yaml" <<-YAML
		interdict: 1
		order: $1
		title: Order $1
		authority: An authority
		reference: decision of 1 January
		reason: it is tested
		message: Not permitted.
		contact: https://example.org/$1
		${2:-mode: enforce}
		match:
	YAML
}

# order NAME FILE [LINE]: an order that bans FILE.
order() {
	head_of_order "$1" "${3:-}"
	cat >>"$POLICY/orders/$1.yaml" <<-YAML
		  - sha256: $(sha256sum <"$2" | cut -d ' ' -f 1)
		    size: $(stat -c %s "$2")
	YAML
}

# package_order NAME PATTERN [LINE]: one that bans packages.
package_order() {
	head_of_order "$1" "${3:-}"
	echo "  - package: {type: deb, name: $2}" >>"$POLICY/orders/$1.yaml"
}

# policy SERIAL [LINE]
policy() {
	mkdir -p $POLICY/orders
	cat >$POLICY/policy.yaml <<-YAML
		interdict: 1
		policy: test
		serial: $1
		${2:-mode: enforce}
	YAML
}

status() { interdict status --json 2>/dev/null | jq -r "$1"; }
status_is() { [ "$(status "$1")" = "$2" ]; }

# Every refusal a line of its own, for tests that count them.
no_bursts() { printf 'log:\n  burst: {events: 1000000000, within: 1s}\n'; }

# start_daemon NAME [OPTION...]: a test, ok when the daemon answers. (Not by check: that waits for all
# that holds its output.)
start_daemon() {
	local name=$1
	shift
	local before
	mkdir -p /etc/interdict
	[ -e /etc/interdict/interdict.yaml ] || no_bursts >/etc/interdict/interdict.yaml
	before=$(started)
	interdict daemon "$@" >/dev/null 2>>"$DAEMON_LOG" </dev/null &
	DAEMON_PID=$!
	# Asking takes much more of an emulated processor than this, and from the daemon, too.
	wait_for began_or_ended "$before" || true
	if wait_for answers; then
		ok "$name"
	else
		not_ok "$name"
		diag "$(tail -n 5 "$DAEMON_LOG")"
	fi
}

# How often the log says that one came to work.
started() {
	local line n=0
	[ ! -e "$DAEMON_LOG" ] || while read -r line; do [[ $line != *': started: '* ]] || n=$((n + 1)); done <"$DAEMON_LOG"
	echo $n
}
began_or_ended() { [ "$(started)" != "$1" ] || ! kill -0 "$DAEMON_PID"; }
answers() { status_is .daemon.pid "$DAEMON_PID"; }
enforcing() { status_is .enforcing true; }

stop_daemon() {
	kill -TERM "$DAEMON_PID"
	wait "$DAEMON_PID"
}

kill_daemon() {
	kill -KILL "$DAEMON_PID"
	wait "$DAEMON_PID" 2>/dev/null || true
}

# Lines of the record that a jq filter selects.
count() { jq -c "select($1)" "$RECORD" | wc -l; }

# Everything that was emitted is in the record, and the counters say so.
balanced() {
	interdict status --json 2>/dev/null | jq -e '.counters | .attempts == .emitted + .lost and
		.emitted == .recorded + .summarised + .dropped and .waiting == 0' >/dev/null
}

# The record is whole: no half line, seq and chain without a gap; of each load of the programs no k
# twice, and none missing but what was lost.
record_is_whole() {
	python3 - "$RECORD" <<-'PYTHON'
		import hashlib, json, sys
		seq, prev, instances = 0, "0" * 64, []
		for line in open(sys.argv[1], "rb"):
		    assert line.endswith(b"\n"), "half a line"
		    event = json.loads(line)
		    seq += 1
		    assert event["seq"] == seq, f"seq {event['seq']}, not {seq}"
		    assert event["prev"] == prev, f"prev of seq {seq}"
		    prev = hashlib.sha256(line).hexdigest()
		    if event["event"] == "start":
		        new = not instances or instances[-1][0] != event["instance"]
		        assert event["resumed"] or new or not instances[-1][1], \
		            f"seq {seq}: an instance that begins again"
		        if new:
		            instances.append((event["instance"], set(), [0, 0]))
		    _, ks, lost = instances[-1]
		    lost[0] = max(lost[0], event["lost"])
		    if event["event"] == "summary":
		        lost[1] += event["count"]
		    if "k" in event:
		        assert event["k"] not in ks, f"k {event['k']} twice"
		        ks.add(event["k"])
		for instance, ks, lost in instances:
		    missing = max(ks, default=0) - len(ks)
		    assert missing <= sum(lost), f"instance {instance}: {missing} missing, {lost[0]} lost, {lost[1]} counted"
		    print(f"instance {instance}: {len(ks)} events, {missing} lost or counted between them")
		print(f"{seq} lines")
	PYTHON
}
