#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In a guest whose clock counts instructions: the operations of `ops` bare, under empty programs and
# under policies of three sizes; then bare again, so that what boot leaves running shows. Rows go to
# /out/rows.jsonl.
set -eu
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"

BENCH=/share
RULES="0 1000 1000000"
rows=/out/rows.jsonl
dir=/mnt/bench

measure() {
	# The big file is written anew: nothing is cached of it.
	head -c 64M /dev/zero >$dir/big
	sync
	"$BENCH/ops" "$1" "$dir" >>"$rows"
}

plan 7
mkfs.ext4 -q -F "$SCRATCH_DEV"
mkdir -p $dir
mount "$SCRATCH_DEV" $dir
cp "$BENCH/static" $dir/static
modprobe sha256-ssse3 || true
rows=/dev/null measure warm-up

check "bare" measure bare

mkfifo /tmp/stop
"$BENCH/empty" "$BENCH/empty.bpf.o" </tmp/stop >/tmp/attached &
empty=$!
exec 9>/tmp/stop
until grep -q attached /tmp/attached; do kill -0 $empty && sleep 0.1; done
check "empty programs" measure empty
exec 9>&-
wait $empty

serial=0
for rules in $RULES; do
	serial=$((serial + 1))
	"$BENCH/mkpolicy" "/tmp/rules-$rules" "$rules" $serial
	interdict load "/tmp/rules-$rules"
	check "$rules rules" measure "rules-$rules"
done

interdict unload
measure bare-again
check "bare again" true

modprobe sha256-ssse3 || true
insmod "$BENCH/shabuf.ko" 2>/dev/null || true
dmesg | sed -n 's/.*shabuf: \(.*\) 64 MiB \([0-9]*\)$/{"op":"sha256-64m","state":"warm","setup":"bare","instructions":\2,"driver":"\1"}/p' >>"$rows"
"$BENCH/load" /tmp/rules-1000000 >>"$rows"
check "loading a million rules" grep -q load-hash-map "$rows"
