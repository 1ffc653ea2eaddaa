#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 300
# What an event tells beyond what was refused: arguments (hostile ones, and without secrets), what is below
# an overlay, session, namespaces, container, the rule and the order's text, labels; and that replay can
# judge by it.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 57

CONFIG=/etc/interdict/interdict.yaml
mkdir -p /etc/interdict
configure() { { no_bursts; echo "labels: [government, laptop]"; [ -z "$1" ] || echo "events: {arguments: $1}"; } >$CONFIG; }

last() { jq -c "select(.event == \"denied\" and ($1))" "$RECORD" | tail -n 1; }
last_is() {
	local line
	line=$(last "$1")
	jq -e "$2" <<<"$line" >/dev/null || { echo "$line"; return 1; }
}
# The last refusal of an exec, of this program, as soon as it is recorded.
exec_is() { wait_for recorded && last_is '.op == "exec"' "$1"; }
recorded() { balanced; }

# execute HOW: an exec with such arguments is refused.
cat >execute.py <<'PYTHON'
import ctypes, mmap, os, struct, sys
path, how = sys.argv[1], sys.argv[2]
args = {
    "hostile": [b"./banned", b"a\nb", b"\xff\\x41", b"\x1b[2J", b"", b'"quoted"', b"last"],
    "long": [b"./banned"] + [b"x" * 130000] * 8,  # an argument has no more than 128 KiB
    "many": [b"./banned"] + [b"%d" % i for i in range(100000)],
}
if how in args:
    os.execv(path, args[how])
if how == "descriptor":
    os.execve(os.open(path, os.O_PATH), [b"./banned", b"by descriptor"], {})
if how == "compat" and os.uname().machine == "aarch64":
    # A program of 32 bits: ldr r0, path; ldr r1, argv; mov r2, 0; mov r7, 11; svc 0 (execve); rsb r0, r0, 0;
    # mov r7, 1; svc 0 (exit)
    base, size = 0x10000, 4096
    code = struct.pack("<10I", 0xe59f0018, 0xe59f1018, 0xe3a02000, 0xe3a0700b, 0xef000000, 0xe2600000,
                       0xe3a07001, 0xef000000, base + 256, base + 200)
    image = bytearray(size)
    image[:52] = struct.pack("<4s12sHHIIIIIHHHHHH", b"\x7fELF", b"\1\1\1", 2, 40, 1, base + 84, 52, 0, 5 << 24,
                             52, 32, 1, 0, 0, 0)
    image[52:84] = struct.pack("<8I", 1, 0, base, base, size, size, 5, 4096)
    image[84:84 + len(code)] = code
    image[200:212] = struct.pack("<III", base + 220, base + 240, 0)
    image[220:229] = b"./banned\0"
    image[240:248] = b"32 bits\0"
    image[256:257 + len(path)] = path.encode() + b"\0"
    with open("compat", "wb") as file:
        file.write(image)
    os.chmod("compat", 0o755)
    os.execv("./compat", ["./compat"])
if how == "compat":
    # execve of 32-bit programs: push rbx; mov eax, 11; mov ebx, path; mov ecx, argv; xor edx, edx;
    # int 0x80; pop rbx; ret
    memory = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40,
                       prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    code = (b"\x53\xb8" + struct.pack("<I", 11) + b"\xbb" + struct.pack("<I", base + 256) +
            b"\xb9" + struct.pack("<I", base + 128) + b"\x31\xd2\xcd\x80\x5b\xc3")
    memory[:len(code)] = code
    memory[128:140] = struct.pack("<III", base + 64, base + 80, 0)
    memory[64:73] = b"./banned\0"
    memory[80:88] = b"32 bits\0"
    memory[256:257 + len(path)] = path.encode() + b"\0"
    sys.exit(-ctypes.CFUNCTYPE(ctypes.c_int)(base)())
libc = ctypes.CDLL(None, use_errno=True)
page = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
first = ctypes.create_string_buffer(b"./banned")
second = {
    "untouched": ctypes.addressof(ctypes.c_char.from_buffer(page)) + 4096,
    "nowhere": 8,
    "empty": None,
}[how]
array = (ctypes.c_void_p * 3)(None if how == "empty" else ctypes.addressof(first), second, None)
none = (ctypes.c_void_p * 1)(None)
libc.execve(path.encode(), array, none)
raise OSError(ctypes.get_errno(), "execve")
PYTHON
execute() { check_fails "an exec is refused ($1 arguments)" python3 execute.py "$PWD/banned" "$1"; }

make_banned banned
hash=$(sha256sum <banned | cut -d ' ' -f 1)
modprobe -q overlay
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
policy 1
order an-order banned
printf 'interdict: 1\norder: by-id\ntitle: t\nauthority: a\nreference: another decision\nreason: r\nmatch:\n  - build-id: 00112233445566778899\n' >$POLICY/orders/by-id.yaml
check "control: the program runs without a policy" ./banned
configure ""
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing

# --- arguments
check_fails "a program is refused" bash -c 'exec ./banned --password=hunter2 --token abc "two words" https://u:pw@h/'
check "the event has its arguments, without secrets" exec_is '.process.exec_args ==
	["./banned", "--password=***", "--token", "***", "two words", "https://u:***@h/"] and
	(.process | has("exec_args_cut") | not)'
check "and those of who tried" exec_is '.process.args[0:2] == ["bash", "-c"] and
	(.process.args[2] | startswith("exec ./banned --password=*** --token *** "))'
check "no secret is anywhere in the record" bash -c "! grep -q 'hunter2\|u:pw@' $RECORD"
check_fails "reading is refused" cat banned --password=x
reading_is() { wait_for recorded && last_is '.op == "open" and .process.comm == "cat"' "$1"; }
check "an event of it has no program's arguments but its own" reading_is \
	'.process.args == ["cat", "banned", "--password=***"] and (.process | has("exec_args") | not)'
execute hostile
check "bytes come as they are" exec_is '.process.exec_args ==
	["./banned", "a\nb", "\\xff\\\\x41", "\u001b[2J", "", "\"quoted\"", "last"]'
execute long
check "a megabyte is cut" exec_is '.process.exec_args_cut and .process.exec_args[0] == "./banned" and
	(.process.exec_args[1] | test("^x+$") and length > 900 and length < 1024)'
execute many
check "so are 100,000 arguments" exec_is '.process.exec_args_cut and (.process.exec_args | length) > 200'
execute descriptor
check "a program that a descriptor names has them" exec_is '.process.exec_args == ["./banned", "by descriptor"]'
execute compat
check "so has one of a 32-bit program" exec_is '.process.exec_args == ["./banned", "32 bits"]'
case $KREL in
6.1.*)
	# The kernel reads them before it opens the program.
	execute untouched
	check "what was not in memory is, then" exec_is '.process.exec_args == ["./banned", ""]'
	execute nowhere
	check "what is nowhere is an error of its own" exec_is '.process.exec_args == ["./banned", ""]'
	;;
*)
	execute untouched
	check "what is not in memory is not waited for" exec_is '.process.exec_args_cut and
		.process.exec_args == ["./banned"]'
	execute nowhere
	check "nor is what is nowhere" exec_is '.process.exec_args_cut and .process.exec_args == ["./banned"]'
	;;
esac
execute empty
check "an empty list is none" exec_is '.process | has("exec_args") | not'

# --- the order and the device
check "the event has the rule" exec_is ".match == {sha256: \"$hash\", size: $(stat -c %s banned)}"
check "and the order's text" exec_is '.reference == "decision of 1 January" and .message == "Not permitted."'
check "provider and labels" exec_is '.provider == "kmod" and .labels == ["government", "laptop"]'
first_has_labels() { head -n 1 "$RECORD" | jq -e '.labels == ["government", "laptop"]'; }
check "the daemon's own events have labels, too" first_has_labels
check "what was asked of the file, and what it is" exec_is '(.file.have | contains(["sha256", "build-id"])) and
	(.file.flags | contains(["cacheable"])) and (.file | has("real") | not)'

# --- an overlay
mkfs.ext4 -q -F "$SCRATCH_DEV"
mkdir -p /mnt/disk merged
mount "$SCRATCH_DEV" /mnt/disk
mkdir -p /mnt/disk/{lower/deep,upper,work}
interdict unload >/dev/null 2>&1
check "control: enforcement is off, the program runs" wait_for ./banned
cp banned /mnt/disk/lower/deep/file
interdict load $POLICY >/dev/null 2>&1
check "enforcement is on again" wait_for enforcing
mount -t overlay -o lowerdir=/mnt/disk/lower,upperdir=/mnt/disk/upper,workdir=/mnt/disk/work overlay merged
check_fails "a program on an overlay is refused" merged/deep/file
check "its path is the one that was opened" exec_is ".file.path == \"$PWD/merged/deep/file\""
dev=$(stat -c '%Hd:%Ld' /mnt/disk/lower/deep/file)
ino=$(stat -c %i /mnt/disk/lower/deep/file)
check "and what is below is told" exec_is ".file.real == {path: \"/lower/deep/file\", dev: \"$dev\", ino: $ino}"
umount merged
check_fails "below it is refused, too" /mnt/disk/lower/deep/file
check "as itself" exec_is '.file.path == "/mnt/disk/lower/deep/file" and (.file | has("real") | not)'
umount /mnt/disk

# --- where the process is
check "without a login there is no session" exec_is '.process.session == null'
logged_in() {
	echo 1000 >/proc/self/loginuid
	cat /proc/self/sessionid >session
	exec ./banned
}
check_fails "a user who logged in is refused" logged_in
check "the event has the session" exec_is ".process.auid == 1000 and .process.session == $(cat session)"
namespaces() { for ns in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$ns; done | jq -cRn '[inputs | capture("(?<key>.*):.(?<value>[0-9]+)") | .value |= tonumber] | from_entries'; }
check "and the namespaces" exec_is ".process.namespaces == $(namespaces) and .process.ns_pid == .process.pid"
export -f namespaces
isolated() { unshare --cgroup --ipc --mount --net --pid --uts --fork --mount-proc bash -c 'namespaces >isolated; ./banned; exit 1'; }
check_fails "in namespaces of its own it is refused" isolated
check "these are told" exec_is ".process.namespaces == $(cat isolated) and .process.ns_pid < 50 and
	.process.pid > .process.ns_pid"
check "they are others" test "$(cat isolated)" != "$(namespaces)"
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
group=/sys/fs/cgroup/system.slice/docker-$id.scope
contained() {
	echo $BASHPID >$group/cgroup.procs
	exec ./banned
}
check "outside of a container there is none" exec_is '.process.container == null'
mkdir -p $group
check_fails "in a container's group it is refused" contained
check "the container is told" exec_is ".process.container == {id: \"$id\", runtime: \"docker\"} and
	.process.cgroup == \"${group#/sys/fs/cgroup}\""
rmdir $group
on_terminal() { python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(["./banned"])))' </dev/null; }
check_fails "on a terminal it is refused" on_terminal
check "the terminal is told" exec_is '.process.tty | test("^pts[0-9]+$")'

# --- judged again
mkdir -p again/orders
cp $POLICY/policy.yaml again
cp $POLICY/orders/by-id.yaml again/orders
interdict replay --json again "$RECORD" >replayed
check "replay judges each by what was asked" jq -e '.totals | .not_judged == 0 and .decisions > 10 and
	.becomes.allowed == .decisions' replayed

# --- as configured
stop_daemon
configure no
start_daemon "a daemon starts that is to have no arguments"
check_fails "a program is refused" bash -c 'exec ./banned --password=hunter2'
check "none are recorded" exec_is '.process | has("args") or has("exec_args") | not'
stop_daemon
configure yes
start_daemon "one starts that is to have them all"
check_fails "a program is refused" bash -c 'exec ./banned --password=hunter2'
check "all are recorded" exec_is '.process.exec_args == ["./banned", "--password=hunter2"]'
check "the record is whole" record_is_whole
stop_daemon
