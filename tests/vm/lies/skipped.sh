#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Skips a required test.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
skip one "no time"
