#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything as it should be: must pass.
# shellcheck source=../guest/lib.sh
. "$VM_LIB"
plan 8
check "a command" true
check_fails "a failing command" false
check "/share has the file" grep -q shared /share/file
check "an empty disk" dd if="$SCRATCH_DEV" of=/dev/null bs=4k count=1
check "two disks" test "$SCRATCH_DEV" != "$SCRATCH_DEV2"
check "the variable" test "$GREETING" = "hello there"
check "leave something" eval 'mkdir /out/deep && echo brought >/out/deep/file'
skip_optional "not needed" "only here and there"
