#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The same test twice instead of two.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 2
echo "ok 1 - one"
echo "ok 1 - one"
exit 0
