#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plans three tests and runs two.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 3
ok one
ok two
exit 0
