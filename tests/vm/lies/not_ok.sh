#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A failed test, and status 0.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
not_ok one
exit 0
