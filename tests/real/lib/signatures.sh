# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What a file should be known by, without any code of Interdict: signatures are cut out of it by
# objdump, dd and unzip, and read by openssl.

# piece FILE OFFSET LENGTH
piece() {
	dd if="$1" iflag=skip_bytes,count_bytes skip="$2" count="$3" bs=64K status=none
}

# number_at FILE OFFSET TYPE: TYPE as od knows it; little endian, as od reads it here.
number_at() {
	od -An -v -t "$3" -j "$2" -N "${3#u}" "$1" | tr -d ' \n'
}

# elements FILE: of its DER, a line each: OFFSET DEPTH HEADER LENGTH TEXT
elements() {
	openssl asn1parse -inform DER -in "$1" 2>/dev/null |
		sed -nE 's/^ *([0-9]+):d=([0-9]+) +hl=([0-9]+) +l= *([0-9]+) (cons|prim): *(.*[^ ]) *$/\1 \2 \3 \4 \6/p'
}

# sids FILE: of each SignerInfo of a SignedData (RFC 5652, 5.3): OFFSET HEADER LENGTH is|skid
sids() {
	elements "$1" | awk '
		$2 == 3 && $5 == "SET" { sets++; next }
		sets == 2 && $2 == 4 && $5 == "SEQUENCE" { wanted = 1; next }
		wanted && $2 == 5 && $5 != "INTEGER" {
			print $1, $3, $4, $5 == "SEQUENCE" ? "is" : "skid"
			wanted = 0
		}'
}

# inner FILE: OFFSET LENGTH KIND of each nested signature (nested) and time stamp token (stamp).
inner() {
	elements "$1" | awk '
		{ for (depth in kinds) if (depth + 0 > $2 + 1) delete kinds[depth] }
		/OBJECT *:1\.3\.6\.1\.4\.1\.311\.2\.4\.1$/ { kinds[$2 + 1] = "nested" }
		/OBJECT *:(1\.3\.6\.1\.4\.1\.311\.3\.3\.1|id-smime-aa-timeStampToken)$/ { kinds[$2 + 1] = "stamp" }
		$2 in kinds && $5 == "SEQUENCE" { print $1, $3 + $4, kinds[$2] }'
}

# split_signature FILE.p7: writes its inner ones beside it, as FILE.nested0.p7, FILE.stamp0.p7 and so on.
split_signature() {
	local offset length kind i=0
	inner "$1" >"$1.inner"
	while read -r offset length kind; do
		piece "$1" "$offset" "$length" >"${1%.p7}.$kind$i.p7"
		i=$((i + 1))
	done <"$1.inner"
	rm "$1.inner"
}

# certificates FILE.p7: writes each as FILE.p7.N.der, and its identifiers as FILE.p7.N.der.ids.
certificates() {
	local offset length i=0
	elements "$1" | awk '
		$2 == 3 { inside = ($5 " " $6 " " $7 " " $8 == "cont [ 0 ]") }
		inside && $2 == 4 && $5 == "SEQUENCE" { print $1, $3 + $4 }' >"$1.list"
	while read -r offset length; do
		piece "$1" "$offset" "$length" >"$1.$i.der"
		identifiers "$1.$i.der" >"$1.$i.der.ids"
		i=$((i + 1))
	done <"$1.list"
	rm "$1.list"
}

sha256_of() { sha256sum | cut -d' ' -f1; }

# name_serial CERTIFICATE: SHA-256 of its IssuerAndSerialNumber (RFC 5652, 10.2.4), put together here.
name_serial() {
	local places serial_at serial_len issuer_at issuer_len len
	places=$(elements "$1" | awk '
		$2 == 2 && $5 == "INTEGER" && !s { s = $1 " " $3 + $4 }
		$2 == 2 && $5 == "SEQUENCE" && ++n == 2 { print s, $1, $3 + $4 }')
	read -r serial_at serial_len issuer_at issuer_len <<<"$places"
	len=$((serial_len + issuer_len))
	{
		if [ "$len" -lt 128 ]; then
			printf '%b' "\x30$(printf '\\x%02x' "$len")"
		elif [ "$len" -lt 256 ]; then
			printf '%b' "\x30\x81$(printf '\\x%02x' "$len")"
		else
			printf '%b' "\x30\x82$(printf '\\x%02x\\x%02x' $((len / 256)) $((len % 256)))"
		fi
		piece "$1" "$issuer_at" "$issuer_len"
		piece "$1" "$serial_at" "$serial_len"
	} | sha256_of
}

x509() { openssl x509 -inform DER -in "$@"; }

# text CERTIFICATE: what openssl prints of it, which is kept.
text() {
	[ -e "$1.text" ] || x509 "$1" -noout -pubkey -serial -subject -ext subjectKeyIdentifier \
		-nameopt multiline,utf8,-esc_msb >"$1.text" 2>/dev/null
	cat "$1.text"
}

spki() { text "$1" | openssl pkey -pubin -outform DER 2>/dev/null | sha256_of; }

skid() { text "$1" | sed -n '/Subject Key Identifier/{n;s/[^0-9A-Fa-f]//g;y/ABCDEF/abcdef/;p}'; }

# subject CERTIFICATE FIELD: organizationName or commonName; of several the last.
subject() { text "$1" | sed -n "s/^ *$2 *= //p" | tail -n 1; }

# Where there is no O, its CN.
publisher() {
	local name
	name=$(subject "$1" organizationName)
	[ -n "$name" ] || name=$(subject "$1" commonName)
	printf '%s\n' "$name"
}

serial() { text "$1" | sed -n 's/^serial=0*//p'; }

# identifiers CERTIFICATE: what whoever signed with it is known by, as claims() has it.
identifiers() {
	local text
	printf 'certificate der:%s\n' "$(sha256_of <"$1")"
	printf 'certificate is:%s\n' "$(name_serial "$1")"
	printf 'key spki:%s\n' "$(spki "$1")"
	text=$(skid "$1")
	[ -z "$text" ] || printf 'key skid:%s\n' "$text"
	text=$(publisher "$1")
	[ -z "$text" ] || printf 'publisher %s\n' "$text"
}

# signers FILE.p7: after certificates(). Of each signer: its certificate's file, or "is HEX", "skid HEX"
# where the set lacks it.
signers() {
	local offset header length kind value cert found id
	sids "$1" >"$1.sids"
	while read -r offset header length kind; do
		if [ "$kind" = is ]; then
			value=$(piece "$1" "$offset" $((header + length)) | sha256_of)
			id="certificate is:$value"
		else
			value=$(piece "$1" $((offset + header)) "$length" | od -An -v -tx1 | tr -d ' \n')
			id="key skid:$value"
		fi
		found=
		for cert in "$1".*.der; do
			[ ! -e "$cert" ] || ! grep -qxF "$id" "$cert.ids" || found=$cert
		done
		printf '%s\n' "${found:-$kind $value}"
	done <"$1.sids"
	rm "$1.sids"
}

# expected FILE.p7...: all identifiers of all signers, sorted; nested signatures are given as files.
# Time stamps are not. Leaves FILE.p7.signers.
expected() {
	local file signer
	for file; do
		signers "$file" >"$file.signers"
		while read -r signer; do
			case $signer in
			is\ *) printf 'certificate %s\n' "${signer/ /:}" ;;
			skid\ *) printf 'key %s\n' "${signer/ /:}" ;;
			*) cat "$signer.ids" ;;
			esac
		done <"$file.signers"
	done | sort -u
}

# pe_signatures FILE DIR: each PKCS#7 entry of the certificate table, as DIR/N.p7.
pe_signatures() {
	local entry offset size end len type i=0
	entry=$(objdump -p "$1" 2>/dev/null | sed -nE 's/^Entry 4 ([0-9a-f]+) ([0-9a-f]+) Security Directory.*/\1 \2/p')
	[ -n "$entry" ] || return 0
	offset=$((16#${entry% *}))
	size=$((16#${entry#* }))
	end=$((offset + size))
	while [ $((offset + 8)) -le "$end" ]; do
		len=$(number_at "$1" "$offset" u4)
		type=$(number_at "$1" $((offset + 6)) u2)
		[ "$len" -ge 8 ] || break
		if [ "$type" = 2 ]; then
			piece "$1" $((offset + 8)) $((len - 8)) >"$2/$i.p7"
			i=$((i + 1))
		fi
		offset=$((offset + (len + 7) / 8 * 8))
	done
}

# appended_signature FILE DIR: of a kernel module (struct module_signature), as DIR/0.p7.
appended_signature() {
	local size len
	[ "$(tail -c 28 "$1" | tr -d '\0')" = '~Module signature appended~' ] || return 0
	size=$(stat -Lc %s "$1")
	len=$((16#$(piece "$1" $((size - 32)) 4 | od -An -v -tx1 | tr -d ' \n')))
	piece "$1" $((size - 40 - len)) "$len" >"$2/0.p7"
}

# jar_signatures FILE DIR: of META-INF/, as DIR/N.p7.
jar_signatures() {
	local name i=0
	unzip -Z1 "$1" 2>/dev/null | grep -E '^META-INF/[^/]*\.(RSA|DSA|EC)$' >"$2/names" || return 0
	while read -r name; do
		unzip -p "$1" "$name" >"$2/$i.p7"
		i=$((i + 1))
	done <"$2/names"
}
