#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# check_fails must not take a missing program for a refusal.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
check_fails "refused" /no/such/program
