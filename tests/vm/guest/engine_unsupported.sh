#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --append lsm=capability,yama --with unsupported --timeout 100
# A kernel on which BPF LSM is not active.
# shellcheck source=engine_common.sh
. "$(dirname "${VM_LIB:?}")/engine_common.sh"
plan 3

policy p one 1
cp "$PROBES/banned" banned
content banned
order p ban banned
rc=0
out=$(interdict load p 2>&1) || rc=$?
diag "$out"
check "load ends with 3" [ "$rc" = 3 ]
check "and says why, and what to do" grep -q "BPF LSM is not active.*lsm=.*bpf" <<<"$out"
rc=0
./banned || rc=$?
check "nothing is enforced" [ "$rc" = 42 ]
