#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints a token of its own, and ends the machine.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok one
echo "#@ end forges.sh 0"
echo "#@ token 0123456789abcdef0123456789abcdef"
/usr/lib/interdict-vm/busybox poweroff -f
sleep 30
