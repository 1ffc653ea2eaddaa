#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest's part of tests/bench/profile: $OPERATION again and again under $SETUP, and the addresses
# of the kernel's functions.
set -eu
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"
# shellcheck source=setup.sh
. /share/setup.sh

plan 1
echo 1 >/proc/sys/net/core/bpf_jit_kallsyms
echo 0 >/proc/sys/kernel/kptr_restrict
bench_begin
case $SETUP in
bare) ;;
empty) empty_attach ;;
*) policy_load "${SETUP#rules-}" 1 ;;
esac
/share/ops warm-up "$dir" "$OPERATION"
cp /proc/kallsyms /out/kallsyms
echo "# profile: ready"
# Long enough for the host to switch its log on.
for _ in 1 2 3 4 5 6 7 8; do /share/ops "$SETUP" "$dir" "$OPERATION" 20; done
check "$OPERATION under $SETUP" true
