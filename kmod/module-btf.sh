#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: module-btf.sh KO KDIR RELEASE
# Gives KO its BTF where kbuild could not, because the headers have no vmlinux (Debian's of 6.1).
# Without BTF the module loads, but its kfuncs cannot be called: enforcement would be degraded.
# VMLINUZ and BTFIDS_TOOL name the kernel image and the tool, if they are not in the usual places.
set -eu
ko=$1 kdir=$2 release=$3

lacks() {
	echo "interdict.ko for $release has no BTF: $*" >&2
	echo "Enforcement with it would be degraded (exec and map only)." >&2
	exit 1
}

sections() { LC_ALL=C readelf -SW "$1"; }

if sections "$ko" | grep -q ' \.BTF '; then
	exit 0
fi
command -v pahole >/dev/null || lacks "pahole is missing (package dwarves)"

btfids=${BTFIDS_TOOL:-}
for candidate in "$kdir/tools/bpf/resolve_btfids/resolve_btfids" \
	/usr/lib/linux-kbuild-*/tools/bpf/resolve_btfids/resolve_btfids; do
	[ -z "$btfids" ] && [ -x "$candidate" ] && btfids=$candidate
done
[ -n "$btfids" ] || lacks "resolve_btfids is missing (package linux-kbuild-6.12 or newer)"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The image's payload, by its boot header (Documentation/arch/x86/boot.rst: setup_sects at 0x1f1,
# payload_offset at 0x248 and payload_length at 0x24c count from the end of the setup sectors).
number() { od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }
unpack() {
	local sectors offset length magic
	[ "$(dd if="$1" bs=1 skip=514 count=4 status=none)" = HdrS ] || lacks "$1 is not a bzImage"
	sectors=$(number "$1" 497 1)
	[ "$sectors" != 0 ] || sectors=4
	offset=$(($(number "$1" 584 4) + (sectors + 1) * 512))
	length=$(number "$1" 588 4)
	tail -c +$((offset + 1)) "$1" | head -c "$length" >"$work/payload"
	magic=$(od -An -v -tx1 -N 4 "$work/payload" | tr -d ' ')
	# The decompressors complain about the length that follows the stream; what counts is the ELF.
	case $magic in
	1f8b*) gzip -dc ;;
	fd377a58) xz -dc ;;
	28b52ffd) zstd -dc ;;
	02214c18) lz4 -dc ;;
	425a68*) bzip2 -dc ;;
	*) lacks "$1 is compressed in an unknown way ($magic)" ;;
	esac <"$work/payload" >"$work/vmlinux" 2>"$work/log" || true
	[ "$(head -c 4 "$work/vmlinux" | tail -c 3)" = ELF ] || lacks "$1 cannot be decompressed: $(cat "$work/log")"
}

base=$work/base
if [ -e "$kdir/vmlinux" ]; then
	objcopy --dump-section .BTF="$base" "$kdir/vmlinux" /dev/null
elif [ "$(uname -r)" = "$release" ] && [ -r /sys/kernel/btf/vmlinux ]; then
	cp /sys/kernel/btf/vmlinux "$base"
else
	image=${VMLINUZ:-/boot/vmlinuz-$release}
	[ -r "$image" ] || lacks "there is no $image to take the kernel's BTF from"
	unpack "$image"
	objcopy --dump-section .BTF="$base" "$work/vmlinux" "$work/unused" ||
		lacks "$image has none itself"
fi

# The pahole of Debian 12 knows these flags; they are what 6.1's own build uses.
LLVM_OBJCOPY=objcopy pahole -J --btf_gen_floats --btf_base "$base" "$ko"
"$btfids" -b "$base" "$ko"
sections "$ko" | grep -q ' \.BTF ' || lacks "pahole made none; does the kernel have CONFIG_DEBUG_INFO?"
