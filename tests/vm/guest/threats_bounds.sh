#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 54 to 60: files that are too large to be hashed in time, and files that are broken.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

# patient_and_mortal COMMAND...: under enforcement it is still busy after a second, others are
# served meanwhile, and SIGKILL ends it.
patient_and_mortal() {
	local pid start took
	"$@" >"$WORK/busy.out" 2>&1 &
	pid=$!
	pause 1
	kill -0 $pid 2>/dev/null || fails "'$*' was not busy: $(cat "$WORK/busy.out")"
	now_ms
	start=$NOW
	CONTROL_WANT=43 attempt say exec "$BASE/ext4/allowed"
	now_ms
	took=$((NOW - start))
	[ $took -lt 5000 ] || fails "others waited $took ms"
	now_ms
	start=$NOW
	kill -9 $pid
	wait $pid 2>/dev/null
	now_ms
	took=$((NOW - start))
	[ $took -lt 5000 ] || fails "it took $took ms to die"
}

large_file() { # SIZE
	[ "$KIND" = banned ] || return
	if control; then
		truncate -s "$1" named
		truncate -s "$1" other
		truncate -s +1 other
		chmod 755 named other
		CONTROL_WANT=42 attempt say open named
		CONTROL_WANT=8 attempt say exec ./named
	else
		patient_and_mortal cat named
		patient_and_mortal ./named
	fi
	# Of a size that no rule names: not hashed.
	local start took
	now_ms
	start=$NOW
	CONTROL_WANT=42 attempt say open other
	CONTROL_WANT=8 attempt say exec ./other
	now_ms
	took=$((NOW - start))
	[ $took -lt 5000 ] || fails "a size without rules took $took ms"
}

row_54_huge() {
	only ext4 || return
	large_file 8G
}

row_55_sparse_1_tib() {
	only ext4 tmpfs || return
	large_file 1T
}

row_56_endless() {
	only ext4 && [ "$KIND" = banned ] || return
	control && tool mkdir endless
	step "$PROBES/fuse_server" endless "$PWD/endless" 1234567
	# Never more of it than its size says; it is no program anyway.
	CONTROL_WANT=8 attempt say exec endless/file
	step umount endless
}

row_56_never_answers() {
	local pid start took
	only ext4 && [ "$KIND" = banned ] || return
	control && tool mkdir hanging
	step "$PROBES/fuse_server" hang "$PWD/hanging" 1234567
	patient_and_mortal hanging/file
	step umount hanging
}

# A page that stays locked because its disk does not answer: who waits for it can be killed, and others are
# served. The disk is a device-mapper target that is suspended.
DISK=threats-disk

dies() { # COMMAND...
	local pid start took state
	"$@" >"$WORK/busy.out" 2>&1 &
	pid=$!
	disown
	pause 1
	state=$(awk '/^State/ {print $2}' "/proc/$pid/status" 2>/dev/null)
	[ -n "$state" ] || fails "'$*' did not wait for the disk: $(cat "$WORK/busy.out")"
	now_ms
	start=$NOW
	CONTROL_WANT=43 attempt say exec "$BASE/ext4/allowed"
	kill -9 $pid || { fails "'$*' was not there any more"; return; }
	# A process that cannot be killed would never be reaped: ask, do not wait.
	while state=$(awk '/^State/ {print $2}' "/proc/$pid/status" 2>/dev/null) && [ -n "$state" ] && [ "$state" != Z ]; do
		now_ms
		took=$((NOW - start))
		# The kernel's own wait for a page that is only faulted in cannot be killed.
		[ $took -lt 10000 ] || { control || fails "'$*' is not dead after $took ms (state $state)"; break; }
		pause 0.1
	done
}

row_54_locked_page() {
	local sectors
	# From the caches it is refused without waiting.
	only ext4 && [ "$KIND" = banned ] && [ "$PHASE" != warm ] || return
	if control; then
		truncate -s 64M disk.img
		LOOP=$(losetup -f --show disk.img)
		sectors=$(blockdev --getsz "$LOOP")
		step dmsetup create $DISK --table "0 $sectors linear $LOOP 0"
		step dmsetup mknodes
		step mkfs.ext4 -q -F "/dev/mapper/$DISK"
		tool mkdir mounted
		step mount "/dev/mapper/$DISK" mounted
		tool copy "$PROBES/banned" mounted/file
		tool copy "$PROBES/banned" mounted/read
	fi
	sync
	# The inodes stay, their pages go.
	stat mounted/file mounted/read >/dev/null
	echo 1 >/proc/sys/vm/drop_caches
	stat mounted/file mounted/read >/dev/null
	step dmsetup suspend --noflush --nolockfs $DISK
	dies cat mounted/read
	dies mounted/file
	step dmsetup resume $DISK
	# The disk answers again, and the judgement is what it would have been.
	attempt exec exec mounted/file
	attempt open open mounted/read
}

MALFORMED="truncated-header truncated-notes many-headers far-headers far-notes endless-notes huge-name
	huge-descriptor empty-notes overlapping-notes wrong-class wrong-order"

# What the kernel itself says to each: a signal, ENOEXEC, or it runs. (On arm64 the whole program is in one page: behind
# a cut there are zeros, which are no instruction, and its first 4096 bytes have all that it runs but the status.)
malformed_status() {
	case $(uname -m)-$1 in
	aarch64-truncated-notes) echo 132; return ;;
	aarch64-empty-notes) echo 0; return ;;
	esac
	case $1 in
	truncated-header | many-headers | far-headers) echo 8 ;;
	truncated-notes) echo 135 ;;
	empty-notes | overlapping-notes) echo 139 ;;
	*) echo 42 ;;
	esac
}

# Banned by the hash of the broken file: refused. By a build ID that is found all the same, because
# the section headers still lead to it: refused. By one that is gone: it is another file now (a
# changed byte is out of reach), but asking about it comes to an end. The kernel runs files of a
# wrong class or byte order all the same.
row_57_malformed_elf() {
	local kind
	only ext4 tmpfs || return
	for kind in $MALFORMED; do
		case $KIND$kind in markedtruncated-*) continue ;; esac
		control && tool malform "$kind" "$PROBES/$KIND.vault" "$kind"
		case $KIND$kind in
		markedhuge-* | markedempty-notes | markedwrong-*)
			CONTROL_WANT=$(malformed_status "$kind") attempt say exec "./$kind"
			attempt say open "$kind"
			;;
		*)
			CONTROL_WANT=$(malformed_status "$kind") attempt exec exec "./$kind"
			attempt open open "$kind"
			;;
		esac
	done
}

# malformed_other NAME: broken in other formats; nothing but its hash is asked for.
malformed_other() {
	only ext4 && [ "$KIND" = banned ] || return
	control && tool copy "$WORK/$1" file
	CONTROL_WANT=8 attempt exec exec ./file
	attempt open open file
}

row_58_malformed_pe() { malformed_other broken.exe; }
row_59_malformed_zip() { malformed_other broken.apk; }
row_60_malformed_cms() { malformed_other broken.p7m; }

filesystems_ready ext4 tmpfs
modprobe -q fuse
modprobe -q dm-mod
cp "$PROBES/allowed" "$BASE/ext4/allowed"
for kind in $MALFORMED; do
	"$PROBES/attempt" - malform "$kind" "$PROBES/banned.vault" "$WORK/$kind"
	ban "$WORK/$kind"
done
printf 'MZ%058d\377\377\377\177PE\0\0' 0 >broken.exe
printf 'PK\003\004\377\377\377\377%0100dPK\005\006\377\377\377\377\377\377\377\377\377\377\377\377' 0 >broken.apk
printf '\060\204\377\377\377\377\006\011\052\206\110\206\367\015\001\007\002\240\204\377\377\377\377' >broken.p7m
ban "$WORK"/broken.*
ban_sizes $((8 << 30)) $((1 << 40)) 1234567
policy_ready
run_rows b "banned marked"
rows_report
