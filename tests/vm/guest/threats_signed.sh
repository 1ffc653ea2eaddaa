#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 400
# Rows 39 to 45 and 57 to 60: Windows programs, Android packages and AppImages known by who signed them,
# and files whose signature is broken. A vendor is banned by its name, another by its certificate, by
# issuer and serial number, by its key, by its key's ID, by its OpenPGP key (see
# probes/signed_files.c). The CA of all of them and their time-stamp service are banned by name as well.
# shellcheck source=threats.sh
. "$(dirname "${VM_LIB:?}")/threats.sh"

declare -A HELD
SIGNED=$PROBES/signed
KINDS_SIGNED="publisher der is spki skid"

rule_of() { # KIND
	case $1 in
	publisher) RULE=publisher ;;
	der | is) RULE=certificate ;;
	*) RULE=key ;;
	esac
}

# signer OP TECHNIQUE...: an attempt that the rule of this kind refuses.
signer() {
	local RULE
	rule_of "$KIND"
	ORDER=threats-$KIND RULE=$RULE attempt "$@"
}

# each TRY: with the files of each vendor that has programs and packages; of one where there are none but
# the file system is another.
each() {
	local kinds=publisher
	[ "$FS" != ext4 ] || kinds=$KINDS_SIGNED
	for KIND in $kinds; do
		FILES=$BASE/$FS/signed/$KIND
		"$1"
	done
	KIND=x
}

# The vendor of AppImages.
appimages() {
	KIND=pgp FILES=$BASE/$FS/signed/pgp
}

row_39_new_release() { each new_release; }
new_release() {
	signer open open "$FILES/second.exe"
	signer open open "$FILES/second.apk"
}

row_39_new_appimage() {
	appimages
	CONTROL_WANT=43 signer exec exec "$FILES/second.AppImage"
	signer open open "$FILES/second.AppImage"
}

# Another certificate: its own digest and serial number are others.
row_40_renewed() { each renewed; }
renewed() {
	local file
	for file in renewed.exe renewed.apk; do
		case $KIND in
		der | is) attempt say open "$FILES/$file" ;;
		*) signer open open "$FILES/$file" ;;
		esac
	done
}

row_41_appended() { each appended; }
appended() {
	signer open open "$FILES/appended.exe"
	signer open open "$FILES/appended.apk"
}

row_41_appended_to_appimage() {
	appimages
	CONTROL_WANT=43 signer exec exec "$FILES/appended.AppImage"
}

row_42_stripped() {
	attempt say open "$BASE/$FS/signed/publisher/stripped.exe"
	attempt say open "$BASE/$FS/signed/publisher/stripped.apk"
	CONTROL_WANT=43 attempt say exec "$BASE/$FS/signed/pgp/stripped.AppImage"
}

# Of the same CA, with the same time-stamp service, and with the banned certificate beside its own.
row_42_others() {
	FILES=$BASE/$FS/signed/others
	attempt say open "$FILES/first.exe"
	attempt say open "$FILES/bystander.exe"
	attempt say open "$FILES/first.apk"
	attempt say open "$FILES/first.jar"
	only ext4 || return
	CONTROL_WANT=0 attempt say exec "$FILES/first.exe"
	attempt say map-file "$FILES/first.exe"
}

row_43_windows_program() { each windows_program; }
windows_program() {
	signer open open "$FILES/first.exe"
	# As Wine is started: by binfmt_misc.
	only ext4 || return
	CONTROL_WANT=0 signer exec exec "$FILES/first.exe"
}

# A library that the loader had open before the policy.
row_43_dll() {
	only ext4 tmpfs || return
	each library
}
library() {
	if control; then
		ask - hold "$FILES/first.exe"
		HELD[$FS$KIND]=$STATUS
	fi
	signer map map-inherited "${HELD[$FS$KIND]}"
	signer map mprotect-inherited "${HELD[$FS$KIND]}"
}

row_44_android_package() { each android_package; }
android_package() {
	signer open open "$FILES/first.apk"
	signer open open "$FILES/first.jar"
}

row_45_appimage() {
	appimages
	CONTROL_WANT=43 signer exec exec "$FILES/first.AppImage"
	signer open open "$FILES/first.AppImage"
}

# malformed SUFFIX...: who signed it is not to be found, so that the rule by signer does not apply, and
# asking comes to an end. What is banned by its hash as well is refused.
malformed() {
	local suffix name
	only ext4 || return
	for suffix; do
		for name in "$BASE"/ext4/signed/malformed-first/*"$suffix"; do
			name=${name##*/}
			attempt say open "$BASE/ext4/signed/malformed-first/$name"
			ORDER=threats-malformed RULE=sha256 attempt open open "$BASE/ext4/signed/malformed-second/$name"
		done
	done
}

# The one that is sound has the signature that the others cannot be read for.
row_57_malformed_elf() {
	only ext4 || return
	malformed .AppImage
	KIND=pgp signer open open "$BASE/ext4/signed/sound.AppImage"
}

row_58_malformed_pe() { malformed certificate.exe table.exe header.exe headers.exe; }
row_59_malformed_zip() { malformed .apk; }
row_60_malformed_cms() { malformed cms.exe appended.ko only.ko; }

# --- what follows the rows: the record of one denial, and what has more signers than are looked at

# Sets UNIDENTIFIED, the counter.
unidentified() {
	[[ $(interdict status --json) =~ \"unidentified\":\ *([0-9]+) ]]
	UNIDENTIFIED=${BASH_REMATCH[1]}
}

the_record() {
	ROW=row_45_record
	record_settle
	expect "the record" '["publisher",true,"Vendor banned by publisher","certificate certificate key key publisher","pe",false]' \
		"$(jq -r 'select(.event == "denied" and .op == "open" and (.file.path // "" | endswith("/publisher/first.exe")))
			| [.rule, .claimed, .file.publisher, (.file.claims | map(.kind) | join(" "))]
				+ (.file.claims | map(.source) | unique) + (.file.claims | map(.verified) | unique) | @json' "$RECORD" | sort -u)"
}

too_many_signers() {
	local before file=$BASE/ext4/signed/limits/many.exe
	ROW=row_60_too_many_signers FS=ext4
	unidentified
	before=$UNIDENTIFIED
	attempt say open "$BASE/ext4/signed/others/first.exe"
	ask - open "$file"
	expect "opened" 42 "$STATUS"
	unidentified
	expect "unidentified" $((before + 1)) "$UNIDENTIFIED"
	wait_for grep -q '"event":"unidentified".*/many.exe"' "$RECORD" || fails "it is not in the record"
	now_ms
	policy_header $NOW >"$WORK/policy/policy.yaml"
	echo "unidentified: deny" >>"$WORK/policy/policy.yaml"
	step interdict load "$WORK/policy"
	RULE=unidentified attempt open open "$file"
	attempt say open "$BASE/ext4/signed/others/first.exe"
}

filesystems_ready ext4 tmpfs overlay
for FS in $FILESYSTEMS; do
	mkdir "$BASE/$FS/signed"
done
cp -r "$SIGNED"/* "$BASE/ext4/signed/"
cp -r "$SIGNED"/{publisher,pgp,others} "$BASE/tmpfs/signed/"
cp -r "$SIGNED"/{publisher,pgp,others} "$BASE/overlay/signed/"
mv "$BASE"/ext4/signed/malformed-first/sound.AppImage "$BASE/ext4/signed/"
rm "$BASE"/ext4/signed/malformed-second/sound.AppImage
modprobe -q binfmt_misc
mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
echo ':threats-pe:M::MZ::/bin/cat:' >/proc/sys/fs/binfmt_misc/register || bail "no binfmt_misc"
policy_ready
for KIND in $KINDS_SIGNED pgp; do
	{
		order_text "threats-$KIND"
		cat "$SIGNED/rules/$KIND"
	} >"$WORK/policy/orders/threats-$KIND.yaml"
done
{
	order_text threats-never
	printf '  - publisher: %s\n' "Authority of all of them" "Stamps of Time"
} >"$WORK/policy/orders/threats-never.yaml"
{
	order_text threats-malformed
	sha256_rules "$BASE"/ext4/signed/malformed-second/*
} >"$WORK/policy/orders/threats-malformed.yaml"
run_rows s x
PHASE=after
the_record
too_many_signers
FS=''
rows_report
echo -1 >/proc/sys/fs/binfmt_misc/threats-pe
