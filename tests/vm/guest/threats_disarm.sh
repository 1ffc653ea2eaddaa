#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with disarm --timeout 400
# Disarming is verified in the kernel: what root may do with and without trust anchors, by the tool and past it.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"

CONFIG=/etc/interdict/interdict.yaml
TRUST=/etc/interdict/trust.d
BUNDLE=/etc/interdict/policy.bundle
STATUS=/sys/kernel/security/interdict/status
# Kinds of keys, and whether this kernel verifies by them: Debian's 6.1 is built without ECDSA, none has Ed25519.
case $KREL in
6.1.*) KINDS="rsa:4096" LACKS="ec:P-256" ;;
*) KINDS="rsa:4096 ec:P-256 ec:P-384" LACKS= ;;
esac
plan $((90 + 3 * $(wc -w <<<"$KINDS") + 3 * $(wc -w <<<"$LACKS")))

runs() { ./app; }
refused() { ! ./app 2>/dev/null; }
# RSA keys take long to make here; they come along.
KEYS=$(dirname "$(type -P disarm)")
# identity NAME KIND: a key and a certificate of itself, an authority's.
identity() {
	case $2 in
	rsa:*) cp "$KEYS/rsa${2#rsa:}.key" "$1.key" ;;
	ec:*) openssl ecparam -name "${2#ec:}" -genkey -noout -out "$1.key" ;;
	esac
	openssl req -x509 -key "$1.key" -out "$1.pem" -subj "/O=$1" -days 3000
}
# below NAME ISSUER EXTENSIONS: one that an authority certified.
below() {
	printf '%b' "$3" >ext
	cp "$KEYS/rsa3072.key" "$1.key"
	openssl req -new -key "$1.key" -subj "/O=$1" 2>/dev/null |
		openssl x509 -req -CA "$2.pem" -CAkey "$2.key" -days 3000 -extfile ext -out "$1.pem" 2>/dev/null
}
# bundle SERIAL NAME FILE [LINE]
bundle() {
	policy "$1" "${4:-}"
	interdict sign "$POLICY" --key "$2.key" --cert "$2.pem" -o "$3" >/dev/null
}
# token NAME FILE ACTION OPTION...: by the tool.
token() {
	local name=$1 file=$2 action=$3
	shift 3
	interdict sign --token "$action" --key "$name.key" --cert "$name.pem" -o "$file" --device "$DEVICE" --until 2h "$@" >/dev/null
}
# text FILE ACTION DEVICE FROM TO: a text by hand, with dates that date(1) knows.
text() {
	printf 'interdict-token: 1\naction: %s\ndevice: %s\nnot-before: %s\nnot-after: %s\nnonce: %s\n' "$2" "$3" \
		"$(date -u -d "$4" +%FT%TZ)" "$(date -u -d "$5" +%FT%TZ)" "$(printf %032x $((++NONCE)))" >"$1"
}
NONCE=0
# hand NAME FILE [OPTION...]: its detached signature, FILE.sig, by OpenSSL's tool alone.
hand() {
	openssl cms -sign -binary -nosmimecap -in "$2" -signer "$1.pem" -inkey "$1.key" -outform DER -out "$2.sig" "${@:3}"
}
# kernel_says ERROR FILE: of the text and its signature, past the tool.
kernel_says() {
	local said
	said=$(disarm token "$2" "$2.sig")
	echo "$said"
	[ "$said" = "$1" ]
}
says() { # STATUS TEXT COMMAND...
	local said status=0
	said=$("${@:3}" 2>&1) || status=$?
	echo "status $status: $said"
	[ $status = "$1" ] && [[ $said == *"$2"* ]]
}
unload_says() { says "$1" "$2" interdict unload --token "$3"; }
# What a program file may do by itself: it does not find the daemon.
alone() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount -t tmpfs none /run/interdict && exec "$0" status' "$1"
}
# Any status but "the guards are on, and this is not the tool".
is_tool() {
	local status=0
	alone "$1" || status=$?
	[ $status -le 1 ]
}
protection() { status_is ".protection.$1" "$2"; }
audited() { [ "$(count '.event == "audited"')" -ge 1 ]; }
event() { [ "$(count ".event == \"$1\" and (.reason // \"\" | contains(\"$2\"))")" -ge 1 ]; }
# new_boot NAME [TOKEN]: a test; from there on it is as after a boot: what was sealed is gone with the module.
new_boot() {
	[ -z "$DAEMON_PID" ] || stop_daemon
	DAEMON_PID=
	check "$1" let_go "${2:-}"
}
# The kernel gives up programs when nobody runs them any more.
let_go() { interdict unload ${1:+--token "$1"} && wait_for rmmod interdict; }

[ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id
make_banned app app
identity office rsa:2048
identity stranger rsa:3072
openssl req -x509 -newkey ed25519 -nodes -keyout ed.key -out ed.pem -subj /O=ed -days 30 2>/dev/null
below signer office 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n'
below laptop office 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=clientAuth\n'
order app-order app
policy 5
mkdir -p /etc/interdict

# ---- not protected: root may ----
echo "policy: $POLICY" >$CONFIG
start_daemon "without trust anchors a directory is loaded"
check "it is enforced" wait_for refused
check "status says that root can unload" protection state unsigned
check "root unloads" says 0 "" interdict unload
check "control: the application runs" runs
new_boot "and the module is removed"

bundle 5 office $BUNDLE
mkdir -p $TRUST
cp office.pem $TRUST/
printf 'policy: %s\nprotect: no\n' $BUNDLE >$CONFIG
start_daemon "with protect: no"
check "it is enforced" wait_for refused
check "status says that it is switched off" protection state off
stop_daemon
DAEMON_PID=
check "control: root unloads" says 0 "" interdict unload
check "control: the application runs" runs
new_boot "and the module is removed"

echo "policy: $BUNDLE" >$CONFIG
check "in the initramfs what was accepted last is enforced" says 0 "" interdict load --boot
check "and the anchor is sealed" protection state sealed
check "the application is refused" refused
check "root may not unload" says 4 "takes a token" interdict unload
check "the module does not let go when it is asked" says 1 EKEYREJECTED disarm release
check "nor for a set without what is held" says 1 EKEYREJECTED disarm hold "$(sed -n 's/^link //p' $STATUS | head -n 1)"
DEVICE=$(status .protection.device)
token office boot unload
new_boot "it takes a token" boot

cp ed.pem $TRUST/office.pem
start_daemon "with an anchor that this kernel has no algorithm for"
check "nothing can be sealed, and status says so" protection state impossible
check "and by whom" says 0 "O=ed cannot sign tokens" status .protection.why
new_boot "control: root removes all"

# ---- sealed ----
cp office.pem $TRUST/
cp ed.pem $TRUST/
start_daemon "with two anchors, of which one can sign tokens"
check "it is enforced" wait_for refused
check "the anchors are sealed" protection state sealed
check "one of them" protection anchors 1
check "the other is named" says 0 "O=ed cannot sign tokens" status .protection.why
check "that is in the record" event policy "trust anchors are sealed"
check "the device has a name" [ ${#DEVICE} = 32 ]

check "unload without a token is refused" says 4 "takes a token" interdict unload
check "that is in the record" event tamper "without a token"
check "the application is still refused" refused
check "the guards are on" status_is .guards.on true
check "no other anchor is sealed" says 1 EEXIST disarm seal office.pem
check "nobody finds the keyring" says 0 "not to be seen" disarm setperm
check_fails "the module cannot be removed" rmmod interdict

cp stranger.pem $TRUST/
token stranger wrong unload
check "a stranger's token is refused, though root trusts him" unload_says 4 "is not trusted" wrong
check "status says that trust.d differs" protection differs true
bundle 6 stranger strange
check "and no bundle of his is loaded" says 4 "is not trusted" interdict load strange
rm $TRUST/stranger.pem
text plain unload "$DEVICE" '1 day ago' '1 day'
hand stranger plain
check "past the tool the kernel refuses it, too" kernel_says EKEYREJECTED plain
check "and that is in the record" wait_for event tamper "did not come through the daemon"
token ed unusable unload
check "one by a key that the kernel has no algorithm for is refused there" unload_says 4 "the kernel does not accept its signature" unusable
hand laptop plain
check "and one by a certificate that is for another thing" kernel_says EKEYREJECTED plain
below forged laptop 'keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n'
hand forged plain -certfile laptop.pem
check "and one that such a certificate certified" kernel_says EKEYREJECTED plain
hand signer plain
printf x >>plain
check "and one whose text was changed" kernel_says EKEYREJECTED plain

text late unload "$DEVICE" '3 days ago' '1 day ago'
hand signer late
check "a token that is over is refused" kernel_says EKEYEXPIRED late
date -s '2 days ago' >/dev/null
check "also when the clock is set back" kernel_says EKEYEXPIRED late
right_clock
text early unload "$DEVICE" '1 day' '3 days'
hand signer early
check "one that is to come is refused" kernel_says EAGAIN early
date -s '2 days' >/dev/null
check "also when the clock is set ahead" kernel_says EAGAIN early
right_clock
text other unload ffffffffffffffffffffffffffffffff '1 day ago' '1 day'
hand signer other
check "one for another device is refused" kernel_says EXDEV other
text strange-text load "$DEVICE" '1 day ago' '1 day'
hand signer strange-text
check "and one of another action" kernel_says EBADMSG strange-text
check "the application is still refused" refused
token office flipped unload
for at in 60 200 900; do
	python3 -c 'import sys
data = bytearray(open("flipped", "rb").read())
data[int(sys.argv[1])] ^= 4
open("bad", "wb").write(data)' $at
	check_fails "one with a bit changed at $at is refused" interdict unload --token bad
done

# ---- mode: off ----
bundle 6 office off 'mode: off'
mv off.token kept.token
check "a bundle with mode: off needs a token" says 4 "the token" interdict load off
check "the application is still refused" refused
mv kept.token off.token
check "with it, it is loaded" says 0 "" interdict load off
check "the application runs" runs
check "that is in the record" event policy "a token for off"
bundle 7 office on
check "the next bundle is loaded without" says 0 "" interdict load on
check "the application is refused again" refused

# ---- break-glass ----
token signer glass break-glass --until 20s
check "a token breaks the glass" says 0 "nothing is refused up to" interdict unload --token glass
kill_daemon
check "the application runs" runs
check "status says so" says 0 "BREAK GLASS" eval 'interdict status; true'
check "the same token is refused" unload_says 4 "was used before" glass
check "by itself, without a daemon, it is refused again" wait_for refused
start_daemon "the daemon is back"
check "that it ran is in the record" wait_for audited
check "and status has forgotten" protection break_glass null

# ---- another program ----
SELF=$(readlink -f "$(type -P interdict)")
token office tool tool --tool office.pem
check "a token for another program is refused" unload_says 4 "another program" tool
token office tool tool --tool "$SELF"
# As an upgrade does it. What the daemon runs keeps a name.
ln "$SELF" "$SELF.old" && cp -p "$SELF" "$SELF.new" && mv "$SELF.new" "$SELF"
check "control: what was put in the daemon's place is not the tool" gives 4 alone "$SELF"
check "with one for it, it may take it" unload_says 0 "may take" tool
check "control: what runs cannot be written to" says 1 "Text file busy" dd if=/dev/null of="$SELF.old" conv=notrunc
stop_daemon
start_daemon "the next daemon is of the other file"
check "the tool's file of before is the tool, too" is_tool "$SELF.old"
check "now it can be written to" eval "printf x >>'$SELF.old'"
check "which takes the tool's rights from it" gives 4 alone "$SELF.old"
check "and not from the other" is_tool "$SELF"
rm "$SELF.old"

# ---- unload ----
check "root may not, still" says 4 "takes a token" interdict unload
text by-hand unload "$DEVICE" '1 day ago' '1 day'
openssl cms -sign -binary -nosmimecap -nodetach -in by-hand -signer signer.pem -inkey signer.key -outform DER -out by-hand.token
check "openssl alone makes a token" unload_says 0 "" by-hand.token
check "the application runs" runs
check "that is in the record" event policy "a token for unload"
check "loaded again, it is refused" says 0 "" interdict load on
check "the application is refused" refused
check "and protected still" says 4 "takes a token" interdict unload
check "the token is used up" unload_says 4 "was used before" by-hand.token
stop_daemon
DAEMON_PID=
check "without a daemon, too" says 4 "takes a token" interdict unload
token office final unload
new_boot "and with another one it is unloaded and removed" final

# ---- kinds of keys ----
rm -f $TRUST/*
for kind in $KINDS; do
	identity boss "$kind"
	cp boss.pem $TRUST/
	bundle 8 boss $BUNDLE
	start_daemon "with a key of $kind"
	check "the anchor is sealed" wait_for protection state sealed
	token boss final unload
	new_boot "its token is taken" final
done
for kind in $LACKS; do
	identity boss "$kind"
	cp boss.pem $TRUST/
	start_daemon "with a key of $kind, which this kernel does not verify by"
	check "nothing can be sealed" wait_for protection state impossible
	new_boot "root removes all"
done
