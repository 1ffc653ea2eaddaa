#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --append lsm=capability,yama --with unsupported --timeout 200
# A kernel on which BPF LSM is not active, or 6.1 of arm64, whose hooks cannot call programs: the verbs end with
# 3, and say what to change.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 6

make_banned banned
policy 1
order an-order banned
case $HOSTTYPE-$KREL in
aarch64-6.1.*) needed=CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS ;;
*) needed=lsm= ;;
esac
for verb in daemon status doctor; do
	rc=0
	out=$(interdict $verb 2>&1) || rc=$?
	check "$verb ends with 3" test "$rc" = 3
	check "and says why, and what to do" grep -q "$needed" <<<"$out"
done
