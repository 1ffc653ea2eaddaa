#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 200
# Without the module: exec and map by IMA, and everything says so.
# shellcheck source=engine_common.sh
. "$(dirname "${VM_LIB:?}")/engine_common.sh"
plan 19
hide_module

cp "$PROBES/banned" banned
cp "$PROBES/allowed" allowed
cp "$PROBES/libbanned.so" libbanned.so
content banned allowed libbanned.so
gives() { # STATUS COMMAND...
	local rc=0
	"${@:2}" || rc=$?
	[ "$rc" = "$1" ] || { echo "status $rc"; return 1; }
}
preload() { LD_PRELOAD=$PWD/libbanned.so /bin/true 2>&1; }
preloads() { [ -z "$(preload)" ]; }
preload_refused() { ! preloads; }
says() { # TEXT COMMAND...
	local out
	out=$("${@:2}" 2>&1)
	grep -q "$1" <<<"$out" || { echo "$out"; return 1; }
}

check "control: it runs" gives 42 ./banned
check "control: the library loads" preloads
policy p one 1
order p ban banned
order p lib libbanned.so
check "load says degraded, and what to do" says "degraded: .*the module.*; install the module" interdict load p
check "exec refused" refused ./banned
check "map refused" preload_refused
check "another file runs" gives 43 ./allowed
check "open is not covered" cat banned
check "status is not content" gives 1 interdict status
check "status says why" says "open, load and mprotect are not covered" interdict status
check "provider" sh -c 'interdict status --json | jq -e ".provider == \"ima\" and .balance.kernel"'
check "the programs are there once" programs 2
policy p one 2
order p ban allowed
check "another policy" interdict load p
check "the first file runs again" gives 42 ./banned
check "the other is refused" refused ./allowed
check "still two programs" programs 2
check "unload" interdict unload
check "it runs" gives 43 ./allowed
check "nothing is left" sh -c '[ ! -e /sys/fs/bpf/interdict ]'
check "nor a program" no_programs
