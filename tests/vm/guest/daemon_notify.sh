#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# The person at the device: who was refused reads the order's message on the own terminal, once in a
# while; nobody else does, and not at all where the configuration says so.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 14

MESSAGE='interdict: banned: Not permitted. https://example.org/an-order'
# on_terminal NAME OWNER UID COMMAND: in the background; what it shows goes to NAME.out.
on_terminal() { python3 "${VM_LIB%/*}/pty-run.py" "$2" "$3" "$1.out" stop sh -c "$4" >/dev/null 2>&1 </dev/null & }
told() { grep -cF "$MESSAGE" "$1.out"; }
is_told() { [ "$(told "$1")" = "$2" ]; }
has() { grep -q "$2" "$1.out"; }
refused() { [ "$(status .counters.denied)" -ge "$1" ]; }
recorded() { [ "$(count '.event == "denied"')" -ge "$1" ]; }

chmod 755 .
make_banned banned
policy 1
order an-order banned
start_daemon "the daemon starts and enforces"
wait_for enforcing || bail "not enforcing"
check_fails "control: the file is refused" ./banned

on_terminal neighbour 1001 1001 'echo begun; sleep 1000'
wait_for has neighbour begun || bail "no terminal"
# A command that ends at once, of a shell that goes on.
# shellcheck disable=SC2016 # that shell's
on_terminal user 1000 1000 './banned; echo tried; while [ ! -e again ]; do sleep 0.2; done
	i=0; while [ $i -lt 50 ]; do ./banned; i=$((i + 1)); done 2>/dev/null; echo many; sleep 1000'
check "the user tries" wait_for has user tried
check "and reads the message and whom to ask" wait_for is_told user 1
check "the refusal is in the record" wait_for recorded 2
touch again
check "the user tries 50 times" wait_for has user many
check "which are refused" wait_for refused 52
if is_told user 1 || is_told user 2; then
	ok "and the user is told no more than once in 10 s"
else
	not_ok "and the user is told no more than once in 10 s"
	diag "$(cat user.out)"
fi
check "the neighbour is not told" is_told neighbour 0
check "the message is a line of its own" grep -qP "^\Q$MESSAGE\E\r*$" user.out

# Who runs as another user on somebody's terminal has nothing to write there.
before=$(count '.event == "denied"')
on_terminal borrowed 1003 1004 './banned; echo tried; sleep 1000'
check "a user on the terminal of another one tries" wait_for has borrowed tried
check "which is recorded" wait_for recorded $((before + 1))
pause 1
check "but is not told there" is_told borrowed 0

mkdir -p /etc/interdict
echo 'notify: {terminal: no, desktop: no}' >>/etc/interdict/interdict.yaml
kill -HUP "$DAEMON_PID"
wait_for answers
pause 2
before=$(count '.event == "denied"')
on_terminal silent 1005 1005 './banned; echo tried; sleep 1000'
wait_for has silent tried
wait_for recorded $((before + 1))
pause 1
check "notify: {terminal: no}: nobody is told" is_told silent 0
touch stop
stop_daemon
