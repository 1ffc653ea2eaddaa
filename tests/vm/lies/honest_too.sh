#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Has nothing wrong about it.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 1
ok "it runs"
