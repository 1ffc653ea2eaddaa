#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --parallel --with races --timeout 300
# The policy switch: 100 of them while programs run, processes killed in the middle of one, and a
# million hashes.
# shellcheck source=engine_common.sh
. "$(dirname "${VM_LIB:?}")/engine_common.sh"
plan 9

one_set() { [ "$(bpftool prog | grep -c "name interdict_bprm")" = 1 ]; }
for name in a b c; do
	cp "$PROBES/banned" $name
	head -c $(($(printf %d "'$name") * 8)) /dev/zero >>$name
done
content a b c
policy pa policy-a 1
order pa a a
order pa c c
policy pb policy-b 1
order pb b b
order pb c c

tell() { # NAME COMMAND...
	local out rc=0
	out=$("${@:2}" 2>&1) || rc=$?
	diag "$out"
	check "$1" [ "$rc" = 0 ]
}

tell "${SWITCHES:-100} switches: every decision is of one generation, every refusal an event" \
	"$PROBES/engine_churn" switch pa pb "${SWITCHES:-100}" ./a ./b ./c
check "counters balance" sh -c 'interdict status --json | jq -e .balance.kernel'
interdict unload >/dev/null
tell "killed while switching: enforcement goes on" "$PROBES/engine_churn" kill pa pb "${KILLS:-30}" ./c
check "one set of programs" one_set
interdict unload >/dev/null
check "no program is left" no_programs

policy big big 1
order big c c
mkdir big/lists
"$PROBES/engine_churn" list "${HASHES:-1000000}" big/lists/many
cat >big/orders/many.yaml <<'ORDER'
interdict: 1
order: many
title: many
authority: tests
reference: none
reason: tests
match:
  - list: lists/many
ORDER
tell "${HASHES:-1000000} hashes load" interdict load big
check "in 64 MiB" sh -c 'interdict status --json | jq -e ".memory <= 64 * 1048576"'
check "and enforce" refused ./c
interdict status --json | jq -c '{memory, counters}' | sed 's/^/# /'
check "another one runs" sh -c './a; [ $? = 42 ]'
