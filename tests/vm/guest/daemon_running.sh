#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with running --timeout 500
# Rows 65 and 66: what runs, or has mapped, a banned file when a policy becomes active is found and reported,
# and ended where its order says so: wherever the file is by now, in a container, with its children, and when it
# ignores SIGTERM. Control: with a policy that only records, and one that only reports, all of it goes on.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 46

# make_program NAME: one that waits, and that nothing else on the system is.
make_program() { { cat "$(type -P sleep)"; echo "$1"; } >"$1" && chmod 755 "$1"; }
ended() { ! kill -0 "$1" 2>/dev/null || grep -q ') Z ' "/proc/$1/stat"; }
runs() { ! ended "$1"; }
all_run() { local pid; for pid; do runs "$pid" || { echo "$pid has ended"; return 1; }; done; }
all_ended() { local pid; for pid; do ended "$pid" || { echo "$pid goes on"; return 1; }; done; }
is_running() { [ "$(readlink "/proc/$1/exe")" != "$BASH" ] && [[ "$(readlink "/proc/$1/exe")" = *"$2"* ]]; }
has_mapped() { grep -q "$2" "/proc/$1/maps"; }
# told OUTCOME ORDER PID...: each has such an event, once.
told() {
	local outcome=$1 order=$2 pid n
	shift 2
	for pid; do
		n=$(count ".event == \"killed\" and .outcome == \"$outcome\" and .order == \"$order\" and .process.pid == $pid")
		[ "$n" = 1 ] || { echo "$pid: $n events"; return 1; }
	done
}
event_of() { jq -r "select(.event == \"killed\" and .process.pid == $1) | $2" "$RECORD" | tail -n 1; }
settled() { status_is .daemon.running.settled true; }
by_comm() { local p; for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" = "$1" ] && { echo "${p#/proc/}"; return; }; done; return 1; }
load() { interdict load $POLICY && wait_for settled; }

chmod 755 .
for name in plain twin stubborn inner other second dated; do make_program $name; done
{ cat "$(type -P dash || type -P sh)"; echo tree; } >tree && chmod 755 tree
cp "$(type -P true)" library.so && echo library >>library.so

./plain 1000 & plain=$!
cp plain gone
./gone 1000 & gone=$!
sh -c 'trap "" TERM; exec ./stubborn 1000' & stubborn=$!
python3 -c 'import os, sys
fd = os.memfd_create("hidden", 0)
os.write(fd, open(sys.argv[1], "rb").read())
os.execve("/proc/self/fd/%d" % fd, ["hidden", "1000"], {})' plain & memfd=$!
python3 -c 'import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
kept = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
time.sleep(1000)' library.so & maps=$!
# What it starts is banned as far as it is the same program.
# shellcheck disable=SC2016 # that shell's
./tree -c 'trap "" TERM; (while :; do sleep 0.3; done) & (while :; do sleep 0.3; done) & ./other 1000 & echo $! >allowed; wait' &
unshare -m -p -f --mount-proc sh -c "mount -t tmpfs inner /mnt && cp '$PWD/inner' /mnt/inner && exec /mnt/inner 1000" &
./other 1000 & other=$!
wait_for is_running $gone /gone && rm gone
wait_for is_running $memfd memfd:hidden
wait_for has_mapped $maps library.so
wait_for by_comm inner || bail "no container"
inner=$(by_comm inner)
wait_for test -s allowed
mapfile -t trees < <(grep -l '^tree$' /proc/[0-9]*/comm | cut -d / -f 3)
all=("$plain" "$gone" "$stubborn" "$memfd" "$maps" "$inner" "${trees[@]}")
check "a tree of processes has three" test ${#trees[@]} = 3

# Two orders; the second for what is not executed.
ban_all() { # PREFIX LINES
	local name list=
	rm -f $POLICY/orders/*
	mkdir -p $POLICY/lists
	for name in plain stubborn inner tree; do
		list+="$(sha256sum <$name | cut -d ' ' -f 1) $(stat -c %s $name)"$'\n'
	done
	printf '%s' "$list" >$POLICY/lists/programs
	cp $POLICY/lists/programs programs.list
	order "$1-programs" plain "$2"
	sed -i '/sha256:/,$d' "$POLICY/orders/$1-programs.yaml"
	echo '  - list: lists/programs' >>"$POLICY/orders/$1-programs.yaml"
	order "$1-library" library.so "$2"
}
# What is banned cannot be read: the policies are made before.
policies() {
	local mode
	for mode in audit report kill; do
		case $mode in
		audit) policy 1 "mode: audit"; ban_all audit 'running: kill' ;;
		report) policy 2; ban_all report 'running: report' ;;
		kill) policy 3; ban_all kill $'running: kill\ngrace: 8s' ;;
		esac
		rm -rf "policy-$mode"
		cp -r $POLICY "policy-$mode"
	done
}
policies
use() { rm -rf $POLICY && cp -r "policy-$1" $POLICY; }

use audit
start_daemon "the daemon starts, with a policy that only records"
check "it has looked at all" wait_for settled
check "control, audit: all go on" all_run "${all[@]}" $other
check "and are reported, each once" told reported audit-programs $plain $gone $stubborn $memfd "$inner" "${trees[@]}"
check "with the one that has the library mapped" told reported audit-library $maps
check "nothing else is" test "$(count '.event == "killed"')" = 9
check "of the deleted file the name is known" test "$(event_of $gone .file.path)" = "$PWD/gone (deleted)"
check "of the memfd, too" test "$(event_of $memfd .file.path)" = "/memfd:hidden (deleted)"
check "what is mapped is a map" test "$(event_of $maps '.op + " " + .file.path')" = "map $PWD/library.so"
check "by whom: parents, user, program" test "$(event_of $plain '"\(.process.ppid) \(.process.uid) \(.process.exe) \(.process.comm) \(.op) \(.rule)"')" = \
	"$$ 0 $PWD/plain plain exec sha256"
check "status has them" test "$(status .daemon.running.going_on)" = 9

use report
check "a policy that refuses, and reports what runs" load
check "control, report: all go on" all_run "${all[@]}" $other
check_fails "though none can be started any more" ./plain 0
check "they are reported by this order, each once" told reported report-programs $plain $gone $stubborn $memfd "$inner" "${trees[@]}"

use kill
check "a policy that has them ended" load
check "each is asked, once" told asked kill-programs $plain $gone $stubborn $memfd "$inner" "${trees[@]}"
check "with the one that has the library mapped" told asked kill-library $maps
check "who heeds SIGTERM has ended" wait_for all_ended $plain $gone $memfd $maps
check "with an event" wait_for told terminated kill-programs $plain $gone $memfd
check "of the library's, too" wait_for told terminated kill-library $maps
# As the first process of a container does, unless it asked for it.
check "who ignores it is ended, too" wait_for all_ended $stubborn "$inner" "${trees[@]}"
check "with an event" wait_for told killed kill-programs $stubborn "$inner" "${trees[@]}"
check "what a banned program started and is not banned goes on" all_run "$(cat allowed)"
check "and so do others" all_run $other
check "nothing is left" wait_for status_is .daemon.running.waiting 0
check "and none of it runs" gives 1 by_comm stubborn
# seconds_of OUTCOME KEY: of the stubborn one's event.
seconds_of() {
	date -d "$(jq -r "select(.event == \"killed\" and .outcome == \"$1\" and .process.pid == $stubborn) | .$2" $RECORD)" +%s
}
check "who ignores it has its grace" test $(($(seconds_of killed time) - $(seconds_of asked time))) -ge 7
check "until when was said" test $(($(seconds_of killed time) - $(seconds_of asked until))) -ge -1

# The person whose it is reads why.
policy 4
rm -f $POLICY/orders/*
order second-order second $'running: kill\ngrace: 1h'
order dated-order dated "running: kill
grace: 0s
effective: $(date -u -d "@$(($(date +%s) + 60))" +%FT%TZ)"
python3 "${VM_LIB%/*}/pty-run.py" 1000 1000 told.out stop sh -c 'trap "" TERM; ./second 1000; echo over' >/dev/null 2>&1 </dev/null &
sh -c 'trap "" TERM; exec ./dated 1000' & dated=$!
wait_for by_comm second || bail "no second"
wait_for is_running $dated dated
second=$(by_comm second)
check "a policy with an order that begins later" load
check "the user is told, on the own terminal" wait_for grep -q 'interdict: second: Not permitted. It is running, and is being ended. https://example.org/second-order' told.out
check "an hour is an hour" all_run "$second"
check "the other order has not begun" all_run $dated
check "status says what waits" status_is .daemon.running.waiting 1

# Once more by a new daemon: the kernel knows nothing of it.
kill_daemon
check "the daemon dies: nothing is ended" all_run "$second" $dated
start_daemon "a new one starts"
again() { [ "$(count ".event == \"killed\" and .outcome == \"asked\" and .process.pid == $second")" = 2 ]; }
check "it has looked at all, and asks again" wait_for again
check "at its date the order ends what runs" wait_for all_ended $dated
check "with an event" wait_for told killed dated-order $dated
check "an hour is still not over" all_run "$second"
interdict unload >/dev/null
check "unload: it is spared" wait_for told spared second-order "$second"
check "the record is whole" record_is_whole
stop_daemon

# Without a daemon: told, and no more.
policy 5
out=$(interdict load $POLICY 2>&1)
check "without a daemon, load tells of it" grep -q "process $second (second) runs $PWD/second, which order second-order bans" <<<"$out"
check "and that nobody ends it" grep -q '1 banned processes go on' <<<"$out"
check "it goes on" all_run "$second"
touch stop
kill -KILL "$second" $other "$(cat allowed)"
