#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races --timeout 900
# Rows 50 to 53: races, RACES tries each (1000). Banned content must never run, and no verdict may
# outlive the content that it was made for.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

TRIES=${RACES:-1000}
CONTROL_TRIES=$((TRIES < 200 ? TRIES : 200))

# counts LINE: sets COUNT by the names that the probe prints.
declare -A COUNT
counts() {
	local word name=
	diag "$ROW $PHASE: $1"
	COUNT=()
	for word in $1; do
		if [ -z "$name" ]; then
			name=$word
		else
			COUNT[$name]=$word
			name=
		fi
	done
	[ -n "${COUNT[tries]:-}" ] || fails "the probe failed: $1"
}

race() { # KIND TRIES
	counts "$("$PROBES/race" "$1" "$2" . "$PROBES/banned.vault" "$PROBES/allowed.vault" 2>&1)"
}

enough() { # NAME LEAST
	[ "${COUNT[$1]:-0}" -ge "$2" ] || fails "${COUNT[$1]:-0} $1, of ${COUNT[tries]:-0} tries: this was no race"
}

judge_race() { # LEAST-DENIED
	note_row
	if control; then
		enough banned 1
		enough allowed 1
		expect denied 0 "${COUNT[denied]:-}"
	else
		expect "banned runs" 0 "${COUNT[banned]:-}"
		enough denied "$1"
		enough allowed 1
	fi
	expect "stale verdicts" 0 "${COUNT[stale]:-}"
	expect "other results" 0 "${COUNT[other]:-}"
}

run_race() { # KIND
	if control; then race "$1" $CONTROL_TRIES; else race "$1" "$TRIES"; fi
	judge_race 1
}

row_50_rename_swap() { run_race rename; }
row_51_write_then_exec() { run_race write; }
row_52_writer_during_hashing() { run_race writer; }

# Two policies that both ban it, in turn, by different orders; the twin is allowed by both.
row_53_policy_switch() {
	local pid switches=0
	rm -f stop
	if control; then
		race switch $CONTROL_TRIES
	else
		"$PROBES/race" switch $((TRIES * 100)) . "$PROBES/banned.vault" "$PROBES/allowed.vault" >"$WORK/switch.out" &
		pid=$!
		while [ $switches -lt $((TRIES / 50)) ]; do
			switches=$((switches + 1))
			policy_load "$WORK/policy-$((switches % 2))"
		done
		touch stop
		wait $pid
		diag "$switches switches"
		counts "$(cat "$WORK/switch.out")"
	fi
	judge_race 1
}

filesystems_ready ext4
policy_ready
policy_write "$WORK/policy-0"
policy_write "$WORK/policy-1"
sed -i 's/threats-content/threats-other/' "$WORK/policy-1/orders/threats-content.yaml"
mv "$WORK/policy-1/orders/threats-content.yaml" "$WORK/policy-1/orders/threats-other.yaml"
PHASES=${PHASES% warm}
run_rows r "banned"
record_check() { :; }
rows_report
