#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 31 to 38 and 47 to 49: reading, scripts, and content written over what was allowed.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

declare -A HELD

row_31_open() {
	control && tool copy "$PROBES/$KIND" file
	attempt open open file
	attempt open open-rdwr file
	attempt open reopen file
	ABSENT_ON=$X86_ONLY attempt open int80-open file
	ENFORCED_WANT=refused attempt open succeeds cat file
	ENFORCED_WANT=refused attempt open succeeds cp file "copy-$PHASE"
}

# Writing is not refused: a banned file may be written over.
row_31_open_for_writing() {
	tool unvault "$PROBES/$KIND.vault" file
	tool poke 0 0 file
	CONTROL_WANT=42 attempt say open file
}

# A descriptor from before the policy goes on reading: out of reach.
row_31_read_held() {
	only ext4 overlay || return
	if control; then
		tool copy "$PROBES/$KIND" file
		ask - hold file
		HELD[$FS$KIND]=$STATUS
	fi
	attempt say read-inherited "${HELD[$FS$KIND]}"
	# But opening it anew by what is mapped is judged.
	attempt open map-files "${HELD[$FS$KIND]}"
}

row_32_openat2() {
	only ext4 overlay || return
	control && tool copy "$PROBES/$KIND" file
	attempt open openat2 file
}

row_33_io_uring() {
	only ext4 overlay || return
	control && tool copy "$PROBES/$KIND" file
	attempt open uring file
	attempt open uring file async
}

row_34_open_by_handle_at() {
	control && tool copy "$PROBES/$KIND" file
	ABSENT_ON=overlay attempt open handle file
}

row_35_script() {
	[ "$KIND" = banned ] || return
	control && tool copy "$WORK/banned.sh" script
	attempt exec exec ./script
}

row_35_banned_interpreter() {
	only ext4 overlay || return
	if control; then
		tool copy "$PROBES/$KIND" interpreter
		tool copy "$WORK/with-interpreter.sh" script
	fi
	attempt exec exec ./script
}

row_36_interpreter() {
	[ "$KIND" = banned ] || return
	control && tool copy "$WORK/banned.sh" script
	ENFORCED_WANT=refused attempt open command /bin/sh ./script
}

row_37_binfmt_misc() {
	only ext4 || return
	[ "$KIND" = banned ] || return
	control && tool copy "$WORK/banned.sh" script.probe
	attempt exec exec ./script.probe
}

# An interpreter that the kernel has had open since it was registered, before the policy.
row_37_binfmt_misc_fixed() {
	[ "$KIND" = banned ] && only ext4 || return
	if control; then
		tool copy "$PROBES/banned" interpreter
		tool copy "$WORK/allowed.sh" file.fixed
		echo ":fixed:E::fixed::$PWD/interpreter:F" >/proc/sys/fs/binfmt_misc/register || fails "no F"
	fi
	attempt exec exec ./file.fixed
}

# Content that is not in a file: out of reach.
row_38_pipe() {
	[ "$KIND" = banned ] && only ext4 || return
	attempt say pipe /bin/sh "$WORK/banned.sh.vault"
}

# Allowed, and known to be; then the banned content comes in.
over_allowed() { # HOW
	tool unvault "$PROBES/allowed.vault" file
	CONTROL_WANT=43 attempt say exec ./file
	attempt say open ./file
	tool overwrite "$1" "$PROBES/$KIND.vault" file
	attempt open open ./file
	attempt exec exec ./file
	tool overwrite "$1" "$PROBES/allowed.vault" file
}

# And back: what was refused may run again.
over_banned() { # HOW
	case $1 in mmap) return ;; esac
	CONTROL_WANT=43 attempt say exec ./file
}

row_47_write() {
	over_allowed write
	over_banned write
}

row_48_mmap() {
	tool unvault "$PROBES/allowed.vault" file
	CONTROL_WANT=43 attempt say exec ./file
	attempt say open ./file
	tool overwrite mmap "$PROBES/$KIND.vault" file
	attempt open open ./file
	attempt exec exec ./file
}

row_49_truncate() {
	over_allowed truncate
	over_banned truncate
}

# The writer had the file open, or mapped, before anybody asked about it, and stays.
late_writer() { # HOW
	tool unvault "$PROBES/allowed.vault" file
	tool late-open "$1" file
	attempt say open ./file
	tool late-write "$PROBES/$KIND.vault"
	attempt open open ./file
	tool late-close
	attempt exec exec ./file
}

row_47_late_writer() { late_writer write; }
row_48_late_mapping() { late_writer mmap; }

# No writer, no mapping: but io_uring holds the pages, and the kernel writes to them when it is told
# to. Only shared memory can be held like that.
row_48_pinned_pages() {
	only tmpfs || return
	late_writer pinned
}

row_47_atomic_write() {
	only f2fs || return
	over_allowed atomic
	over_banned atomic
}

# An atomic write that is given up: what was there is there again, and nobody wrote it.
row_47_atomic_write_undone() {
	only f2fs || return
	tool unvault "$PROBES/$KIND.vault" file
	tool late-open atomic file
	tool late-write "$PROBES/allowed.vault"
	attempt say open ./file
	tool late-close
	attempt open open ./file
	attempt exec exec ./file
}

# shellcheck disable=SC2086 # names
filesystems_ready ext4 $DISKS tmpfs overlay
policy_ready
vault_of "$WORK/banned.sh" "$WORK/banned.sh.vault"
printf '#!/bin/sh\nexit 43\n' >allowed.sh
printf '#!./interpreter\n' >with-interpreter.sh
modprobe -q binfmt_misc
mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
echo ':probe:E::probe::/bin/sh:' >/proc/sys/fs/binfmt_misc/register || bail "no binfmt_misc"
run_rows o "banned marked"
rows_report
echo -1 >/proc/sys/fs/binfmt_misc/probe
echo -1 >/proc/sys/fs/binfmt_misc/fixed
