#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# All tests fine, then status 3.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
exit 3
