#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: make hangs, some minutes: more than what sockets hold is refused, four times
# Outputs that hang until nothing more goes into them: a journal that takes nothing, an audit daemon that was killed, a
# syslog server that reads nothing, a file on a full disk. The record and a file beside it get all in the time that
# they take otherwise, and no refusal takes longer. And a daemon that hangs is started again by systemd's watchdog.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 19

LOGS=/var/log/interdict-test
FLOOD=${VM_LIB%/*}/../bin/probes/flood
# Less than the ring holds, and more than a datagram socket does (net.unix.max_dgram_qlen).
EVENTS=700
ROUNDS=${ROUNDS:-2}

# of TYPE FILTER: what status says of the first output of that type.
of() { status "[.daemon.outputs[] | select(.type == \"$1\")][0] | $2"; }
is_stuck() { [ "$(of "$1" '.queued > 0')" = true ]; }
settled() { [ "$(status '[.daemon.outputs[] | select(.queued > 0 or .error != null)] | length')" = 0 ]; }
shows() { systemctl show -P "$1" interdict.service; }
pid_changed() { [ "$(shows MainPID)" != "$1" ] && [ "$(shows MainPID)" != 0 ]; }
journal() { journalctl -q -o cat -u interdict.service | grep -q "$1"; }
denials() { count '.event == "denied"'; }
copied() { cmp $LOGS/copy.jsonl $RECORD; }

# refuse: sets TOOK, ms until EVENTS refusals are in the record, and EACH, ns that one takes.
refuse() {
	local before line
	now_ms
	before=$NOW
	line=$("$FLOOD" $EVENTS open 0 "$PWD/banned" | tail -n 1)
	EACH=$((${line##* } / EVENTS))
	wait_for balanced
	now_ms
	TOOK=$((NOW - before))
}
# rounds: sets BEST and BEST_EACH, of ROUNDS times.
rounds() {
	local i
	BEST=600000 BEST_EACH=1000000000
	for ((i = 0; i < ROUNDS; i++)); do
		refuse
		[ $TOOK -ge $BEST ] || BEST=$TOOK
		[ $EACH -ge $BEST_EACH ] || BEST_EACH=$EACH
	done
}

[ -x /usr/bin/interdict ] || install -m 755 "$(type -P interdict)" /usr/bin/interdict
install -m 644 /share/interdict.service /etc/systemd/system/interdict.service
mkdir -p $LOGS/small /etc/interdict /etc/systemd/journald.conf.d
printf '[Journal]\nRateLimitIntervalSec=0\n' >/etc/systemd/journald.conf.d/test.conf
# Who stands still here, or gets little of an emulated processor, is left alone.
for unit in systemd-journald interdict; do
	mkdir -p /etc/systemd/system/$unit.service.d
	printf '[Service]\nWatchdogSec=0\n' >/etc/systemd/system/$unit.service.d/test.conf
done
systemctl daemon-reload
systemctl restart systemd-journald.service
systemctl start auditd.service
auditctl -e 1 >/dev/null
mount -t tmpfs -o size=16m tmpfs $LOGS/small
# A server whose sockets hold little; it reads while the file "read" is there.
sysctl -q net.ipv4.tcp_wmem='4096 16384 16384'
touch $LOGS/read
python3 - $LOGS/read <<-'PYTHON' &
	import os, socket, sys, time
	server = socket.socket()
	server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	server.bind(("127.0.0.1", 10601))
	server.listen()
	while True:
	    client, _ = server.accept()
	    while True:
	        if not os.path.exists(sys.argv[1]):
	            time.sleep(0.1)
	        else:
	            try:
	                if not client.recv(65536):
	                    break
	            except OSError:
	                break
PYTHON

make_banned banned
policy 1
order an-order banned
no_bursts >/etc/interdict/interdict.yaml
cat >>/etc/interdict/interdict.yaml <<-YAML
	outputs:
	  - {type: file, to: $LOGS/copy.jsonl}
	  - journald
	  - {type: audit}
	  - {type: syslog, to: "tcp://127.0.0.1:10601"}
	  - {type: file, to: $LOGS/small/events.jsonl, format: ecs}
YAML
systemctl start interdict.service
check "it enforces" wait_for enforcing
rounds
running=$BEST each_running=$BEST_EACH
check "control: all outputs get all" wait_for settled
check "nothing was lost" status_is .counters.lost 0

before=$(denials)
kill -KILL "$(pidof auditd)"
kill -STOP "$(pidof systemd-journald)"
rm $LOGS/read
dd if=/dev/zero of=$LOGS/small/ballast bs=64k 2>/dev/null
rounds
hanging=$BEST each_hanging=$BEST_EACH
check "the journal takes nothing" is_stuck journald
check "the syslog server takes nothing" is_stuck syslog
check "the file on the full disk fails" \
	test "$(status '[.daemon.outputs[] | select(.format == "ecs")][0].error | test("No space left")')" = true
check "the record gets all" test "$(denials)" = $((before + ROUNDS * EVENTS))
check "and nothing was lost" status_is .counters.lost 0
check "and the file beside it" wait_for copied
diag "$EVENTS refusals until recorded: $running ms, and $hanging ms with outputs that hang"
diag "a refusal takes $((each_running / 1000)) us, and $((each_hanging / 1000)) us with outputs that hang"
diag "$(status '.daemon.outputs[] | "\(.type) \(.format): \(.queued) queued, \(.sent) sent, \(.dropped) dropped, \(.error)"')"
check "in no more than twice the time that it takes otherwise" [ $hanging -le $((2 * running + 2000)) ]
check "and no refusal takes longer than twice that" [ $each_hanging -le $((2 * each_running + 1000000)) ]

touch $LOGS/read
rm $LOGS/small/ballast
kill -CONT "$(pidof systemd-journald)"
systemctl start auditd.service
auditctl -e 1 >/dev/null
check "they get what waits when they go on" wait_for settled
check "what had no room was counted" test "$(status '[.daemon.outputs[] | select(.type == "journald" or .type == "syslog")] | map(.sent + .dropped) | unique | length')" = 1

# A daemon that hangs.
diag "$(shows NRestarts) restarts so far"
printf '[Service]\nWatchdogSec=20\n' >/etc/systemd/system/interdict.service.d/test.conf
systemctl daemon-reload
check "with a watchdog of 20 s it starts" systemctl restart interdict.service
pid=$(shows MainPID)
pause 30
check "control: one that works is left alone" test "$(shows MainPID)" = "$pid"
kill -STOP "$pid"
check_fails "one that hangs: the program is still refused" ./banned
check "it is started again" wait_for pid_changed "$pid"
check "because of that" journal 'Watchdog timeout'
check "and what was refused meanwhile is recorded" wait_for balanced
systemctl stop interdict.service
