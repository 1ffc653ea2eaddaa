# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Results as KTAP lines, and what build/interdict says of a file.

# shellcheck disable=SC2034 # used by those who source this file
REAL_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
INTERDICT=$(realpath "${INTERDICT:-build/interdict}")
# Names in certificates are UTF-8, and sorted by bytes.
export LC_ALL=C.UTF-8
count=0
failed=0

pass() {
	count=$((count + 1))
	printf 'ok %d - %s\n' "$count" "$1"
}

# fail TEXT [DIAGNOSTICS...]
fail() {
	count=$((count + 1))
	failed=$((failed + 1))
	printf 'not ok %d - %s\n' "$count" "$1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
}

# is TEXT GOT EXPECTED: the same, and something.
is() {
	if [ "$2" = "$3" ] && [ -n "$2" ]; then
		pass "$1"
	else
		fail "$1" 'expected' "$3" 'got' "$2"
	fi
}

# To be called last.
finish() {
	echo "1..$count"
	[ "$failed" = 0 ] && [ "$count" != 0 ]
}

# look FILE: reads its claims; claims, claim_sources then have them.
look() {
	CLAIMS=$("$INTERDICT" id --json "$1" | jq -r '.[0].claims[]? | "\(.source) \(.kind) \(.value)"')
}

# claims: "KIND VALUE" of each, a line each, sorted.
claims() { [ -z "$CLAIMS" ] || cut -d' ' -f2- <<<"$CLAIMS" | sort -u; }

# claim_sources: where they were found.
claim_sources() { [ -z "$CLAIMS" ] || cut -d' ' -f1 <<<"$CLAIMS" | sort -u; }

# Programs that are needed, or the end.
need_tools() {
	local tool missing=()
	for tool; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} = 0 ] || {
		fail "tools: ${missing[*]} missing: run 'make deps' (as root)"
		finish
		exit 1
	}
}
