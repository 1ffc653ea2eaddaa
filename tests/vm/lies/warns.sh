#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Leaves a warning in the kernel log.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
echo "WARNING: something is wrong" >/dev/kmsg
ok one
