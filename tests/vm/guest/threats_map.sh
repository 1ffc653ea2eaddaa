#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 19 to 30: content without a name, banned libraries and interpreters, executable mappings. Rows 105
# to 107: content that changes while it is used.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

library() { echo "$PROBES/lib$KIND.so"; }

row_19_memfd_sealed() {
	only tmpfs || return
	attempt exec memfd "$PROBES/$KIND.vault" sealed
	attempt map map-memfd "$PROBES/$KIND.vault" sealed exec
}

row_19_memfd_unsealed() {
	only tmpfs || return
	attempt exec memfd "$PROBES/$KIND.vault" unsealed
	attempt map map-memfd "$PROBES/$KIND.vault" unsealed exec
	RULE=unidentified attempt map map-memfd "$PROBES/$KIND.vault" unsealed mprotect
}

row_19_shared_memory() {
	only tmpfs || return
	attempt map shm "$PROBES/$KIND.vault"
}

row_20_tmpfile() {
	only ext4 xfs btrfs tmpfs || return
	attempt exec tmpfile . "$PROBES/$KIND.vault" ./named
}

row_21_hugetlb() {
	only tmpfs || return
	attempt map map-memfd "$PROBES/padded-$KIND.vault" hugetlb exec
}

row_22_loader() {
	control && tool copy "$PROBES/$KIND" file
	ENFORCED_WANT=refused attempt open command "$LOADER" ./file
}

row_23_interpreter() {
	control && tool copy "$PROBES/$KIND" interpreter
	attempt exec exec "$PROBES/interpreted"
}

row_24_preload() {
	only ext4 overlay || return
	control && tool copy "$(library)" lib.so
	# The loader goes on without a library that it cannot open.
	ENFORCED_WANT=43 attempt open "LD_LIBRARY_PATH=$WORK/good" "LD_PRELOAD=$PWD/lib.so" exec "$PROBES/victim"
}

row_25_dlopen() {
	control && tool copy "$(library)" lib.so
	ENFORCED_WANT=refused attempt open "LD_LIBRARY_PATH=$WORK/good" exec "$PROBES/victim" "$PWD/lib.so"
}

row_26_library_path() {
	only ext4 overlay || return
	control && tool copy "$(library)" libshadow.so
	ENFORCED_WANT=refused attempt open "LD_LIBRARY_PATH=$PWD:$WORK/good" exec "$PROBES/victim"
}

row_27_map() {
	attempt map map own "$PROBES/$KIND.vault"
}

declare -A HELD

# A descriptor from before the policy.
row_27_map_held() {
	if control; then
		tool copy "$PROBES/$KIND" file
		ask - hold file
		HELD[$FS$KIND]=$STATUS
	fi
	attempt map map-inherited "${HELD[$FS$KIND]}"
}

# Nothing can be computed there. Where a rule names the file's size, what is not known yet is refused
# and looked at later; from then on the verdict is the rule's.
row_28_mprotect() {
	RULE=unidentified attempt map mprotect own "$PROBES/$KIND.vault"
}

row_28_mprotect_held() {
	if control; then
		tool copy "$PROBES/$KIND" file
		ask - hold file
		HELD[m$FS$KIND]=$STATUS
	fi
	RULE=$([ "$PHASE" = warm ] && ! only f2fs || echo unidentified) attempt map mprotect-inherited "${HELD[m$FS$KIND]}"
	# A worker looks at it meanwhile.
	[ "$PHASE" != cold ] || pause 0.2
}

# The allowed twin, known from being executed, may be made executable. On f2fs nothing is kept, so that
# it is never known there.
row_28_mprotect_allowed() {
	control && tool copy "$PROBES/allowed" allowed
	CONTROL_WANT=43 attempt say exec ./allowed
	if only f2fs; then
		RULE=unidentified CONTROL_WANT=43 attempt map mprotect-file ./allowed
	else
		CONTROL_WANT=43 attempt say mprotect-file ./allowed
	fi
}

# Of a size that no rule names: a build ID that nobody has looked at does not match. Out of reach
# until the file is opened or executed once.
row_28_mprotect_unknown_build_id() {
	[ "$KIND" = marked ] || return
	attempt say mprotect own "$WORK/longer.vault"
	control && return
	attempt open open own
	attempt exec exec ./own
}

row_28_personality() {
	only ext4 overlay || return
	attempt map personality own "$PROBES/$KIND.vault"
}

row_29_remap() {
	attempt map remap own "$PROBES/$KIND.vault"
}

row_30_int80_mmap() {
	only ext4 || return
	ABSENT_ON=$X86_ONLY attempt map int80-mmap own "$PROBES/$KIND.vault"
}

row_30_int80_mprotect() {
	only ext4 || return
	ABSENT_ON=$X86_ONLY RULE=unidentified attempt map int80-mprotect own "$PROBES/$KIND.vault"
}

# x86-64 never had it in Debian's kernels.
row_30_uselib() {
	only ext4 || return
	CONTROL_WANT=77 attempt say uselib "$PROBES/$KIND"
}

# Content that changes while it is used. It cannot be stopped; what happens is pinned. And what is close to
# it and is stopped.
row_105_memfd_rewritten() {
	only tmpfs && [ "$KIND" = banned ] || return
	attempt say rewrite-memfd "$PROBES/allowed.vault" "$PROBES/banned.vault"
}

row_106_library_rewritten() {
	[ "$KIND" = banned ] || return
	attempt say rewrite-library "$PROBES/allowed.vault" "$PROBES/banned.vault" ./file
}

row_107_script_rewritten() {
	[ "$KIND" = banned ] || return
	tool copy "$WORK/allowed-script" script
	attempt say rewrite-script ./script "$WORK/banned-script.vault"
	# What it holds now is banned for whoever comes next; reading comes after the refusal.
	attempt exec exec ./script
}

script_with() { printf '#!%s/reader\n%s\n' "$PROBES" "$1" >"$2" && chmod 755 "$2"; }

# shellcheck disable=SC2086 # names
filesystems_ready ext4 $DISKS tmpfs overlay
mkdir -p good
cp "$PROBES/libgood.so" good/libshadow.so
echo 16 >/proc/sys/vm/nr_hugepages
cat "$PROBES/marked" - <<<"and one line more" >longer
vault_of longer longer.vault
script_with 43 allowed-script
script_with 42 banned-script
vault_of banned-script banned-script.vault
ban "$WORK/banned-script"
policy_ready
run_rows m "banned marked"
rows_report
