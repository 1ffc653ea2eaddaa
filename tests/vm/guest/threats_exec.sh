#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 1 to 18: a banned program under other names, on other file systems, through other roots and
# descriptors.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

USER_ID=1000
declare -A HELD

# The twin that differs in one byte is never refused.
row_00_allowed() {
	control && tool copy "$PROBES/allowed" allowed
	CONTROL_WANT=43 attempt say exec ./allowed
	attempt say open allowed
}

row_01_copy() {
	control && tool copy "$PROBES/$KIND" copy
	attempt exec exec ./copy
}

row_02_rename() {
	control && tool copy "$PROBES/$KIND" name-
	tool rename "name-$LAST_PHASE" "name-$PHASE"
	attempt exec exec "./name-$PHASE"
}

row_03_hardlink() {
	control && tool copy "$PROBES/$KIND" start
	tool link start "link-$PHASE"
	attempt exec exec "./link-$PHASE"
}

row_04_symlink() {
	only ext4 overlay || return
	tool symlink "$PROBES/$KIND" "link-$PHASE"
	attempt exec exec "./link-$PHASE"
}

row_05_bind_mount() {
	control && tool mkdir mounted && tool copy "$PROBES/$KIND" file
	tool bind . mounted
	attempt exec exec mounted/file
	tool umount mounted
}

# The source is not banned, as it goes on after the banned content; the clone is cut to that.
row_06_reflink() {
	only xfs btrfs || return
	control && tool copy "$PROBES/$KIND" longer && head -c 4096 "$PROBES/attempt" >>longer
	# By its build ID the longer file is banned as well, and cannot be opened to clone it.
	[ "$KIND" = marked ] && ! control && return
	tool reflink longer "clone-$PHASE" "$(stat -c %s "$PROBES/$KIND")"
	attempt exec exec "./clone-$PHASE"
}

row_07_tar() {
	only ext4 overlay || return
	control && tool copy "$PROBES/$KIND" file && step tar cf archive.tar file
	tool mkdir "out-$PHASE"
	step tar xf archive.tar -C "out-$PHASE"
	tool chmod 711 "out-$PHASE/file"
	touch -d '1999-12-31 12:00' "out-$PHASE/file"
	attempt exec exec "./out-$PHASE/file"
}

row_08_holes() {
	tool unvault-holes "$PROBES/padded-$KIND.vault" "holes-$PHASE"
	attempt exec exec "./holes-$PHASE"
	attempt open open "holes-$PHASE"
}

# Out of memory before the policy is there: the first to read it back is the judge.
row_08_swapped() {
	only tmpfs || return
	if control; then
		tool copy "$PROBES/padded-$KIND" swapped
		head -c 1M /dev/urandom >>swapped
		truncate -s 2M swapped
		tool copy "$PROBES/padded-$KIND" swapped
	fi
	attempt exec exec ./swapped
	attempt open open ./swapped
	if control; then
		local before after
		before=$(awk '/SwapFree/ {print $2}' /proc/meminfo)
		tool page-out swapped
		after=$(awk '/SwapFree/ {print $2}' /proc/meminfo)
		[ "$after" -lt "$before" ] || fails "nothing went to swap ($before KiB free, then $after)"
	fi
}

row_09_image() {
	only ext4 || return
	if control; then
		tool mkdir tree mounted
		tool copy "$PROBES/$KIND" tree/file
		truncate -s 8M image
		step mke2fs -q -t ext4 -d tree image
	fi
	step mount -o loop image mounted
	attempt exec exec mounted/file
	tool umount mounted
}

row_10_overlay_lower() {
	only overlay || return
	attempt exec exec "$BASE/overlay/lower-$KIND"
	attempt open open "$BASE/overlay/lower-$KIND"
}

row_11_overlay_upper() {
	only overlay || return
	tool chmod 750 "$BASE/overlay/$PHASE-$KIND"
	[ -e "$BASE/ext4/upper/$PHASE-$KIND" ] || fails "it was not copied up"
	attempt exec exec "$BASE/overlay/$PHASE-$KIND"
	attempt open open "$BASE/overlay/$PHASE-$KIND"
}

# Only the mode is copied up; the data stay in the lower layer.
row_11_overlay_metacopy() {
	only ext4 || return
	if control; then
		tool mkdir lower upper work merged
		tool copy "$PROBES/$KIND" lower/file
	fi
	step mount -t overlay overlay -o "metacopy=on,lowerdir=$PWD/lower,upperdir=$PWD/upper,workdir=$PWD/work" merged
	tool chmod 711 merged/file
	attempt exec exec merged/file
	attempt open open merged/file
	step umount merged
}

row_12_user_namespace_overlay() {
	only ext4 tmpfs || return
	if control; then
		tool mkdir lower upper work merged
		tool copy "$PROBES/$KIND" lower/file
		chown -R $USER_ID:$USER_ID .
	fi
	attempt exec user-overlay $USER_ID "$PWD/lower" "$PWD/upper" "$PWD/work" "$PWD/merged" ./file
}

row_13_container() {
	only ext4 overlay || return
	control && tool mkdir root root/bin && tool copy "$PROBES/$KIND" root/bin/file
	attempt exec container $USER_ID "$PWD/root" /bin/file
}

row_14_chroot() {
	only ext4 || return
	control && tool mkdir root root/bin && tool copy "$PROBES/$KIND" root/bin/file
	attempt exec chroot "$PWD/root" /bin/file
}

row_15_execveat() {
	control && tool copy "$PROBES/$KIND" file
	attempt exec execveat ./file
	if control; then
		ask - hold file
		HELD[$FS$KIND]=$STATUS
	fi
	# A descriptor for reading from before the policy.
	attempt exec execveat-inherited "${HELD[$FS$KIND]}"
}

# Kernels that can be asked whether they would execute it: since 6.14.
row_15_execve_check() {
	only ext4 overlay || return
	local absent="ext4 xfs btrfs tmpfs overlay"
	control && tool copy "$PROBES/$KIND" file
	case $KREL in 6.*) ;; *) absent='' ;; esac
	ABSENT_ON=$absent attempt exec exec-check ./file
}

row_16_fexecve() {
	only ext4 overlay || return
	control && tool copy "$PROBES/$KIND" file
	attempt exec fexecve ./file
}

row_17_proc_self_fd() {
	only ext4 overlay || return
	control && tool copy "$PROBES/$KIND" file
	attempt exec proc-self-fd ./file
}

row_18_proc_pid_root() {
	only ext4 || return
	control && tool copy "$PROBES/$KIND" file
	attempt exec proc-root "$PWD/file"
}

# The 32-bit entry into the same kernel.
row_18_int80_execve() {
	only ext4 || return
	control && tool copy "$PROBES/$KIND" file
	ABSENT_ON=$X86_ONLY attempt exec int80-execve ./file
}

# shellcheck disable=SC2086 # names
filesystems_ready ext4 $DISKS tmpfs overlay
swapon --show | grep -q . || { mkswap "$SCRATCH_DEV2" >/dev/null && swapon "$SCRATCH_DEV2"; } || bail "no swap"
policy_ready
run_rows x "banned marked"
rows_report
