# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the engine's scripts share: policies, and how the counters stand.

set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
PROBES=$(dirname "$VM_LIB")/../bin/probes
PROBES=$(readlink -f "$PROBES")

# policy DIR NAME SERIAL [LINE...]: a policy without orders; lines go into its header.
policy() {
	rm -rf "$1"
	mkdir -p "$1/orders"
	printf '%s\n' "interdict: 1" "policy: $2" "serial: $3" "mode: enforce" "${@:4}" >"$1/policy.yaml"
}

# content FILE...: remember what is to be banned, as it cannot be read afterwards.
declare -A CONTENT
content() {
	local file
	for file; do
		CONTENT[$file]="  - sha256: $(sha256sum <"$file" | cut -d' ' -f1)
    size: $(stat -c %s "$file")"
	done
}

# order DIR ID FILE [LINE...]: an order of that policy that bans FILE's content.
order() {
	printf '%s\n' "interdict: 1" "order: $2" "title: $2" "authority: tests" "reference: none" "reason: tests" \
		"${@:4}" "match:" "${CONTENT[$3]}" >"$1/orders/$2.yaml"
}

# refused COMMAND...: fails with "Operation not permitted".
refused() {
	local out rc=0
	out=$("$@" 2>&1) || rc=$?
	echo "$out (status $rc)"
	[ "$rc" != 0 ] && [[ $out = *"Operation not permitted"* ]]
}

# counter NAME: of the programs that run.
counter() { interdict status --json | jq -r ".counters.$1"; }

# The kernel frees programs some time after their last reference went.
no_programs() { wait_for eval '! bpftool prog | grep -q interdict_' || { bpftool prog; return 1; }; }

# programs N: so many are there.
programs() { [ "$(bpftool prog | grep -c interdict_)" = "$1" ]; }
