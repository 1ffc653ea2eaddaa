#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --append lsm=capability,yama --with unsupported --timeout 100
# A kernel on which BPF LSM is not active; or 6.1 of arm64, whose hooks cannot call programs.
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
case $HOSTTYPE-$KREL in
aarch64-6.1.*) why="hooks cannot call programs: .*arm64 has from kernel 6.4" ;;
*) why="BPF LSM is not active.*lsm=.*bpf" ;;
esac
check "and says why, and what to do" grep -q "$why" <<<"$out"
rc=0
./banned || rc=$?
check "nothing is enforced" [ "$rc" = 42 ]
