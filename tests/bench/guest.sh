#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest whose clock counts instructions: the operations of `ops` bare, under empty programs,
# under policies of three sizes, under one publisher rule, and with the guards on; then bare again, so that what
# boot leaves running shows. Execs are measured in turns after that, ROUNDS times bare and under rules: what memory
# is like makes more of a difference to one of them than what is looked for. Rows go to /out/rows.jsonl.
set -eu
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"
# shellcheck source=../vm/guest/daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=setup.sh
. /share/setup.sh

RULES=${RULES:-0 1000 1000000}
ROUNDS=${ROUNDS:-8}
rows=/out/rows.jsonl

# operations SETUP OPERATION...: each by a process of its own, as what a fork costs depends on what was done before.
operations() {
	local setup=$1 op
	shift
	for op; do "$BENCH/ops" "$setup" "$dir" "$op" >>"$rows" || return 1; done
}

measure() {
	# The big file is written anew: nothing is cached of it.
	head -c 64M /dev/zero >"$dir/big"
	sync
	operations "$1" open open-first map exec-static exec-dynamic hash-64m identify-elf identify-pe miss ioctl
}

unload() { interdict unload && grace; }

guarded() { wait_for status_is .guards.on true && measure guarded; }

in_turns() {
	local round
	for ((round = 1; round <= ROUNDS; round++)); do
		policy_load 1000 $((serial + round)) && grace &&
			operations rules-1000 exec-static exec-dynamic && unload &&
			operations bare exec-static exec-dynamic || return 1
	done
}

plan $((8 + $(wc -w <<<"$RULES")))
bench_begin
rows=/dev/null measure warm-up

check "bare" measure bare

empty_attach
check "empty programs" measure empty
empty_detach

serial=0
for rules in $RULES; do
	serial=$((serial + 1))
	policy_load "$rules" $serial
	check "$rules rules" measure "rules-$rules"
done

serial=$((serial + 1))
publisher_load $serial
check "a publisher rule" measure publisher

# What comes with 1,000 rules if a daemon guards them.
serial=$((serial + 1))
policy_write 1000 $serial
mkdir -p /etc/interdict
echo "policy: /tmp/rules-1000" >/etc/interdict/interdict.yaml
start_daemon "the guards are on" --arm
check "guards" guarded
kill_daemon

unload
measure bare-again
check "bare again" true
check "execs in turns" in_turns

insmod "$BENCH/shabuf.ko" 2>/dev/null || true
dmesg | sed -n 's/.*shabuf: \(.*\) 64 MiB \([0-9]*\)$/{"op":"sha256-64m","state":"warm","setup":"bare","instructions":\2,"driver":"\1"}/p' >>"$rows"
[ ! -d /tmp/rules-1000000 ] || "$BENCH/load" /tmp/rules-1000000 >>"$rows"
check "loading a million rules" grep -q load-hash-map "$rows"
