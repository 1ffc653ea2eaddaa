# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A file's claims beside what signatures.sh makes of the same file.

# unpack_signatures DIR: nested ones, stamps and certificates of each DIR/N.p7.
unpack_signatures() {
	local file
	for file in "$1"/*.p7; do
		[ -e "$file" ] || continue
		split_signature "$file"
	done
	for file in "$1"/*.p7; do
		[ ! -e "$file" ] || certificates "$file"
	done
}

# signed_files DIR: signatures whose signers count, a line each.
signed_files() {
	find "$1" -name '*.p7' ! -name '*.stamp*' | sort
}

# compare_claims NAME DIR SOURCE, after look(): the same identifiers and no others, from SOURCE.
compare_claims() {
	local got want
	got=$(claims)
	# shellcheck disable=SC2046 # names without spaces
	want=$(expected $(signed_files "$2"))
	is "$1: identifiers" "$got" "$want"
	is "$1: found where it is signed" "$(claim_sources)" "$3"
}

# strangers NAME DIR, after compare_claims(): no other certificate of the set, and none of a time stamp, is claimed. (Their
# publisher may be the signer's own.)
strangers() {
	local got cert name n=0 bad=() own=()
	got=$(claims)
	mapfile -t own < <(cat "$2"/*.signers)
	for cert in "$2"/*.der; do
		[ -e "$cert" ] || continue
		# The same certificate may be in several sets.
		for name in "${own[@]}"; do
			[ -e "$name" ] && cmp -s "$name" "$cert" && continue 2
		done
		n=$((n + 1))
		while read -r name; do
			grep -qxF -- "$name" <<<"$got" && bad+=("$name")
		done < <(grep -v ^publisher "$cert.ids")
		for name in "$(subject "$cert" organizationName)" "$(subject "$cert" commonName)"; do
			[ -n "$name" ] || continue
			grep -qixF -- "publisher $name" <<<"$got" || continue
			publishers "${own[@]}" | grep -qxF -- "$name" || bad+=("publisher $name")
		done
	done
	if [ ${#bad[@]} = 0 ]; then
		pass "$1: of $n other certificates nothing is claimed"
	else
		fail "$1: of $n other certificates nothing is claimed" "${bad[@]}"
	fi
}

# publishers SIGNER...: as of signers().
publishers() {
	local signer
	for signer; do
		[ ! -e "$signer" ] || publisher "$signer"
	done
}

# Debian 12's own osslsigncode, 2.5, takes what sbsign signed for an invalid signature. Known by an option.
OSSLSIGNCODE=
if osslsigncode verify --help 2>&1 | grep -q ignore-cdp; then
	OSSLSIGNCODE=1
else
	echo "# osslsigncode is too old to be asked about these files; sbverify is"
fi

# compare_osslsigncode NAME FILE DIR: the serial numbers that it prints of signers, nested ones too. It
# refuses a table of several entries.
compare_osslsigncode() {
	local theirs
	[ -n "$OSSLSIGNCODE" ] && [ ! -e "$3/1.p7" ] || return 0
	theirs=$(osslsigncode verify -ignore-timestamp -ignore-cdp -CAfile /dev/null -in "$2" 2>/dev/null |
		awk '/^Signer.s certificate:/ { wanted = 1 }
			wanted && $1 == "Serial" { sub(/^0+/, "", $3); print $3; wanted = 0 }' | sort || true)
	is "$1: osslsigncode prints the same signers" \
		"$(serials_of "$3"/0.p7.signers "$3"/0.nested*.signers)" "$theirs"
}

# serials_of FILE...: of certificates that these lists name.
serials_of() {
	local file signer
	for file; do
		[ -e "$file" ] || continue
		while read -r signer; do serial "$signer"; done <"$file"
	done | sort
}

# compare_sbverify NAME FILE DIR: issuers of the signers of each entry, in order.
compare_sbverify() {
	local theirs ours
	theirs=$(sbverify --list "$2" 2>/dev/null | awk '
		/^image signature issuers:/ { wanted = 1; next }
		/^image signature cert/ { wanted = 0 }
		wanted && sub(/^ - /, "")')
	ours=$(find "$3" -regex '.*/[0-9]+\.p7\.signers' | sort | while read -r file; do
		while read -r signer; do
			x509 "$signer" -noout -issuer -nameopt compat | sed 's/^issuer=//'
		done <"$file"
	done)
	is "$1: sbverify prints the same issuers" "$ours" "$theirs"
}
