#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kills the program that runs the scripts.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
kill -9 $PPID
sleep 5
