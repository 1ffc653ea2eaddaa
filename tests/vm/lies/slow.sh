#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Takes longer than it may; the next one runs all the same.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
sleep 100
ok one
