#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: the first half of `make check-boot`, which gives it a bundle by --share
# A device accepts a signed bundle; what it keeps goes to /out, for the initramfs of its next boot.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 3
mkdir -p /etc/interdict
cp -a /share/etc/. /etc/interdict/
start_daemon "the daemon starts"
check "it accepts the bundle" interdict load /share/policy.bundle
stop_daemon
cp -a /var/lib/interdict /out/
check "its text is kept" test -f /out/interdict/active
