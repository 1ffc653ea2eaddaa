#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Turns the machine off before the end.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
/usr/lib/interdict-vm/busybox poweroff -f
sleep 30
