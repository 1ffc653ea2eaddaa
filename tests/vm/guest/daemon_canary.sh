#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# The canary: what it says under each mode, that it leaves no trace, when it is tried, and what is said when refusing
# is switched off.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 37

PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")

first_line() { interdict status 2>/dev/null | head -n 1 | grep -E -- "$1"; }
# canary EXEC OPEN
canary() { status_is '.canary | .exec + " " + .open' "$1 $2"; }
load() { interdict load $POLICY; }
# Without /proc/sys: an older sysctl says nothing when it fails.
ftrace() { sh -c "echo $1 >/proc/sys/kernel/ftrace_enabled" 2>/dev/null; }

# Before 6.3 there is no such thing; the setting is the PID namespace's.
in_noexec() {
	unshare -pf --mount-proc bash -c '[ ! -e /proc/sys/vm/memfd_noexec ] || { echo 2 >/proc/sys/vm/memfd_noexec
		! python3 -c "import os; os.memfd_create(str(1), 16)" 2>/dev/null; } && interdict status --json' |
		jq -e '.canary.exec == "refused" and .canary.open == "refused"'
}
# told N: so many events of it.
told() { test "$(count '(.event == "tamper" and (.reason | test("canary"))) or (.event == "degraded" and .enforcing == false)')" = "$1"; }
tried() { status .canary.tried; }
tried_since() { [ "$(tried)" != "$1" ]; }
# Within three looks of the daemon at its clock.
not_tried_since() { pause 3; [ "$(tried)" = "$1" ]; }
# ahead SECONDS: the daemon's clock, see probes/ahead.c.
ahead() { echo "$1" >ahead.new; mv ahead.new ahead; }

make_banned banned
policy 1
order an-order banned
check "control: the program runs without a policy" ./banned
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "the canary was refused" canary refused refused
check "the first line says so" first_line '^ENFORCING 1 order, serial 1, since 20'
check "in JSON, too" status_is '.state + " " + (.reasons | length | tostring)' 'enforcing 0'
check "by hooks that are attached since the boot" status_is '(.attached | type) + " " + (.since | type)' 'string string'
check "it is no attempt" status_is '.counters | .attempts + .denied + .audited' 0
check "nor an order or rule of the policy" status_is '"\(.policy.orders) \(.daemon.rules)"' '1 {"sha256":1}'
check "processes that began early are told" status_is '.early.processes > 0 and (.early.list | length > 0)' true

# As anybody can make it.
text=$'This is the canary of Interdict: nothing but its own test of whether a banned file is refused.\nIt does nothing. See interdict-daemon(8), CANARY.\n'
yes "${text%$'\n'}" 2>/dev/null | head -c 20011 >copy
chmod 755 copy
check_fails "a copy of it is refused when it is opened" cat copy
rc=0
out=$(./copy 2>&1) || rc=$?
check "and when it is run" grep -q 'not permitted' <<<"$out"
check "and nothing is recorded" test "$(wait_for balanced; count '.event == "denied"')" = 0
check_fails "the banned program is refused" ./banned
check "which is recorded" wait_for test "$(count '.event == "denied"')" != 0

policy 2 "mode: audit"
check "mode audit" load
check "the canary is seen" canary recorded recorded
check "and the first line says that nothing is refused" first_line '^NOT ENFORCING: .*audit'
check "which was asked for" interdict status
policy 3 "mode: off"
check "mode off" load
check "it is not tried" canary 'not tried' 'not tried'
policy 4
load >/dev/null
check "the mode holds since then" canary refused refused
stop_daemon
check "without a daemon status tries it itself" canary refused refused
check "also where no program may be run from memory" in_noexec
interdict unload >/dev/null
check "nothing is active" first_line '^NOT ENFORCING: no policy is active'

# Without the module nobody keeps ftrace on. The programs that called it go a little later than unload.
wait_for rmmod interdict
hide_module
rm -rf /var/lib/interdict
AHEAD=$PWD/ahead LD_PRELOAD=$PROBES/ahead.so start_daemon "a daemon without the module"
check "the canary is refused when it is run" wait_for canary refused 'not tried'
check "degraded" first_line '^DEGRADED: '

# By the daemon's clock, which goes as fast as the file says: each hour, and each minute while something is wrong.
last=$(tried)
ahead 3000
check "before an hour has passed it is not tried again" not_tried_since "$last"
ahead 3600
check "then it is" wait_for tried_since "$last"
if ftrace 0; then
	check "control: what is banned runs without ftrace" ./banned
	ahead 7300
	check "which the first line says within an hour" wait_for first_line '^NOT ENFORCING: the canary.*was not refused'
	check "and doctor, which ends with 3" gives 3 interdict doctor
	last=$(tried)
	ahead 7380
	check "a minute later it is tried again" wait_for tried_since "$last"
	check "and there are two events of it" wait_for told 2
	ftrace 1
else
	check_fails "this kernel keeps ftrace on: what is banned is refused" ./banned
	last=$(tried)
	ahead 7300
	wait_for tried_since "$last"
	check "which the first line says" first_line '^DEGRADED: '
	check "and doctor, which ends with 1" gives 1 interdict doctor
	last=$(tried)
	ahead 7380
	check "a minute later it is not tried again" not_tried_since "$last"
	check "and there is no event of it" told 0
fi
ahead 11100
check "refused again" wait_for canary refused 'not tried'
check "and the first line says what else there is" first_line '^DEGRADED: '
stop_daemon
