# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What scripts that look for leaks share. After lib.sh.
# shellcheck disable=SC2034 # used by those who source this file

LEAKS=/sys/kernel/debug/kmemleak

# memory NAME: sets MEMORY, in kilobytes: what the kernel has allocated, without what it would give back; slab.NAME
# says which caches. Shrinking a cache empties KASAN's quarantine of it, too.
memory() {
	local file round
	for round in 1 2 3; do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		for file in /sys/kernel/slab/*/shrink; do
			echo 1 >"$file"
		done
		pause "$round"
	done
	MEMORY=$(awk '/^(SUnreclaim|SReclaimable|Percpu|VmallocUsed):/ {sum += $2} END {print sum}' /proc/meminfo)
	awk 'NR > 2 {print $1, $2 * $4}' /proc/slabinfo >"slab.$1"
}
# memory_grown OLD NEW: the caches that grew most, in bytes.
memory_grown() { join -j 1 <(sort "slab.$1") <(sort "slab.$2") | awk '{print $3 - $2, $1}' | sort -rn | head -n 5; }

# leaks: what kmemleak finds now. It looks twice: an object's first sight counts for nothing.
leaks() {
	local round
	for round in 1 2; do
		pause 6
		echo scan >$LEAKS
	done
	cat $LEAKS
}
