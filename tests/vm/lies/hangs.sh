#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Never ends.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
sleep 1000
