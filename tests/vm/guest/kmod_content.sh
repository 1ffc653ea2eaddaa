#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with kmod --timeout 300 --virtiofs build/guest/probes --append memmap=64M!1G
# The module's SHA-256 of a file is sha256sum's, by a descriptor that cannot read it: on each file
# system that is read through the page cache, cold and warm, and under overlayfs.
set -eu
# shellcheck source=tests/vm/guest/lib.sh
. "${VM_LIB:?}"

CACHEABLE=1 WRITERS=16
mnt=/mnt/kmod
mkdir -p $mnt

modprobe interdict || bail "interdict.ko cannot be loaded"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security

# same FLAGS FILE...: all identified, with these flags, as sha256sum says.
same() {
	local flags=$1
	shift
	identify "$@" >have.all || { cat have.all; return 1; }
	awk -v flags="$flags" '{ print ($3 == flags ? $4 : "flags:" $3) "  " $6 }' have.all >have
	sha256sum "$@" >want
	diff have want
}

# Sizes around a page and around what is hashed at once; holes at the beginning, inside, at the end.
make_files() { # DIR
	local size
	for size in 0 1 4095 4096 4097 65536 70001 400003; do
		head -c $size random >"$1/size-$size"
	done
	truncate -s 1000001 "$1/hole"
	dd if=random of="$1/hole" bs=4096 count=3 seek=100 conv=notrunc status=none
	dd if=random of="$1/hole-first" bs=1000 count=3 seek=300 status=none
}

copy_files() { # DIR
	cp --sparse=always files/* "$1"
	sync -f "$1"
}

again() { # MOUNT-ARGS...: mounted anew, nothing cached
	umount $mnt
	mount "$@" $mnt
	echo 3 >/proc/sys/vm/drop_caches
}

# writable NAME MKFS...
writable() {
	local name=$1 type=$1 flags=${FLAGS:-$CACHEABLE}
	shift
	if ! modprobe -q "$type" && ! grep -qw "$type" /proc/filesystems; then
		skip_optional "$name: cold" "this kernel has no $type"
		skip_optional "$name: warm" "this kernel has no $type"
		return
	fi
	wipefs -qa "$SCRATCH_DEV"
	"$@" "$SCRATCH_DEV" >mkfs.log 2>&1 || { not_ok "$name: mkfs"; diag "$(cat mkfs.log)"; return; }
	mount -t "$type" "$SCRATCH_DEV" $mnt
	copy_files $mnt
	again -t "$type" "$SCRATCH_DEV"
	# What is cold is asked of the module first, and of sha256sum then.
	check "$name: cold" same "$flags" $mnt/*[0-9e]
	check "$name: warm" same "$flags" $mnt/*[0-9e]
	umount $mnt
}

# image NAME FILE: read-only.
image() {
	modprobe -q loop
	if ! modprobe -q "$1"; then
		skip_optional "$1: cold" "this kernel has no $1"
		skip_optional "$1: warm" "this kernel has no $1"
		return
	fi
	mount -t "$1" -o loop,ro "$2" $mnt
	check "$1: cold" same $CACHEABLE $mnt/*[0-9e]
	check "$1: warm" same $CACHEABLE $mnt/*[0-9e]
	umount $mnt
}

plan 29
head -c 1500000 /dev/urandom >random
mkdir files
make_files files

writable ext4 mkfs.ext4 -q -F
writable xfs mkfs.xfs -q -f
writable btrfs mkfs.btrfs -q -f
writable vfat mkfs.vfat
# Read like the others, and never kept.
FLAGS=0 writable f2fs mkfs.f2fs -q -f

mksquashfs files image.squashfs -quiet -no-progress >image.log
image squashfs image.squashfs
mkfs.erofs -zlz4 image.erofs files >image.log 2>&1 || mkfs.erofs image.erofs files >image.log 2>&1
image erofs image.erofs
genisoimage -quiet -r -o image.iso files 2>image.log
image iso9660 image.iso

mount -t tmpfs tmpfs $mnt
copy_files $mnt
fallocate -l 100000 $mnt/allocated-size
check "tmpfs, with holes" same $CACHEABLE $mnt/*[0-9e]
before=$(du -k $mnt/hole | cut -f 1)
check "tmpfs: holes stay holes" test "$before" -lt 100
umount $mnt
mount -t ramfs ramfs $mnt
copy_files $mnt
check "ramfs" same $CACHEABLE $mnt/*[0-9e]
umount $mnt

# Swapped out: written by a process in a memory cgroup, which is then emptied.
mkswap -q "$SCRATCH_DEV2" 2>/dev/null || mkswap "$SCRATCH_DEV2" >/dev/null
swapon "$SCRATCH_DEV2"
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || true
mkdir -p /sys/fs/cgroup/kmod
mount -t tmpfs tmpfs $mnt
( echo $BASHPID >/sys/fs/cgroup/kmod/cgroup.procs && cp random $mnt/random )
for _ in 1 2 3 4 5; do echo 8M >/sys/fs/cgroup/kmod/memory.reclaim 2>/dev/null || true; done
swapped=$(cat /sys/fs/cgroup/kmod/memory.swap.current)
diag "swapped out: $swapped bytes"
check "tmpfs: the file is swapped out" test "$swapped" -gt 1000000
check "tmpfs: swapped out" same $CACHEABLE $mnt/random
umount $mnt
swapoff "$SCRATCH_DEV2"

# overlayfs: the lower file, the upper one, and one of which only metadata was copied up.
modprobe -q overlay
mkfs.ext4 -q -F "$SCRATCH_DEV"
mkdir -p /mnt/base
mount "$SCRATCH_DEV" /mnt/base
mkdir /mnt/base/{lower,upper,work,upper2,work2}
copy_files /mnt/base/lower
mount -t overlay -o "lowerdir=/mnt/base/lower,upperdir=/mnt/base/upper,workdir=/mnt/base/work,metacopy=on,redirect_dir=on" overlay $mnt
echo 3 >/proc/sys/vm/drop_caches
check "overlayfs: lower, cold" same $CACHEABLE $mnt/*[0-9e]
chmod 755 $mnt/size-70001
mv $mnt/size-4097 $mnt/moved-size
[ "$(getfattr -n trusted.overlay.metacopy /mnt/base/upper/size-70001 2>/dev/null)" ] ||
	bail "overlayfs made no metadata-only copy"
check "overlayfs: metadata copied up" same $CACHEABLE $mnt/size-70001 $mnt/moved-size
echo 3 >/proc/sys/vm/drop_caches
check "overlayfs: metadata copied up, cold" same $CACHEABLE $mnt/size-70001 $mnt/moved-size
echo more >>$mnt/size-65536
check "overlayfs: copied up" same $CACHEABLE $mnt/size-65536
mount -t tmpfs tmpfs /mnt/base/upper2
mkdir /mnt/base/upper2/{upper,work}
mount -t overlay -o "lowerdir=$mnt,upperdir=/mnt/base/upper2/upper,workdir=/mnt/base/upper2/work" overlay $mnt
check "overlayfs on overlayfs" same $CACHEABLE $mnt/*[0-9e]
echo more >>$mnt/size-65536
check "overlayfs on overlayfs: copied up to tmpfs" same $CACHEABLE $mnt/size-65536
umount $mnt
umount /mnt/base/upper2
umount $mnt

# What is being written is said to be.
exec 9>>/mnt/base/lower/size-4096
check "a file that is open for writing" same $((CACHEABLE | WRITERS)) /mnt/base/lower/size-4096
exec 9>&-
check "and no longer is" same $CACHEABLE /mnt/base/lower/size-4096
umount /mnt/base

rmmod interdict
