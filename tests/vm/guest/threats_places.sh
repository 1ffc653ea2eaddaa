#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with kmod --timeout 600 --virtiofs build/guest/probes --append memmap=64M!1G
# Rows 100 to 104: FUSE, network and shared file systems, fs-verity, fscrypt, DAX. What is banned
# there is called "running" where somebody (a server on this machine) has to be able to open it.
#
# The probes' directory is shared by virtiofs; memmap makes a persistent memory device for DAX.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"


# Where content can change without a local write, opening is not judged; running and mapping are.
judged_uncached() { # FILE
	attempt exec exec "$1"
	attempt exec execveat "$1"
	attempt say open "$1"
	attempt map map-file "$1"
	ENFORCED_WANT=refused attempt map command "$LOADER" "$1"
}

row_100_fuse_honest() {
	control && tool mkdir mounted
	step "$PROBES/fuse_server" honest "$PWD/mounted" "$PROBES/$KIND.vault"
	judged_uncached ./mounted/file
	step umount mounted
}

# It shows the allowed content until it was read a number of times. With the right number the banned
# content runs: out of reach.
row_100_fuse_changing() {
	local passes ran=
	[ "$KIND" = banned ] || return
	control && tool mkdir changing
	for passes in 0 1 2 3 4; do
		step "$PROBES/fuse_server" changing "$PWD/changing" "$PROBES/allowed.vault" "$PROBES/banned.vault" $passes
		if [ $passes = 0 ]; then
			attempt exec exec changing/file
		else
			ask - exec changing/file
			[ "$STATUS" != 42 ] || ran+=" $passes"
		fi
		step umount changing
	done
	note_row
	# Without enforcement nobody reads the file through before it runs.
	control && return
	diag "$PHASE: a changing server ran the banned content after${ran:- no number of} passes"
	[ -n "$ran" ] || fails "no longer out of reach: the manual has to say so"
}

row_101_nfs() {
	[ "$KIND" = running ] || return
	if control; then
		nfs_start || { fails "no NFS: $(tail -n 2 "$WORK/nfs.log")"; return; }
	fi
	judged_uncached /mnt/nfs/running
}

nfs_start() {
	mkdir -p "$BASE/ext4/export" /mnt/nfs
	cp "$PROBES/running" "$PROBES/allowed" "$BASE/ext4/export/"
	{
		modprobe nfsd && modprobe nfsv4
		mountpoint -q /proc/fs/nfsd || mount -t nfsd nfsd /proc/fs/nfsd
		mkdir -p /run/rpc_pipefs /var/lib/nfs/v4recovery
		mountpoint -q /var/lib/nfs/rpc_pipefs || mount -t rpc_pipefs rpc_pipefs /var/lib/nfs/rpc_pipefs
		touch /etc/exports
		exportfs -o rw,no_root_squash,fsid=0,no_subtree_check "127.0.0.1:$BASE/ext4/export"
		rpc.mountd -N 2 -N 3
		rpc.nfsd -N 3 -V 4.2 2
		echo Y >/proc/fs/nfsd/v4_end_grace
		mount -t nfs4 -o sec=sys 127.0.0.1:/ /mnt/nfs
	} >"$WORK/nfs.log" 2>&1
	mountpoint -q /mnt/nfs
}

row_102_virtiofs() {
	mountpoint -q /virtiofs || { fails "no /virtiofs: run with --virtiofs build/guest/probes"; return; }
	judged_uncached "/virtiofs/$KIND"
}

row_103_verity_cold() {
	[ "$KIND" != running ] || return
	if control; then
		tool copy "$PROBES/$KIND" file
		tool copy "$PROBES/allowed" allowed
		tool verity file
		tool verity allowed
	fi
	caches_drop
	attempt open open file
	caches_drop
	attempt exec exec ./file
	caches_drop
	attempt say open allowed
	CONTROL_WANT=43 attempt say exec ./allowed
}

# A block of the device was changed: whoever reads it gets EIO, and nobody leaves it in the cache
# as if it were good.
row_103_verity_corrupted() {
	local block first at
	[ "$KIND" = banned ] || return
	if control; then
		tool mkdir mounted
		truncate -s 32M image
		step mkfs.ext4 -q -F -b 4096 -O verity image
		step mount -o loop image mounted
		tool copy "$PROBES/allowed" mounted/first
		tool copy "$PROBES/allowed" mounted/last
		tool verity mounted/first
		tool verity mounted/last
		sync
		first=$("$PROBES/attempt" - block mounted/first 0)
		# Where the two programs differ.
		at=$(($(cmp -l "$PROBES/allowed" "$PROBES/banned" | awk '{print $1; exit}') - 1))
		block=$("$PROBES/attempt" - block mounted/last $((at / 4096)))
		step umount mounted
		# Padding becomes something else; and the byte that makes it the banned program.
		printf '\001' | dd of=image bs=1 seek=$((first * 4096 + 600)) conv=notrunc status=none
		printf '\052' | dd of=image bs=1 seek=$((block * 4096 + at % 4096)) conv=notrunc status=none
	fi
	step mount -o loop image mounted
	for _ in once again; do
		ask - open mounted/first
		expect "reading a corrupted block" 5 "$STATUS"
		ask - succeeds cat mounted/last
		expect "reading a file with a corrupted block" 1 "$STATUS"
		ask - exec mounted/last
		case $STATUS in 42 | 43) fails "a corrupted program ran: $STATUS" ;; esac
	done
	step umount mounted
}

row_104_fscrypt_cold() {
	[ "$KIND" != running ] || return
	if control; then
		tool mkdir mounted
		truncate -s 32M image
		step mkfs.ext4 -q -F -b 4096 -O encrypt image
		step mount -o loop image mounted
		tool mkdir mounted/secret
		tool fscrypt mounted mounted/secret
		tool copy "$PROBES/$KIND" mounted/secret/file
		tool copy "$PROBES/allowed" mounted/secret/allowed
		step umount mounted
	fi
	fscrypt_mounted attempt open open mounted/secret/file
	fscrypt_mounted attempt exec exec mounted/secret/file
	CONTROL_WANT=42 fscrypt_mounted attempt say open mounted/secret/allowed
	CONTROL_WANT=43 fscrypt_mounted attempt say exec mounted/secret/allowed
}

# Each time a new mount: nothing about the inode is known to the kernel.
fscrypt_mounted() {
	step mount -o loop image mounted
	tool fscrypt mounted
	"$@"
	step umount mounted
}

row_104_dax() {
	# The emulated arm64 has no such memory.
	[ -b /dev/pmem0 ] || [ "$HOSTTYPE" = x86_64 ] || return
	[ -b /dev/pmem0 ] || { fails "no /dev/pmem0: run with --append 'memmap=64M!1G'"; return; }
	tool mkdir mounted
	control && step mkfs.ext4 -q -F -b 4096 /dev/pmem0
	step mount -o dax=always /dev/pmem0 mounted
	tool unvault "$PROBES/$KIND.vault" mounted/file
	tool unvault "$PROBES/allowed.vault" mounted/allowed
	grep -q " $PWD/mounted .*dax=always" /proc/mounts || fails "not mounted with DAX"
	attempt exec exec mounted/file
	attempt map map-file mounted/file
	CONTROL_WANT=43 attempt say exec mounted/allowed
	step umount mounted
}

filesystems_ready ext4
modprobe -q fuse
modprobe -q nd_e820
modprobe -q nd_pmem
policy_ready
run_rows p "banned marked running"
rows_report
umount /mnt/nfs 2>/dev/null
