#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# Wrong arguments, configurations and policies: an error that says what, its exit status, and the
# active policy untouched. A daemon without a policy, and one that is asked nonsense.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"

# says NAME STATUS PATTERN COMMAND...
says() {
	local name=$1 status=$2 pattern=$3 out rc=0
	shift 3
	out=$("$@" 2>&1 </dev/null) || rc=$?
	if [ "$rc" = "$status" ] && grep -qE -- "$pattern" <<<"$out"; then
		ok "$name"
	else
		not_ok "$name"
		diag "$* gave status $rc, not $status: $out"
	fi
}

plan 49
for verb in daemon watch status id explain doctor; do
	says "$verb: an option that does not exist" 2 unrecognized interdict $verb --nonsense
	says "$verb --help" 0 Usage: interdict $verb --help
done
says "daemon: an argument" 2 'no argument is taken' interdict daemon x
says "watch: an argument" 2 'no argument is taken' interdict watch x
says "id: no file" 2 'a file is needed' interdict id
says "explain: no file" 2 'a file is needed' interdict explain
says "explain: two files" 2 'one file at a time' interdict explain /bin/true /bin/false
says "id: a missing file" 1 'No such file' interdict id /nonexistent
mkdir empty
check "id: a directory, in which nothing is" test -z "$(interdict id empty 2>&1)"
says "id: a device" 1 'not a regular file' interdict id /dev/null
says "explain: a missing file" 1 'No such file' interdict explain /nonexistent
says "explain: a missing policy" 1 'No such file' interdict explain --policy /nonexistent /bin/true
says "watch without a daemon" 1 'no daemon is running' interdict watch
says "status without anything" 1 'NOT ENFORCING' interdict status
echo 'nonsense: [' >wrong.yaml
says "daemon: a wrong configuration" 1 'wrong.yaml:[0-9]+:[0-9]+: error' interdict daemon --config wrong.yaml
says "status: a wrong configuration" 1 'wrong.yaml:[0-9]+:[0-9]+: error' interdict status --config wrong.yaml
says "daemon: a user" 1 'only root' setpriv --reuid 1000 --clear-groups interdict daemon
head -c 1000 /dev/urandom >wrong.o
says "daemon: a BPF object that is none" 1 'BPF' interdict daemon --bpf-object wrong.o

make_banned banned
start_daemon "a daemon starts without a policy"
says "status says that nothing is enforced" 1 'NOT ENFORCING' interdict status
check "the journal too" grep -q 'NOT ENFORCING' "$DAEMON_LOG"
says "a second daemon" 1 'another daemon is running' interdict daemon
says "the socket is root's" 1 'cannot connect|Permission denied' setpriv --reuid 1000 --clear-groups interdict watch
policy 5
order an-order banned
check "it finds the policy that comes" wait_for enforcing
check_fails "and enforces it" ./banned
policy 4
says "an older serial is refused" 4 'serial' interdict load $POLICY
policy 6 'mode: sometimes'
says "a wrong policy is refused" 1 'policy.yaml:4:7: error' interdict load $POLICY
says "a directory that is not there" 1 'No such file' interdict load /nonexistent
kill -HUP "$DAEMON_PID"
check "nor by SIGHUP" wait_for grep -q 'policy was not loaded: .*policy.yaml:4:7' "$DAEMON_LOG"
policy 5
kill -HUP "$DAEMON_PID"
check "SIGHUP loads what is right" wait_for status_is .daemon.last_error null
policy 6 'mode: sometimes'
interdict load $POLICY 2>/dev/null || true
check_fails "the active policy is untouched" ./banned
check "and its serial is the same" status_is .policy.serial 5
says "what came last failed, says status" 0 'error: .*policy.yaml:4:7' interdict status
hello() { python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect("/run/interdict/interdict.sock")
s.sendall(sys.argv[1].encode() + b"\n"); print(s.recv(4096).decode())' "$1"; }
says "a client that talks nonsense gets an error" 0 '"ok":false,"exit":2' hello nonsense
says "and one of another version" 0 'different versions' hello '{"v":2,"request":"status"}'
stop_daemon
check_fails "enforcement goes on when the daemon is stopped" ./banned
says "status without the daemon" 0 '^ENFORCING 1 order, serial 5' interdict status
says "unload without the daemon" 0 '' interdict unload
check "then it runs again" ./banned
