#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module for dracut: as initramfs-hook. $initdir, inst_* and instmods are dracut's.
# shellcheck disable=SC2154

check() {
	[ -x /usr/bin/interdict ] && [ -e /var/lib/interdict/active ] &&
		[ "$(du -sm /var/lib/interdict/active | cut -f 1)" -le 32 ]
}

depends() { return 0; }

installkernel() {
	hostonly='' instmods interdict sha256-ssse3 sha2-ce
	[ -n "$(find "$initdir" -name 'interdict.ko*' -print -quit)" ] ||
		dwarn "interdict: there is no module for $kernel: enforcement is degraded there"
}

install() {
	local path trust
	inst_binary /usr/bin/interdict
	inst_binary modprobe /sbin/modprobe
	trust=$(sed -n 's/^trust:[[:space:]]*//p' /etc/interdict/interdict.yaml 2>/dev/null)
	# The machine ID is what tokens name this device by.
	for path in /etc/machine-id /etc/interdict/interdict.yaml /etc/interdict/labels.d "${trust:-/etc/interdict/trust.d}" \
		/var/lib/interdict/{active,store,store.copy}; do
		[ -e "$path" ] || continue
		mkdir -p "$initdir${path%/*}"
		cp -a "$path" "$initdir${path%/*}/"
	done
	chmod 700 "$initdir/var/lib/interdict"
	# shellcheck disable=SC2154
	inst_hook pre-udev 10 "$moddir/interdict-load.sh"
}
