# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Secure Boot: OVMF with variables in which a key for tests ("snakeoil") is platform key, key exchange key and
# the one that is trusted (db). All are of the package ovmf, and so is the private key.

OVMF_CODE=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd
OVMF_VARS=/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd
OVMF_KEY=/usr/share/ovmf/PkKek-1-snakeoil

# secure_boot_ready DIR IMAGE: signs a copy of IMAGE, DIR/vmlinuz.signed, in place of the distribution's signature;
# sets SECURE_BOOT_QEMU, options for QEMU.
secure_boot_ready() {
	local dir=$1 image=$2
	need sbsign sbattach openssl
	[ -e "$OVMF_VARS" ] || die "OVMF is missing: run 'make deps' (as root)"
	openssl rsa -in "$OVMF_KEY.key" -passin pass:snakeoil -out "$dir/snakeoil.key" 2>"$dir/openssl.log" ||
		die "$OVMF_KEY.key cannot be read: $(cat "$dir/openssl.log")"
	cp "$image" "$dir/vmlinuz"
	sbattach --remove "$dir/vmlinuz" >/dev/null 2>&1 || true
	sbsign --key "$dir/snakeoil.key" --cert "$OVMF_KEY.pem" --output "$dir/vmlinuz.signed" "$dir/vmlinuz" \
		>"$dir/sbsign.log" 2>&1 || die "the kernel cannot be signed: $(cat "$dir/sbsign.log")"
	cp "$OVMF_VARS" "$dir/ovmf-vars.fd"
	# The variables may be written in system management mode only: what Secure Boot rests on.
	# shellcheck disable=SC2034,SC2054 # used by those who source this file; commas are QEMU's
	SECURE_BOOT_QEMU=(-machine "q35,smm=on" -global driver=cfi.pflash01,property=secure,value=on
		-drive "if=pflash,unit=0,format=raw,readonly=on,file=$OVMF_CODE"
		-drive "if=pflash,unit=1,format=raw,file=$dir/ovmf-vars.fd")
}

# secure_boot_sign DIR MODULE: as DKMS does it, with the kernel's own tool. After secure_boot_ready.
secure_boot_sign() {
	local tool
	tool=$("$VM_DIR/cache" headers 6.12)/scripts/sign-file
	"$tool" sha256 "$1/snakeoil.key" "$OVMF_KEY.pem" "$2" || die "$2 cannot be signed"
}
