#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel panics.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
echo c >/proc/sysrq-trigger
sleep 30
