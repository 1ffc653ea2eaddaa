#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tests without a plan.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
echo "ok 1 - one"
