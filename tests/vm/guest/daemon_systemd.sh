#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with debian --debian --mem 3072 --share userspace --timeout 400
# The unit on a real systemd: ready when it enforces, restarted when killed, reloaded, stopped.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 28

shows() { systemctl show -P "$1" interdict.service; }
status_text() { shows StatusText | grep -q "$1"; }
journal() { journalctl -q -o cat -u interdict.service | grep -q "$1"; }
pid_changed() { [ "$(shows MainPID)" != "$1" ] && [ "$(shows MainPID)" != 0 ]; }

[ -x /usr/bin/interdict ] || install -m 755 "$(type -P interdict)" /usr/bin/interdict
install -m 644 /share/interdict.service /etc/systemd/system/interdict.service
systemctl daemon-reload
check "the unit is right" systemd-analyze verify --man=no /etc/systemd/system/interdict.service
make_banned banned
check "control: the program runs" ./banned

check "it starts without a policy" systemctl start interdict.service
check "and says so" status_text 'NOT ENFORCING'
policy 1
order an-order banned
check "it finds the policy that comes" wait_for enforcing
check_fails "and enforces it" ./banned
check "the status line says so" wait_for status_text 'enforce: policy test serial 1'
check "the journal has provider and policy" journal 'policy test serial 1, mode enforce'
pid=$(shows MainPID)
kill -KILL "$pid"
check_fails "killed: the program is still refused" ./banned
check "and it is started again" wait_for pid_changed "$pid"
# A reload of a unit that is starting would be taken for its start.
check "which gets ready" wait_for systemctl -q is-active interdict.service
policy 2 'mode: audit'
check "it reloads" systemctl reload interdict.service
check "the new policy" wait_for status_is .policy.serial 2
diag "$(journalctl -q -o short-monotonic -u interdict.service | tail -n 12)"
check "which only records" ./banned
policy 3
systemctl restart interdict.service
check "restart returns when the policy is enforced" status_is .policy.serial 3
systemctl stop interdict.service
check_fails "stopped: the program is still refused" ./banned
check "and the journal says so" journal 'the kernel goes on enforcing'
systemctl start interdict.service
wait_for balanced
check "the record is whole" record_is_whole

# --- the guards are on
mkdir -p /etc/systemd/system/interdict.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/bin/interdict daemon --arm\n' >/etc/systemd/system/interdict.service.d/arm.conf
systemctl daemon-reload
check "with guards: it starts" systemctl restart interdict.service
check "once more, as the tool, and says that it is ready" systemctl restart interdict.service
check "the guards are on" status_is .guards.on true
check "a stop by systemd is no tampering" test "$(count '.event == "tamper" and .what == "signal"')" = 0
pid=$(shows MainPID)
kill -KILL "$pid"
check "killed: it is started again" wait_for pid_changed "$pid"
check "and gets ready" wait_for systemctl -q is-active interdict.service
check "and says who did it" test "$(count '.event == "tamper" and .what == "signal" and .target.number == 9')" = 1
# An upgrade: another file in its place.
ln /usr/bin/interdict /usr/bin/interdict.before
cp /usr/bin/interdict /usr/bin/interdict.new
mv /usr/bin/interdict.new /usr/bin/interdict
systemctl restart interdict.service
check "upgraded: it ends, and says why" journal 'the guards are on, and this process is not the tool'
check_fails "the program is still refused" ./banned
mv /usr/bin/interdict.before /usr/bin/interdict
systemctl reset-failed interdict.service
check "with the file before: it starts" systemctl start interdict.service
# As it was, for what comes next on this machine.
rm /etc/systemd/system/interdict.service.d/arm.conf
systemctl daemon-reload
systemctl stop interdict.service
interdict unload >/dev/null
