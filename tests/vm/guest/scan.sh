#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# What is banned is found wherever it lies, also where nobody may open it; and no refusal is recorded for it.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 39
PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")
T=/mnt/scan

# A file of the same size as what is banned, and another.
places() {
	mkdir -p $T/{ext4,xfs,loop,tmpfs,covered}
	mkfs.ext4 -q -F "$SCRATCH_DEV" && mount "$SCRATCH_DEV" $T/ext4 || return
	mkfs.xfs -q -f "$SCRATCH_DEV2" && mount "$SCRATCH_DEV2" $T/xfs || return
	truncate -s 32M $T/image && mkfs.ext4 -q -F $T/image && mount -o loop $T/image $T/loop || return
	mount -t tmpfs none $T/tmpfs
	cp banned $T/covered/
	mount -t tmpfs none $T/covered
	cp banned $T/ext4/banned
	ln $T/ext4/banned $T/ext4/second-name
	ln -s banned $T/ext4/link
	cp banned "$T/xfs/new"$'\n'"line"
	cp banned $T/loop/banned
	cp banned $T/tmpfs/banned
	cp "$PROBES/marked" $T/tmpfs/another-name
	cp "$PROBES/signed/publisher/first.exe" $T/xfs/setup.bin
	cp allowed "$PROBES/signed/others/first.exe" $T/ext4/
	mkdir -p $T/ext4/{lower,upper,work,merged}
	cp banned $T/ext4/lower/in-lower
	mount -t overlay none -o lowerdir=$T/ext4/lower,upperdir=$T/ext4/upper,workdir=$T/ext4/work $T/ext4/merged
	cp banned $T/ext4/merged/in-upper
}

# All names of it, as a JSON array.
EXPECTED='["covered/banned","ext4/banned","ext4/lower/in-lower","ext4/second-name","ext4/upper/in-upper",
"loop/banned","tmpfs/another-name","tmpfs/banned","xfs/new\nline","xfs/setup.bin"]'
found() { jq -cs --arg t "$T/" '[.[] | select(.found == "file") | .file.path | select(startswith($t)) | ltrimstr($t)] | sort' "$1"; }
all_found() { [ "$(found "$1")" = "$(jq -c . <<<"$EXPECTED")" ] || { found "$1"; return 1; }; }
has() { [ -n "$(jq -c "select($2)" "$1")" ]; }
summary() { jq -e "select(.type == \"summary\") | $2" "$1"; }

# Orders and rules of the findings.
orders() { jq -cs '[.[] | select(.type == "finding") | .order + " " + .rule] | unique' "$1"; }

write_policy() {
	policy "$1"
	order by-hash banned
	order running-one /var/tmp/sleeper
	cat >$POLICY/orders/others.yaml <<-YAML
		interdict: 1
		order: others
		title: Others
		authority: An authority
		reference: decision of 1 January
		reason: it is tested
		match:
		  - build-id: 2222222222222222222222222222222222222222
		  - publisher: Vendor banned by publisher
		  - package: {type: deb, name: acl}
	YAML
}

# What would install a vendor's software, of each type, under names that say nothing, and what would install another's.
installers() {
	local file n=0
	mkdir -p pkg/DEBIAN $T/installers/sub
	for file in "$PROBES"/installers/*; do cp "$file" "$T/installers/sub/$((n++))"; done
	printf 'Package: friend\nVersion: 1\nArchitecture: all\nMaintainer: V\nDescription: x\n' >pkg/DEBIAN/control
	dpkg-deb -b pkg $T/installers/friend >/dev/null
}
order_of_installers() {
	head_of_order installers
	cat >>$POLICY/orders/installers.yaml <<-YAML
		  - package: {type: deb, name: vendor}
		  - package: {type: rpm, vendor: 'The V*', maintainer: '*<p@e.org>'}
		  - package: {type: flatpak, name: 'org.*'}
		  - package: {type: snap, name: vendor}
		  - package: {type: appimage, origin: 'zsync|https://e.org/*'}
	YAML
	policy "$1"
}
ALL_TYPES='["appimage","deb","deb","flatpak","flatpak","rpm","snap","snap","snap"]'

make_banned banned
make_banned allowed "it is not"
truncate -s "$(stat -c %s banned)" allowed
modprobe -q loop
modprobe -q overlay
modprobe -q xfs
# In a mount namespace of its own, as a container has, with a file system that only that has.
cp "$(type -P sleep)" sleeper
echo banned >>sleeper
unshare --mount sh -c "mount -t tmpfs none /mnt && cp sleeper /mnt/contained && exec /mnt/contained 3000" &
sleeper=$!
places >places.log 2>&1 || bail "$(tail -n 3 places.log)"
# Where it runs, its parts that are ours are not looked for.
mv banned /var/tmp/banned-original
mv sleeper /var/tmp/sleeper

# ---- without enforcement

rc=0
interdict scan $T >none.out 2>none.err || rc=$?
check "control: without a policy there is nothing to look for, status 1" test $rc = 1
check "and that is said" grep -q "policy's directory cannot be read" none.err
mv /var/tmp/banned-original banned
write_policy 1
mv banned /var/tmp/banned-original
interdict scan --no-cache --json $T >here.json 2>here.err
check "with a policy that is not active, all is found by reading" all_found here.json
check "and it is said that it is not active" grep -q 'no policy is active' here.err
check "control: what is banned can be opened" cmp $T/ext4/banned /var/tmp/banned-original

# ---- with it

start_daemon "the daemon starts and enforces"
wait_for enforcing || bail "not enforcing"
for file in ext4/banned loop/banned tmpfs/another-name xfs/setup.bin ext4/merged/in-lower; do
	check_fails "$file cannot be opened" cat "$T/$file"
done
refused=$(count '.event == "denied"')
rc=0
interdict scan --json $T >scan.json 2>scan.err || rc=$?
check "something is found: status 5" test $rc = 5
check "all of it, each name once" all_found scan.json
check "by the orders and rules that name it" \
	test "$(orders scan.json)" = '["by-hash sha256","others build-id","others publisher"]'
check "without a problem" summary scan.json '.complete and .problems == 0'
check "by four threads, too" gives 5 interdict scan -q -j 4 --no-cache $T
check "and no refusal came of it" test "$(count '.event == "denied"')" = "$refused"
check "an allowed file: status 0" gives 0 interdict scan -q $T/ext4/allowed

# ---- the second time

pause 3
interdict scan --json $T >second.json 2>second.err
interdict scan --json $T >third.json 2>third.err
check "what is found is found again" all_found third.json
check "what is not is remembered, of disks that are built in" summary third.json '.remembered > 0'
check "and nothing else of them is read" \
	test "$(summary third.json .identified)" -lt "$(summary scan.json .identified)"
touch -r $T/ext4/allowed before
# What make_banned makes: it can be made, but not read.
{ cat "$(type -P true)" && echo "banned "; } >$T/ext4/allowed
touch -r before $T/ext4/allowed
interdict scan --json $T >changed.json 2>changed.err
check "a file that becomes what is banned, with its size and time, is found" \
	has changed.json '.type == "finding" and .file.path == "/mnt/scan/ext4/allowed"'

# ---- the whole device

interdict scan --json >device.json 2>device.err
check "on the whole device it is found, too" \
	test "$(found device.json)" = "$(found changed.json)"
check "and the one that the tests keep" \
	has device.json '.type == "finding" and .file.path == "/var/tmp/banned-original"'
check "a process, whose file only its own mount namespace has" has device.json \
	'.found == "process" and .order == "running-one" and .process.pid == '$sleeper
check "and that file" has device.json '.file.path == "/proc/'$sleeper'/root/mnt/contained" and .found == "file"'
check "a package that is installed" has device.json '.found == "package" and .package.name == "acl"'
check "and by it its programs" has device.json '.rule == "package" and .via and (.file.path | endswith("bin/getfacl"))'
check "pseudo file systems are skipped, and it is said" \
	has device.json '.type == "skipped" and .path == "/proc" and .sort == "pseudo"'
check "nothing was in the way" summary device.json '.problems == 0'

# ---- files that install packages

installers
interdict scan --json $T/installers >open.json 2>open.err
check "control: files that install packages, of which no order says anything" summary open.json '.found == 0'
order_of_installers 2
check "an order about such packages" interdict load $POLICY
types() { jq -cs '[.[] | select(.type == "finding" and .order == "installers" and .rule == "package") | .package.type] | sort' "$1"; }
interdict scan --json $T/installers >types.json 2>types.err
check "they are found, by what they say of themselves, of all types" test "$(types types.json)" = "$ALL_TYPES"
interdict remove --yes $T/installers >remove.out 2>&1
check "and taken away" test "$(cd $T/installers && echo sub/*)" = "sub/*"
check "others are not" test -e $T/installers/friend
# Libraries that are not loaded before they are needed.
: >nothing
for library in /usr/lib/*/libarchive.so.13 /usr/lib/*/libsqlite3.so.0; do mount --bind nothing "$library"; done
rc=0
interdict scan $T/installers >missing.out 2>missing.err || rc=$?
check "a library that unpacks them is missing: status 1" test $rc = 1
check "that is said, and of the one for what is kept, too" eval 'grep -q "friend: .*: libarchive.so.13 .* cannot be loaded" missing.err &&
	grep -q "scan.db cannot be used: libsqlite3.so.0 .* cannot be loaded" missing.err || { cat missing.err; false; }'
for library in /usr/lib/*/libarchive.so.13 /usr/lib/*/libsqlite3.so.0; do umount "$library"; done

# ---- a disk that gives errors

modprobe -q dm-mod
truncate -s 64M broken.img
loop=$(losetup -f --show broken.img)
sectors=$(blockdev --getsz "$loop")
dmsetup create broken --table "0 $sectors linear $loop 0"
dmsetup mknodes
mkfs.ext4 -q -F /dev/mapper/broken
mkdir -p $T/broken
mount /dev/mapper/broken $T/broken
cp allowed $T/broken/file
umount $T/broken
mount -o ro /dev/mapper/broken $T/broken
stat $T/broken/* >/dev/null
dmsetup suspend --noflush --nolockfs broken
dmsetup load broken --table "0 $sectors error"
dmsetup resume broken
rc=0
interdict scan --json $T/broken >broken.json 2>broken.err || rc=$?
check "what cannot be read is no finding: status 1" test $rc = 1
check "but a problem, with its reason" has broken.json '.type == "problem" and .error == "EIO" and (.path | endswith("/file"))'
umount $T/broken
dmsetup remove broken
losetup -d "$loop"
kill $sleeper
interdict unload >/dev/null 2>&1
stop_daemon
