# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A file of each kind, with all that can be asked of it.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# signatures_dir: a new directory, as DIR.
signatures_dir() {
	n=$((n + 1))
	DIR=$work/$n
	mkdir "$DIR"
}

# whose NAME WANTED: the publishers; WANTED is a pattern.
whose() {
	local got
	got=$(publishers_in "$DIR")
	# shellcheck disable=SC2053 # a pattern
	if [[ $got == $2 ]]; then
		pass "$1: signed by $got"
	else
		fail "$1: signed by $2" "${got:-nobody}"
	fi
}

publishers_in() {
	local list
	mapfile -t list < <(cat "$1"/*.signers)
	publishers "${list[@]}" | sort -u | paste -sd ';'
}

program() { # NAME FILE PUBLISHER
	signatures_dir
	pe_signatures "$2" "$DIR"
	unpack_signatures "$DIR"
	look "$2"
	compare_claims "$1" "$DIR" pe
	whose "$1" "$3"
	strangers "$1" "$DIR"
	compare_osslsigncode "$1" "$2" "$DIR"
	compare_sbverify "$1" "$2" "$DIR"
}

# Signing blocks have no reader but apksigner: the digest that it printed is in the list. What is in
# META-INF is signed with the same key in these.
android() { # NAME FILE PUBLISHER CERTIFICATE
	local source=apk
	signatures_dir
	jar_signatures "$2" "$DIR"
	unpack_signatures "$DIR"
	grep -qa 'APK Sig Block 42' "$2" || source=jar
	look "$2"
	is "$1: certificates as of apksigner" "$(claims | sed -n 's/^certificate der://p')" "$4"
	if [ -n "$(signed_files "$DIR")" ]; then
		compare_claims "$1" "$DIR" "$source"
		whose "$1" "$3"
		strangers "$1" "$DIR"
	else
		is "$1: publisher" "$(claims | sed -n 's/^publisher //p')" "$3"
	fi
}

# Of a file without a signature nothing is claimed, and osslsigncode finds none either.
unsigned() { # NAME FILE
	look "$2"
	if [ -n "$CLAIMS" ]; then
		fail "$1: not signed" "$CLAIMS"
	elif osslsigncode verify ${OSSLSIGNCODE:+-ignore-cdp} -in "$2" 2>&1 | grep -q 'No signature found'; then
		pass "$1: not signed"
	else
		fail "$1: osslsigncode finds a signature"
	fi
}

# The kernel's own tools know one signer, by its name and its certificate's serial number.
module() { # NAME FILE
	local sid name number
	signatures_dir
	appended_signature "$2" "$DIR"
	unpack_signatures "$DIR"
	look "$2"
	compare_claims "$1" "$DIR" appended
	strangers "$1" "$DIR"
	sid=$(openssl cms -cmsout -print -noout -inform DER -in "$DIR/0.p7" |
		sed -n '/d.issuerAndSerialNumber/,/digestAlgorithm/p')
	name=$(sed -nE 's/.*issuer:.*CN ?= ?([^,]*).*/\1/p' <<<"$sid")
	is "$1: modinfo and openssl cms print the same name" "$(modinfo -F signer "$2")" "$name"
	number=$(elements "$DIR/0.p7" | sed -nE 's/.*INTEGER *:([0-9A-F]{16,})$/\1/p')
	is "$1: modinfo prints the serial number that the identifier is of" \
		"$(modinfo -F sig_key "$2" | tr -d :)" "$number"
}
