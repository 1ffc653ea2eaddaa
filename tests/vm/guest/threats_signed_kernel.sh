#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Row 46: kernel modules known by who signed them: one of the kernel's own, as its distribution signed it, and
# the same code signed by others. Rows 39 and 103 again, of what the file system says of a file: rules by
# fs-verity digest, of both algorithms, warm and cold, and by the key that signed for IMA; and both put on a
# file that was allowed and cached.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

SIGNED=$PROBES/signed
NAME=ts_bm
KO=$BASE/ext4
KEY_ID=0badc0de
# struct signature_v2_hdr: type, version, sha256, key ID, size, and 8 bytes of a signature.
IMA_BANNED=0x030204${KEY_ID}00080102030405060708
IMA_OTHER=0x03020400c0ffee00080102030405060708

# --- modules. Their orders are of the operation load alone, so that each way in is reached.

debian() { ORDER=threats-debian RULE=certificate attempt "$@"; }
vendor() { ORDER=threats-publisher RULE=publisher attempt "$@"; }

row_46_finit_module() {
	only ext4 || return
	debian load finit-module "$KO/own.ko" 0 $NAME
}
row_46_init_module() {
	only ext4 || return
	debian load init-module "$KO/own.ko" $NAME
}

# Uncompressed by finit_module; what is compressed modprobe decompresses itself, for init_module.
row_46_modprobe() {
	only ext4 || return
	ENFORCED_WANT=refused debian load succeeds modprobe $NAME
	! control || step rmmod $NAME
}

# finit_module of a compressed file (MODULE_INIT_COMPRESSED_FILE, 4): no hook sees what the kernel decompresses,
# so that it is told to be unable to. modprobe then does it itself and comes by init_module.
row_46_compressed() {
	only ext4 || return
	local file want=38
	for file in own.ko.xz unsigned.ko.xz; do
		! control || want=$COMPRESSED_WANT
		CONTROL_WANT=$want attempt say finit-module "$KO/$file" 4 $NAME
	done
	# Not announced as compressed: the kernel finds no ELF header.
	CONTROL_WANT="8|38" attempt say finit-module "$KO/own.ko.xz" 0 $NAME
}

row_46_by_publisher() {
	only ext4 || return
	vendor load finit-module "$KO/vendor.ko" 0 $NAME
	vendor load init-module "$KO/vendor.ko" $NAME
}

# Signed once more by somebody else: the first signature is still there.
row_46_signed_again() {
	only ext4 || return
	debian load finit-module "$KO/again.ko" 0 $NAME
	debian load init-module "$KO/again.ko" $NAME
}

row_46_others() {
	only ext4 || return
	local file
	for file in other unsigned; do
		attempt say finit-module "$KO/$file.ko" 0 $NAME
		attempt say init-module "$KO/$file.ko" $NAME
	done
}

# A byte behind it, or the signature taken away: for the kernel it is unsigned then.
row_46_stripped() {
	only ext4 || return
	attempt say finit-module "$KO/appended.ko" 0 $NAME
	attempt say init-module "$KO/appended.ko" $NAME
}

# --- fs-verity and IMA

verity() { ORDER=threats-verity RULE=fsverity attempt "$@"; }
ima() { ORDER=threats-ima RULE=key attempt "$@"; }

# sealed ALGORITHM: in its own file system, which is mounted anew before the first look.
sealed() {
	[ "$FS" = ext4 ] || return
	if control; then
		truncate -s 8M image
		step mkfs.ext4 -q -F -b 4096 -O verity image
		tool mkdir mounted
		step mount -o loop image mounted
		tool copy "$WORK/sealed" mounted/file
		tool verity mounted/file ${1:+"$1"}
		tool copy "$WORK/other" mounted/other
		tool verity mounted/other ${1:+"$1"}
		tool copy "$WORK/sealed" mounted/plain
	fi
	if [ "$PHASE" = cold ]; then
		tool umount mounted
		step mount -o loop image mounted
	fi
	verity open open mounted/file
	verity exec exec mounted/file
	# Of another digest, and with the same content but no fs-verity.
	CONTROL_WANT=42 attempt say open mounted/other
	CONTROL_WANT=42 attempt say exec mounted/plain
	if [ "$PHASE" = warm ]; then
		tool umount mounted
	fi
}

row_103_verity_sha256() { sealed ''; }
row_103_verity_sha512() { sealed sha512; }

# Allowed, and known to be, until it is sealed.
row_103_verity_later() {
	only ext4 || return
	tool copy "$WORK/sealed" "file-$PHASE"
	attempt say open "file-$PHASE"
	attempt say open "file-$PHASE"
	tool verity "file-$PHASE"
	verity open open "file-$PHASE"
	verity exec exec "./file-$PHASE"
}

# The first descriptor was there before; what is mapped through it is judged by what holds now.
row_103_verity_later_held() {
	only ext4 || return
	tool copy "$WORK/sealed" "file-$PHASE"
	ask - hold "file-$PHASE"
	local held=$STATUS
	attempt say open "file-$PHASE"
	tool verity "file-$PHASE"
	verity map map-inherited "$held"
}

row_39_ima_signature() {
	local file=file-$PHASE
	tool copy "$WORK/sealed" "$file"
	attempt say open "$file"
	attempt say open "$file"
	step setfattr -n security.ima -v $IMA_BANNED "$file"
	ima open open "$file"
	CONTROL_WANT=42 ima exec exec "./$file"
	# Signed anew by another key, it is allowed again.
	step setfattr -n security.ima -v $IMA_OTHER "$file"
	attempt say open "$file"
}

filesystems_ready ext4 tmpfs overlay
python3 "$(dirname "$VM_LIB")/modules.py" "$(modinfo -n $NAME)" "$SIGNED" "$KO" || bail "no modules"
# 6.1 is built without it.
case $KREL in 6.1.*) COMPRESSED_WANT=95 ;; *) COMPRESSED_WANT=42 ;; esac
cp "$PROBES/banned" sealed
# Of other content than what is banned by its hash.
printf 'sealed' >>sealed
cp "$PROBES/allowed" other
chmod 755 sealed other
policy_ready
loads_only() { sed 's/^match:/operations: [load]\n&/'; }
{
	order_text threats-debian | loads_only
	interdict id --json "$KO/own.ko" | grep -o '"is:[0-9a-f]*"' | sed 's/^/  - certificate: /'
} >"$WORK/policy/orders/threats-debian.yaml"
{
	order_text threats-publisher | loads_only
	cat "$SIGNED/rules/publisher"
} >"$WORK/policy/orders/threats-publisher.yaml"
{
	order_text threats-verity
	printf '  - fsverity: %s\n' "sha256:$(fsverity digest --compact --hash-alg=sha256 sealed)" \
		"sha512:$(fsverity digest --compact --hash-alg=sha512 sealed)"
} >"$WORK/policy/orders/threats-verity.yaml"
{
	order_text threats-ima
	printf '  - key: ima:%s\n' $KEY_ID
} >"$WORK/policy/orders/threats-ima.yaml"
run_rows k x
PHASE=after ROW=row_46_record
record_settle
# Where there is no file there is no path; fs-verity's digest is the kernel's own word, and no claim.
denials() {
	jq -r 'select(.event == "denied") |
		if .order == "threats-publisher" then [.op, .rule, .claimed, .file.path, .file.publisher]
		elif .order == "threats-verity" then [.rule, .claimed]
		else empty end | @json' "$RECORD" | sort -u
}
expect "denials" '["fsverity",false]
["load","publisher",true,"'"$KO"'/vendor.ko","Vendor banned by publisher"]
["load","publisher",true,null,"Vendor banned by publisher"]' "$(denials)"
rows_report
