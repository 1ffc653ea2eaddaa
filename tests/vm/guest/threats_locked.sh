#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with threats --timeout 400
# A page that stays locked because its disk does not answer: who waits for it can be killed, and
# others are served. The disk is a device-mapper target that is suspended.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

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
		[ $took -lt 10000 ] || { fails "'$*' is not dead after $took ms (state $state)"; break; }
		pause 0.1
	done
}

row_54_locked_page() {
	local sectors
	# From the caches it is refused without waiting.
	[ "$PHASE" != warm ] || return
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

filesystems_ready ext4
modprobe -q dm-mod
cp "$PROBES/allowed" "$BASE/ext4/allowed"
policy_ready
run_rows l "banned"
rows_report
