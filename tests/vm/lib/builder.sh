# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# interdict.ko for the kernels of the matrix. 6.1 and 6.12 build with this machine's compiler. 7.x
# needs a newer compiler and pahole: those of trixie, in a small root of its own in the cache.

BUILDER_PACKAGES="gcc-14 make dwarves libelf1t64 zlib1g"

builder_make() {
	local dir=$1.new
	say "making a trixie with a compiler for 7.x modules (about a minute)"
	rm -rf "$dir"
	mkdir -p "$CACHE/builder"
	bootstrap "$TRIXIE" "$dir" "$BUILDER_PACKAGES"
	rm -rf "$dir"/var/cache/apt/archives/*.deb "$dir"/usr/share/{doc,man,locale}/*
	rm -rf "$1"
	mv "$dir" "$1"
}

builder_headers() {
	local dir=$1 rel=$2 deb
	say "fetching headers of $rel"
	rm -rf "$dir/deb"
	# shellcheck disable=SC2046 # a list of names
	fetch_packages "$dir/deb" $(kernel_header_packages "$rel")
	for deb in "$dir"/deb/linux-*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" --keep-directory-symlink -f -
	done
	rm -rf "$dir/deb"
	touch "$dir/usr/src/linux-headers-$rel/.complete"
}

# builder_ready NAME: sets BUILDER (and KERNEL_DIR, KERNEL_RELEASE), a root with its headers in it.
builder_ready() {
	kernel_ready "$1"
	private_apt_ready
	BUILDER=$CACHE/builder/trixie-$(image_key "$BUILDER_PACKAGES" 1)
	once builder "$BUILDER" builder_make "$BUILDER"
	once "headers-$1" "$BUILDER/usr/src/linux-headers-$KERNEL_RELEASE/.complete" \
		builder_headers "$BUILDER" "$KERNEL_RELEASE"
}

# module_in_builder NAME: copies the sources in, builds, copies interdict.ko out.
module_in_builder() {
	local place rel result propagation=private
	need_root "building in a root of its own"
	builder_ready "$1"
	rel=$KERNEL_RELEASE
	# One place for each source tree, so that several can build and each builds only what changed.
	place=/build/$(printf %s "$TREE" | sha256sum | cut -c 1-12)
	mkdir -p "$BUILDER$place/kmod"
	cp -pu "$TREE/Kbuild" "$BUILDER$place/"
	cp -pruT "$TREE/kmod" "$BUILDER$place/kmod"
	cp -pruT "$TREE/bpf" "$BUILDER$place/bpf"
	# objtool wants /proc; the mount is seen here only and ends with the build. In a chroot there is no
	# mount of / whose propagation could be changed, so it is undone, for whoever may have seen it.
	unshare --mount --propagation $propagation true 2>/dev/null || propagation=unchanged
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation $propagation sh -c '
		mount -t proc proc "$1/proc" && chroot "$@"
		status=$?
		umount "$1/proc"
		exit $status' sh "$BUILDER" make -s --no-print-directory -C "$place" -f kmod/Makefile.inc module B=build \
		KDIR="/usr/src/linux-headers-$rel" WERROR="${WERROR:-}" >&2
	result=$TREE/build/modules/$rel
	mkdir -p "$result"
	cp "$BUILDER$place/build/modules/$rel/interdict.ko" "$result/interdict.ko.new"
	mv "$result/interdict.ko.new" "$result/interdict.ko"
}

# module_here NAME: with this machine's compiler.
module_here() {
	local btfids=''
	if [ "${1%-generic}" = 6.1 ]; then
		# The headers of 6.1 lack it, those of 6.12 have it.
		headers_ready 6.12
		btfids=$KDIR/tools/bpf/resolve_btfids/resolve_btfids
	fi
	headers_ready "$1"
	"${VM_MAKE[@]}" -s --no-print-directory -C "$TREE" module KDIR="$KDIR" KREL="$KERNEL_RELEASE" \
		VMLINUZ="$KERNEL_DIR/vmlinuz" BTFIDS_TOOL="$btfids" WERROR="${WERROR:-}" >&2
}

# module_for NAME: $BUILD/modules/RELEASE/interdict.ko
module_for() {
	local fd
	mkdir -p "$TREE/$BUILD/modules"
	exec {fd}>"$TREE/$BUILD/modules/lock-$1"
	flock "$fd"
	case $1 in
	7*) ( module_in_builder "$1" ) {fd}>&- ;;
	*) ( module_here "$1" ) {fd}>&- ;;
	esac
	exec {fd}>&-
}
