#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with threats --timeout 400
# Rows 105 to 107: content that changes while it is used. It cannot be stopped; what happens is
# pinned. And what is close to it and is stopped.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

row_105_memfd_rewritten() {
	only tmpfs || return
	attempt say rewrite-memfd "$PROBES/allowed.vault" "$PROBES/banned.vault"
}

row_106_library_rewritten() {
	attempt say rewrite-library "$PROBES/allowed.vault" "$PROBES/banned.vault" ./file
}

row_107_script_rewritten() {
	tool copy "$WORK/allowed-script" script
	attempt say rewrite-script ./script "$WORK/banned-script.vault"
	# What it holds now is banned for whoever comes next; reading comes after the refusal.
	attempt exec exec ./script
}

script_with() { printf '#!%s/reader\n%s\n' "$PROBES" "$1" >"$2" && chmod 755 "$2"; }

filesystems_ready ext4 xfs btrfs tmpfs overlay
script_with 43 allowed-script
script_with 42 banned-script
vault_of banned-script >banned-script.vault
ban "$WORK/banned-script"
policy_ready
run_rows s "banned"
rows_report
