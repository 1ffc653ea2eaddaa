#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the hook and the scripts are with initramfs-tools. dracut sources its scripts, and these end the shell.
# shellcheck disable=SC2154 # $initdir and $moddir are dracut's

check() { return 0; }
depends() { return 0; }

install() {
	inst_multiple cat chmod chown cp gzip mkdir mount sh uname
	cp -a /interdict-vm "$initdir/"
	cp /banned "$initdir/busybox-banned"
	gzip -c /banned >"$initdir/banned.gz"
	inst_simple "$moddir/init-premount" /interdict-premount
	inst_simple "$moddir/local-bottom" /interdict-bottom
	echo 'sh /interdict-premount' >"$moddir/premount.sh"
	# shellcheck disable=SC2016 # for the initramfs
	echo 'rootmnt=$NEWROOT sh /interdict-bottom' >"$moddir/bottom.sh"
	inst_hook pre-mount 50 "$moddir/premount.sh"
	inst_hook pre-pivot 50 "$moddir/bottom.sh"
}
