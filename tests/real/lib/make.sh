# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Keys, certificates and signed files, in the current directory.

# key NAME: NAME.key, by NAME's algorithm.
key() {
	case $1 in
	p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
	p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$1.key" ;;
	ed25519) openssl genpkey -algorithm ED25519 -out "$1.key" ;;
	*) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" ;;
	esac 2>/dev/null
}

# authority: one that issues all certificates, and a time stamp service under it.
authority() {
	key authority
	openssl req -x509 -key authority.key -subj '/O=Authority of all/CN=Authority' -days 1000 -out authority.pem
	key stamper
	certificate stamper
}

# certificate KEY [NAME [SERIAL]]: NAME.pem and NAME.der, of KEY's key, issued by the authority.
certificate() {
	local name=${2:-$1}
	cat >extensions <<-EXTENSIONS
		basicConstraints = CA:FALSE
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		extendedKeyUsage = $([ "$name" = stamper ] && echo critical,timeStamping || echo codeSigning)
	EXTENSIONS
	openssl req -new -key "$1.key" -utf8 -subj "/C=CA/O=Maker of $name, Inc. é/CN=$name" -out request
	openssl x509 -req -in request -CA authority.pem -CAkey authority.key -days 900 -extfile extensions \
		-set_serial "${3:-0x$(openssl rand -hex 15)}" -out "$name.pem" 2>/dev/null
	openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

# append CONTENT SIGNATURE OUT: as Linux, struct module_signature.
append() {
	local size
	size=$(printf '%08x' "$(stat -c %s "$2")")
	{
		cat "$1" "$2"
		printf '\0\0\2\0\0\0\0\0'
		printf '%b' "\x${size:0:2}\x${size:2:2}\x${size:4:2}\x${size:6:2}"
		printf '~Module signature appended~\n'
	} >"$3"
}

# unsigned_module FILE OUT: without its signature.
unsigned_module() {
	appended_signature "$1" .
	head -c "-$((40 + $(stat -c %s 0.p7)))" "$1" >"$2"
}

# module_made TEXT FILE NAME HOW: signed with NAME's certificate, which is there unless HOW has -nocerts.
module_made() {
	local want
	signatures_dir
	appended_signature "$2" "$DIR"
	unpack_signatures "$DIR"
	look "$2"
	compare_claims "$1" "$DIR" appended
	strangers "$1" "$DIR"
	case $4 in
	*-nocerts*-keyid*) want="key skid:$(skid "$3.der")" ;;
	*-nocerts*) want="certificate is:$(name_serial "$3.der")" ;;
	*) want=$(identifiers "$3.der" | sort) ;;
	esac
	is "$1: of the certificate it was signed with" "$(claims)" "$want"
}

gpg_key() {
	gpg --batch --quiet --passphrase '' --quick-generate-key "maker of $1" "$1" sign never 2>/dev/null
}

# fingerprints NAME: of its key and subkeys. fingerprint NAME: of the key.
fingerprints() {
	gpg --batch --with-colons --fingerprint --fingerprint "=maker of $1" 2>/dev/null |
		awk -F: '$1 == "fpr" { print tolower($10) }'
}
fingerprint() { fingerprints "$1" | head -n 1; }

# appimage NAME OUT: a program with the sections .sha256_sig and .sig_key, as appimagetool fills them.
appimage() {
	cp /bin/true plain
	printf 'AI\2' | dd of=plain bs=1 seek=8 conv=notrunc status=none
	sha256sum plain | cut -d' ' -f1 | tr -d '\n' |
		gpg --batch --quiet --yes --local-user "=maker of $1" --armor --detach-sign --output section.sig
	gpg --batch --quiet --yes --armor --output section.key --export "=maker of $1"
	objcopy --add-section .sha256_sig=section.sig --add-section .sig_key=section.key plain "$2"
	printf 'AI\2' | dd of="$2" bs=1 seek=8 conv=notrunc status=none
}
