# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Kernels of the matrix: image, modules and headers from the archive's packages, in the cache.
#
# $CACHE/kernels/NAME is a link to $CACHE/kernels/RELEASE, which holds
#	release		the kernel's release
#	vmlinuz		the image
#	tree/		lib/modules/RELEASE, as in the package
#	modules.ext4	the same as an image, without names above RELEASE
#	initrd.cpio	busybox and what is needed to find the root image
# NAME is 6.1, 6.12 or 7: the cloud flavours, which boot fastest. NAME-generic is the flavour for
# everything; what the cloud ones lack and a test may want: 9p (client) and f2fs. Of arm64 there is no 7:
# its modules would need a trixie that builds for another machine.

MATRIX="6.1 6.12 7"

# kernel_release NAME: the newest release in the archive for which there are headers as well.
kernel_release() {
	local flavour=cloud-$VM_ARCH pattern
	case $1 in *-generic) flavour=$VM_ARCH ;; esac
	case ${1%-generic} in
	6.1) pattern='6\.1\.0-[0-9]+' ;;
	6.12) pattern='6\.12\.[0-9]+[+]deb12' ;;
	# Only what is built for trixie: sid's own headers need a compiler that trixie does not have.
	7) pattern='7\.[0-9]+\.[0-9]+[+]deb13' ;;
	*) die "no such kernel in the matrix: $1 (there are $MATRIX, each also with -generic)" ;;
	esac
	[ "$VM_ARCH-${1%-generic}" != arm64-7 ] || die "there is no 7 for arm64"
	private_apt apt-cache pkgnames linux-headers- |
		grep -xE "linux-headers-$pattern-$flavour" | sed 's/^linux-headers-//' | sort -V | tail -n 1
}

# kernel_packages RELEASE: the packages that hold its image and its modules. One up to 7.0, three since.
kernel_packages() {
	if private_apt apt-cache show "linux-modules-$1" >/dev/null 2>&1; then
		echo "linux-base-$1 linux-binary-$1 linux-modules-$1"
	else
		echo "linux-image-$1"
	fi
}

# kernel_header_packages RELEASE: headers, common headers and the programs that kbuild runs.
kernel_header_packages() {
	echo "linux-headers-$1"
	private_apt apt-cache show --no-all-versions "linux-headers-$1" | sed -n 's/^Depends: //p' |
		tr ',' '\n' | tr '|' '\n' | sed 's/(.*//; s/ //g' | grep -E '^linux-(headers-.*-common|kbuild-)' | sort -u
}

kernel_fetch() {
	local name=$1 rel dir deb modules
	rel=$(kernel_release "$name")
	[ -n "$rel" ] || die "the archive has no kernel for $name"
	dir=$CACHE/kernels/$rel.new
	rm -rf "$dir"
	mkdir -p "$dir/tree"
	say "fetching kernel $rel"
	# shellcheck disable=SC2046 # a list of names
	fetch_packages "$dir/deb" $(kernel_packages "$rel")
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir/x"
	done
	mv "$dir"/x/boot/vmlinuz-* "$dir/vmlinuz" 2>/dev/null || mv "$dir/x/usr/lib/modules/$rel/vmlinuz" "$dir/vmlinuz"
	mkdir -p "$dir/tree/lib/modules/$rel"
	for modules in "$dir/x/lib/modules/$rel" "$dir/x/usr/lib/modules/$rel"; do
		[ ! -d "$modules" ] || cp -al "$modules/." "$dir/tree/lib/modules/$rel/"
	done
	rm -rf "$dir/x" "$dir/deb" "$dir/tree/lib/modules/$rel/"{build,source}
	depmod -b "$dir/tree" "$rel"
	ext4_image "$dir/tree/lib/modules" "$dir/modules.ext4"
	initrd_make "$dir/tree" "$rel" "$dir/initrd.cpio"
	echo "$rel" >"$dir/release"
	rm -rf "$CACHE/kernels/$rel"
	mv "$dir" "$CACHE/kernels/$rel"
	ln -sfn "$rel" "$CACHE/kernels/$name"
}

# kernel_ready NAME: is there, and used.
kernel_ready() {
	case ${1%-generic} in 6.1 | 6.12 | 7) ;; *) kernel_release "$1" ;; esac
	if ! [ -e "$CACHE/kernels/$1/release" ]; then
		private_apt_ready
		once "kernel-$1" "$CACHE/kernels/$1/release" kernel_fetch "$1"
	fi
	kernel_use "$CACHE/kernels/$1"
}

# kernel_own IMAGE MODULES KDIR DIR: the same in DIR, of a bzImage, with the modules installed in MODULES or else those
# that were built in KDIR; either may be empty. Without modules there is no modules.ext4, and an empty tree/.
kernel_own() {
	local image=$1 modules=$2 kdir=$3 dir=$4 rel tree installed
	rel=$(bzimage_release "$image")
	tree=$dir/tree
	rm -rf "$dir"
	mkdir -p "$tree"
	if [ -n "$modules" ]; then
		mkdir -p "$tree/lib/modules"
		for installed in "$modules/lib/modules/$rel" "$modules/$rel" "$modules"; do
			[ -d "$installed/kernel" ] || [ -e "$installed/modules.dep" ] || continue
			cp -a "$installed" "$tree/lib/modules/$rel"
			break
		done
		[ -d "$tree/lib/modules/$rel" ] || die "$modules has no modules of $rel"
	elif [ -n "$kdir" ] && [ -s "$kdir/modules.order" ]; then
		quietly "$dir/modules.log" make -C "$kdir" modules_install INSTALL_MOD_PATH="$tree" ||
			die "modules_install in $kdir failed"
	fi
	if [ -d "$tree/lib/modules" ]; then
		rm -f "$tree/lib/modules/$rel/"{build,source}
		depmod -b "$tree" "$rel"
		ext4_image "$tree/lib/modules" "$dir/modules.ext4"
	fi
	initrd_make "$tree" "$rel" "$dir/initrd.cpio"
	cp "$image" "$dir/vmlinuz"
	echo "$rel" >"$dir/release"
}

# kernel_use DIR: sets KERNEL_DIR and KERNEL_RELEASE.
kernel_use() {
	KERNEL_DIR=$(readlink -f "$1")
	# shellcheck disable=SC2034 # used by those who source this file
	KERNEL_RELEASE=$(cat "$KERNEL_DIR/release")
}

# module_ready NAME: interdict.ko for that kernel, whose release is $KERNEL_RELEASE, is newer than what it is built of.
module_ready() {
	# shellcheck disable=SC2153 # of common.sh
	local ko=$TREE/$BUILD/modules/$KERNEL_RELEASE/interdict.ko
	[ -e "$TREE/kmod/Kbuild" ] || return 0
	[ -e "$ko" ] && [ -z "$(find "$TREE/kmod" "$TREE/Kbuild" -newer "$ko" -print -quit)" ] ||
		"${VM_MAKE[@]}" -s -C "$TREE" "module-$1" >/dev/null || die "interdict.ko cannot be built for $KERNEL_RELEASE"
}

# ext4_image DIR FILE: an ext4 image of DIR with some room for what a run adds.
ext4_image() {
	local kib
	kib=$(du -sk "$1" | cut -f 1)
	rm -f "$2"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0,lazy_itable_init=0 -d "$1" "$2" $((kib * 5 / 4 + 32768))k >/dev/null
}

# depmod_make KO TREE RELEASE DIR: puts into DIR what modprobe reads, for the modules of TREE (empty: it
# has none) and KO. depmod_anew: and removes those of earlier KOs beside it.
depmod_make() {
	local ko=$1 tree=$2 rel=$3 dir=$4 all=$4.new modules=$4.new/lib/modules/$3
	rm -rf "$all"
	mkdir -p "$modules"
	if [ -n "$tree" ]; then
		# depmod replaces its files by rename, so the linked originals stay as they are.
		cp -al "$tree/lib/modules/$rel/." "$modules/" 2>/dev/null || cp -a "$tree/lib/modules/$rel/." "$modules/"
	else
		touch "$modules/modules."{order,builtin,builtin.modinfo}
	fi
	mkdir -p "$modules/extra"
	cp "$ko" "$modules/extra/interdict.ko"
	depmod -b "$all" "$rel"
	mkdir "$all/found"
	cp "$modules"/modules.*.bin "$modules"/modules.{dep,alias,symbols,softdep} "$all/found/"
	mv "$all/found" "$dir"
	rm -rf "$all"
}
depmod_anew() {
	rm -rf "${4%/*}"/depmod.*
	depmod_make "$@"
}

# busybox_ready: sets BUSYBOX, a static one that runs in the guest.
busybox_fetch() {
	local dir=$1.new
	rm -rf "$dir"
	private_apt_ready
	fetch_packages "$dir" busybox-static
	dpkg-deb --fsys-tarfile "$dir"/*.deb | tar -x -O -f - --wildcards '*/busybox' >"$dir/busybox"
	chmod 755 "$dir/busybox"
	mv "$dir/busybox" "$1"
	rm -rf "$dir"
}
busybox_ready() {
	BUSYBOX=$(command -v busybox) || true
	[ "$VM_ARCH" != amd64 ] || { need busybox; return; }
	BUSYBOX=$CACHE/busybox
	once busybox "$BUSYBOX" busybox_fetch "$BUSYBOX"
}

# initrd_make TREE RELEASE FILE: all but its init: busybox, and the modules between firmware and root image,
# decompressed, in the order to load them. An empty TREE means that all is built in.
initrd_make() {
	local tree=$1 rel=$2 dir=$3.dir module file n=0
	rm -rf "$dir"
	mkdir -p "$dir"/{bin,dev,proc,sys,root,modules,payload}
	busybox_ready
	cp "$BUSYBOX" "$dir/bin/busybox"
	if [ -n "$tree" ]; then
		for module in pci_host_generic virtio_pci virtio_blk ext4; do
			# Lines are "insmod FILE" or "builtin NAME".
			modprobe -d "$tree" -S "$rel" --show-depends "$module" 2>/dev/null || true
		done | awk '$1 == "insmod" && !seen[$2]++ {print $2}' | while read -r file; do
			n=$((n + 1))
			case $file in
			*.xz) xz -dc "$file" ;;
			*.zst) zstd -dcq "$file" ;;
			*.gz) gzip -dc "$file" ;;
			*) cat "$file" ;;
			esac >"$dir/modules/$(printf %02d "$n").ko"
		done
	fi
	( cd "$dir" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet ) >"$3"
	rm -rf "$dir"
}

# bzimage_release FILE: the release string that the boot header points to (boot protocol, 0x20e); an arm64
# Image (Documentation/arch/arm64/booting.rst: a magic number at 56) has none, but says it when it boots.
bzimage_release() {
	local offset
	if [ "$VM_ARCH" = arm64 ]; then
		[ "$(dd if="$1" bs=1 skip=56 count=3 status=none)" = ARM ] || die "$1 is no Image of arm64"
		grep -aom 1 'Linux version [0-9][^ ]*' "$1" | head -n 1 | cut -d ' ' -f 3
		return
	fi
	[ "$(dd if="$1" bs=1 skip=514 count=4 status=none)" = HdrS ] || die "$1 is not a bzImage"
	offset=$(od -An -tu2 -j 526 -N 2 "$1" | tr -d ' ')
	dd if="$1" bs=1 skip=$((offset + 512)) count=128 status=none | tr '\0' '\n' | head -n 1 | cut -d ' ' -f 1
}

# headers_fetch NAME: an unpacked KDIR beside the kernel: $CACHE/headers/RELEASE/usr/src/linux-headers-RELEASE.
headers_fetch() {
	local name=$1 rel=$2 dir=$CACHE/headers/$2.new deb packages
	say "fetching headers of $rel"
	rm -rf "$dir"
	mkdir -p "$dir"
	packages=$(kernel_header_packages "$rel")
	# The programs that kbuild runs are this machine's.
	(
		arch_use amd64
		private_apt_ready
		# shellcheck disable=SC2046 # a list of names
		fetch_packages "$dir/deb" $(grep '^linux-kbuild-' <<<"$packages")
	)
	# shellcheck disable=SC2046 # a list of names
	fetch_packages "$dir/deb" $(grep -v '^linux-kbuild-' <<<"$packages")
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$dir/deb"
	# The package's Makefile names the common headers by their installed path.
	sed -i "s|/usr/src/|$CACHE/headers/$rel/usr/src/|" "$dir/usr/src/linux-headers-$rel/Makefile"
	rm -rf "$CACHE/headers/$rel"
	mv "$dir" "$CACHE/headers/$rel"
}

# headers_ready NAME: sets KDIR (and KERNEL_DIR, KERNEL_RELEASE).
headers_ready() {
	kernel_ready "$1"
	private_apt_ready
	# shellcheck disable=SC2034 # used by those who source this file
	KDIR=$CACHE/headers/$KERNEL_RELEASE/usr/src/linux-headers-$KERNEL_RELEASE
	once "headers-$1" "$KDIR" headers_fetch "$1" "$KERNEL_RELEASE"
}
