#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Kills the program that runs the scripts.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
# Its parent is the timeout that each script runs under.
kill -9 "$(cut -d " " -f 4 "/proc/$PPID/stat")"
sleep 5
