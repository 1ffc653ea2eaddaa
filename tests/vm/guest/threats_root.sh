#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 68 to 78: what root tries against enforcement, the programs, the module and the daemon, with the
# guards off (what the kernel lets root do then) and on.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 68
PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")

says() { [ "$("${@:2}" 2>&1 | tail -n 1)" = "$1" ] || { echo "it says: $("${@:2}" 2>&1)"; return 1; }; }
refused() { ! cat banned >/dev/null 2>&1; }
fdinfo() { cat /proc/"$DAEMON_PID"/fdinfo/* 2>/dev/null; }
# The state is the one array of the daemon's maps with a value of pages.
state_id() { fdinfo | awk '/^map_type:/ { type = $2 } /^value_size:/ { size = $2 } /^map_id:/ && type == 2 && size > 4096 { print $2; exit }'; }
link_id() { awk '/^link / { print $2; exit }' /sys/kernel/security/interdict/status; }
# program_id HOOK: of the program of ours on it.
program_id() { bpftool prog show | awk -F '[: ]+' -v name="$1" '$2 == "lsm" && index($4, name) == 1 { print $1; exit }'; }
tampered() { [ "$(count ".event == \"tamper\" and .what == \"$1\"")" -ge "${2:-1}" ]; }
all_read() { ! grep "not looked for" "$DAEMON_LOG"; }
# takes_away NAME COMMAND...: control: it works, and what was banned can be read; then that is undone.
takes_away() {
	local name=$1
	shift
	if "$@" >said 2>&1 && ! refused; then ok "control: $name takes enforcement away"; else not_ok "control: $name takes enforcement away"; diag "$(<said)"; fi
	root write "$STATE" "$ACTIVE" >/dev/null
	refused || bail "what $name did cannot be undone"
}

make_banned banned
# What the kernel has the probe interpret is the tool's own file, by another name, and known by where it begins.
interpreter() {
	local entry
	entry=$(od -An -v -tx1 -j24 -N8 "$(type -P interdict)") || return
	modprobe -q binfmt_misc
	mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	echo ":tool:M:24:${entry// /\\x}::$(type -P root):" >/proc/sys/fs/binfmt_misc/register
}
interpreted() {
	interpreter && "$TOOL_DIR/read" "$STATE"
	echo -1 >/proc/sys/fs/binfmt_misc/tool
}

check_fails "control: nothing enforced, nothing refused" refused
policy 1
order an-order banned

# --- the guards are off
start_daemon "the daemon starts"
wait_for enforcing || bail "not enforcing"
STATE=$(state_id)
PROGRAM=$(program_id interdict_file_)
[ -n "$STATE$PROGRAM" ] || bail "state map '$STATE', program '$PROGRAM'"
ACTIVE=$(root write "$STATE")
root write "$STATE" "$ACTIVE" >/dev/null
check "it enforces" refused
takes_away "writing to a map" root write "$STATE"
takes_away "a program that uses it, by a descriptor to read," root program "$STATE"
takes_away "the map in a map of maps" root outer "$STATE"
takes_away "an iterator" root iterate "$STATE"
check "control: a function of a program can be replaced" root replace "$PROGRAM" 'cat banned >/dev/null'
check "which ends with who did it" refused
check "control: the daemon can be traced" root trace "$DAEMON_PID"
check "and its memory opened" root memory "$DAEMON_PID"
check "and written to" root writev "$DAEMON_PID"
check "and a descriptor taken" root take "$DAEMON_PID" 0
check "control: the module's timer can be set" root ioctl 8
tables() { bpftool -j map show | jq -e "[.[] | select(.name == \"interdict_table\")] | length >= 6 and all(.frozen == 1)"; }
check "filled tables are frozen anyway" tables
check "a link cannot be detached" says EOPNOTSUPP root detach "$(link_id)"
check "nor the module removed, which is in use" says EAGAIN root rmmod 2048
check "nor by force" says EAGAIN root rmmod 2560
check "nor while its name changes" root race 20000
check "it holds kernel.ftrace_enabled" eval '! echo 0 >/proc/sys/kernel/ftrace_enabled' 2>/dev/null
check "control: nothing of this is told" test "$(count '.event == "tamper"')" = 0
kill_daemon
preloaded() { LD_PRELOAD=$PROBES/abi9.so interdict status >/dev/null; }
check_fails "control: a preloaded library gets into interdict" preloaded
check "control: it can be traced" root traced interdict status

# --- the guards are on
start_daemon "the daemon starts, and switches the guards on" --arm
check "it enforces" refused
check "a map cannot be opened to write" says ENOENT root write "$STATE"
check "nor to read" says ENOENT root read "$STATE"
check "so that no program uses it" says ENOENT root program "$STATE"
check "nor is it in a map of maps" says ENOENT root outer "$STATE"
check "nor is there an iterator" says ENOENT root iterate "$STATE"
check "a program cannot be opened" says ENOENT root fd "$PROGRAM"
check "nor a function of it replaced" says ENOENT root replace "$PROGRAM" 'cat banned >/dev/null'
check "a link is not there for others" says ENOENT root detach "$(link_id)"
check "the daemon cannot be traced" says EPERM root trace "$DAEMON_PID"
check "nor its memory opened" says EACCES root memory "$DAEMON_PID"
check "nor written to" says EPERM root writev "$DAEMON_PID"
check "nor a descriptor taken" says EPERM root take "$DAEMON_PID" 0
check "it can still be looked at" test -r /proc/"$DAEMON_PID"/maps -a -n "$(cat /proc/"$DAEMON_PID"/maps)"
check "the module cannot be removed" says EPERM root rmmod 2048
check "nor by force" says EPERM root rmmod 2560
check "nor while its name changes" root race 20000
check "its timer cannot be set by others" says EPERM root ioctl 8
check "nor can it be told to let go" says EPERM root ioctl 4
for what in map program ptrace module control; do
	check "there is an event of it: $what" wait_for tampered $what
done
check "which says who and to what" test "$(count '.event == "tamper" and .what == "map" and .refused and (.target.name | startswith("interdic")) and .process.exe == "'"$(type -P root)"'"')" -ge 1

# --- what goes on
check "bpftool lists programs, maps and links of others" eval 'bpftool prog show && bpftool map show && bpftool link show'
check "the same as JSON" eval 'bpftool -j prog show | jq -e length && bpftool -j map show | jq -e length && bpftool -j link show | jq -e length'
modprobe -q dummy || modprobe -q loop
check "other modules are loaded and removed" eval 'modprobe dummy && rmmod dummy'
mount -t bpf none /mnt 2>/dev/null && umount -l /mnt
umount -l /sys/fs/bpf 2>/dev/null
rm -rf /etc/interdict/policy
kill_daemon
check "killed, unmounted, its files gone: it goes on" refused
echo 3 >/proc/sys/vm/drop_caches
check "interdict still is the tool, with its inode out of use" interdict status
check "a preloaded library does not get into it" preloaded
check "it is not when it is traced" gives 4 root traced interdict status
TOOL_DIR=$(dirname "$(type -P interdict)")
ln "$TOOL_DIR/interdict" "$TOOL_DIR/read"
check "nor is an interpreter of its file" says ENOENT interpreted
rm "$TOOL_DIR/read"
check "it is itself as before" interdict status
cp "$(type -P interdict)" other
check "nor is another file of the same content" gives 4 ./other status
check "which cannot start a daemon either" gives 4 ./other daemon
start_daemon "the next daemon is the tool" --arm
check "and knows who did it" wait_for tampered signal
check "it enforces" refused
check "the tool itself reads the tables" all_read
check "the record is whole" record_is_whole
check "the counters balance" wait_for balanced
stop_daemon

# --- the tool lets go, and then anybody may
check "interdict itself unloads" interdict unload
check "control: then the module can be removed" wait_for root rmmod 2560
