#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 300
# Loading, enforcing and unloading, each operation by itself and with its control; what must not load.
# shellcheck source=engine_common.sh
. "$(dirname "${VM_LIB:?}")/engine_common.sh"
plan 44
export PATH=$PATH:$PWD

cp "$PROBES/banned" banned
cp "$PROBES/allowed" allowed
cp "$PROBES/marked" marked
cp "$PROBES/libbanned.so" libbanned.so
cp "${INTERDICT_MODULE:?}" banned.ko
echo "banned text" >text
printf 'x' >>banned.ko
content banned text libbanned.so banned.ko

preload() { LD_PRELOAD=$PWD/libbanned.so /bin/true 2>&1; }
preloads() { [ -z "$(preload)" ]; }
preload_refused() { preload | grep -q "cannot open shared object\|failed to map\|Operation not permitted"; }
load_exists() { insmod ./banned.ko 2>&1 | grep -q "File exists"; }
load_refused() { insmod ./banned.ko 2>&1 | grep -q "Operation not permitted"; }
events() { counter attempts; }

# --- control
modprobe interdict
check "control: it runs" gives 42 ./banned
check "control: it can be read" cat banned
check "control: the library loads" preloads
check "control: the module is there already" load_exists

# --- exec and open
policy p one 1
order p ban banned
check "load" interdict load p
check "exec refused" refused env ./banned
check "open refused" refused cat banned
check "another file runs" gives 43 ./allowed
check "a write-only open is not refused" sh -c 'true >>banned'
check "counters balance" sh -c 'interdict status --json | jq -e ".balance.kernel and .counters.denied == 2 and .counters.attempts == 2"'
check "programs, maps and links can be listed" sh -c 'bpftool prog && bpftool map && bpftool link'

# --- each operation by itself
policy p one 2
order p ban banned "operations: [exec]"
order p text text "operations: [open]"
order p lib libbanned.so "operations: [map]"
order p ko banned.ko "operations: [load]"
check "load, an operation each" interdict load p
check "only exec: refused" refused env ./banned
check "only exec: can be read" cat banned
check "only open: refused" refused cat text
check "only map: can be read" cat libbanned.so
check "only map: refused" preload_refused
check "only load: can be read" cat banned.ko
check "only load: refused" load_refused

# --- build-id, audit, what does not apply here
policy p one 3
order p ban banned "mode: audit"
order p lib libbanned.so "devices: [elsewhere]"
order p text text "expires: 2020-01-01T00:00:00Z"
cat >p/orders/mark.yaml <<'ORDER'
interdict: 1
order: mark
title: by build-id
authority: tests
reference: none
reason: tests
match:
  - build-id: "2222222222222222222222222222222222222222"
ORDER
check "load, audit and build-id" interdict load p
before=$(events)
check "audit: it runs" gives 42 ./banned
check "audit: one record for one exec" sh -c "interdict status --json | jq -e '.counters.attempts == $before + 1 and .counters.audited == 1'"
check "build-id: refused" refused ./marked
check "another device's order" preloads
check "an order that has ended" cat text

# --- what is refused, and changes nothing
policy old one 2
check "an older serial" gives 4 interdict load old
policy same one 3
check "the same serial with other content" gives 4 interdict load same
check "the same policy again" interdict load p
policy bad one 9
echo "surprise: yes" >>bad/policy.yaml
check "an unknown key" gives 1 interdict load bad
check "no such directory" gives 1 interdict load nowhere
check "a module of another ABI" gives 1 env LD_PRELOAD="$PROBES/abi9.so" interdict load p
check "not root" gives 1 setpriv --reuid 65534 --clear-groups interdict load "$PWD/p"
check "still enforcing" refused ./marked

# --- memory is given back
maps() { bpftool map -j | jq length; }
policy p two 10
order p ban banned
interdict load p
n=$(maps)
for serial in 11 12 13 14 15; do
	policy p two $serial
	order p ban banned
	interdict load p
done >/dev/null
check "no maps are left behind" [ "$(maps)" = "$n" ]

# --- off
policy p two 20
sed -i 's/^mode: .*/mode: off/' p/policy.yaml
order p ban banned
check "mode off: load" interdict load p
check "mode off: it runs" gives 42 ./banned
check "unload" interdict unload
check "unloaded: it runs" gives 42 ./banned
check "unload again" interdict unload
check "no programs are left" no_programs
head -c 5000 "$(command -v interdict)" >truncated.o
check "a truncated object" gives 1 interdict load --bpf-object truncated.o p
: >empty.o
check "an empty object" gives 1 interdict load --bpf-object empty.o p
check "no such object" gives 1 interdict load --bpf-object nowhere.o p
check "load again after all that" interdict load p
