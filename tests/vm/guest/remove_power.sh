#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: some minutes: `make remove-cuts` does it
# The power goes while packages and files are removed, at POINTS places (100). Afterwards, run again, a removal
# comes to the same end, and nothing outside of its plan was touched: all that is on the disk is compared.
DISK=/mnt/disk
MIB=256
PLACES="/home /opt"

# What belongs to the disk, where it belongs.
put_in_place() {
	mount --bind $DISK/dpkg /var/lib/dpkg && mount --bind $DISK/interdict /var/lib/interdict &&
		mount --bind $DISK/home /home && mount --bind $DISK/opt /opt
}
take_away() { umount /opt /home /var/lib/interdict /var/lib/dpkg $DISK; }

# All that is there, but what is of another time: events, when a manifest was written and the file read and renamed,
# the backup of dpkg's status. Of files in the plan's places also the time.
all_of_it() {
	(
		cd $DISK || exit 1
		find . ! -path './lost+found*' ! -path './interdict/removed*' ! -path './dpkg/status-old' ! -path './dpkg/lock*' \
			! -path './interdict/remove/lock' ! -path './dpkg/triggers/*' ! -path './interdict/scan.db*' \
			-printf '%P %y %m %U:%G %l\n' | sort
		find home opt -type f ! -path '*quarantine/*.json' -printf '%P %T@\n' | sort
		find . -type f ! -path './interdict/removed/*' ! -path './dpkg/status-old' ! -path './interdict/scan.db*' \
			! -path '*quarantine/*.json' ! -path './dpkg/lock*' ! -path './dpkg/triggers/*' -exec sha256sum {} + | sort -k 2
		find . -path '*quarantine/*.json' -exec jq -cS 'del(.time, .atime, .ctime)' {} + | sort
	)
}
# What differs between "before" and "wanted", of which the plan says nothing: nothing.
others() {
	diff before wanted | grep '^[<>]' | grep -vE 'interdict-quarantine|^> ?interdict|/interdict/|^> \{' |
		grep -vE 'opt/(vendor|app)|opt (vendor|app)|[< ](vendor|app)(/program)? |u/(sub/banned-[1-6]|download)( |$)' |
		grep -vE 'dpkg/(info/(vendor|app)\.[a-z0-9]*|status|diversions-old|alternatives.*)( |$)'
}
# shellcheck disable=SC2086 # two places
remove_all() { interdict remove --yes --config none --policy "$WORK/policy" $PLACES; }

# What is on the disk at a point: mounted, as after a boot; then the removal is run again.
if [ "${1:-}" = look ]; then
	cd "$WORK" || exit 1
	cp --sparse=always image cut
	loop=$(losetup -f --show cut)
	mount "$loop" $DISK && put_in_place || exit 1
	trap 'take_away; losetup -d "$loop"' EXIT
	if [ -e /var/lib/interdict/remove/plan ]; then echo "cut off"; elif [ -e /opt/vendor ]; then echo "not begun"; else echo "done"; fi >>looked
	remove_all >again 2>&1 || { cat again; exit 1; }
	# What dpkg wrote to updates/ before the cut is its state: with that, nothing may be left to do. It comes into the
	# status file, with which it is compared here, when dpkg is run the next time.
	dpkg --configure -a || exit 1
	# Removed but for its configuration, of which there is none: dpkg was cut off before it forgot that.
	for name in vendor app; do
		[ "$(dpkg-query -W -f '${db:Status-Status} ${Conffiles}' $name 2>&1)" != "config-files " ] || dpkg --purge $name || exit 1
	done
	all_of_it >now
	diff wanted now
	exit
fi

# shellcheck source=lib.sh
. "$VM_LIB"
POINTS=${POINTS:-100}
plan 7
WORK=$PWD
export WORK

# package NAME [DEPENDS]
package() {
	rm -rf pkg
	mkdir -p pkg/DEBIAN "pkg/opt/$1"
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: V <v@e.org>\n%sDescription: x\n' "$1" "${2:+Depends: $2
}" >pkg/DEBIAN/control
	{ cat "$(type -P true)" && echo "$1"; } >"pkg/opt/$1/program"
	dpkg-deb -b pkg "$1.deb" >/dev/null
}
modprobe -a dm-log-writes loop
dmsetup create logged --table "0 $((MIB * 2048)) log-writes $SCRATCH_DEV $SCRATCH_DEV2"
dmsetup mknodes
mkfs.ext4 -q /dev/mapper/logged
mkdir -p $DISK /home /opt /var/lib/interdict
mount /dev/mapper/logged $DISK || bail "no disk"
# A database of these packages alone, so that there is less to compare.
mkdir -p $DISK/{interdict,home,opt} $DISK/dpkg/{info,updates,triggers}
: >$DISK/dpkg/status
put_in_place || bail "not in place"
package vendor && package app vendor && package friend
dpkg -i vendor.deb app.deb friend.deb >/dev/null || bail "not installed"
{ cat "$(type -P true)" && echo banned; } >banned
mkdir -p /home/u/sub
for i in 1 2 3 4 5 6; do
	cp banned "/home/u/sub/banned-$i"
	echo "text $i" >"/home/u/text-$i"
done
cp vendor.deb /home/u/download
chmod 4755 /home/u/sub/banned-1
mkdir -p policy/orders
printf 'interdict: 1\npolicy: test\nserial: 1\nmode: enforce\n' >policy/policy.yaml
cat >policy/orders/o.yaml <<YAML
interdict: 1
order: o
title: t
authority: a
reference: r
reason: r
match:
  - sha256: $(sha256sum <banned | cut -d ' ' -f 1)
    size: $(stat -c %s banned)
  - package: {type: deb, name: vendor}
YAML
all_of_it >before
sync
dmsetup message logged 0 mark begin
check "a removal, of two packages and seven files" remove_all
dmsetup message logged 0 mark end
all_of_it >wanted
check "they are gone" [ ! -e /opt/vendor -a ! -e /opt/app -a ! -e /home/u/sub/banned-6 -a ! -e /home/u/download ]
check "others are not" [ -e /opt/friend/program -a -e /home/u/text-6 ]
left=$(others)
check "nothing else is another" [ -z "$left" ]
take_away
dmsetup remove logged
truncate -s ${MIB}M image
check "wherever the power goes, it comes to the same end" "${VM_LIB%/*}/powercut.py" "$SCRATCH_DEV2" image "$POINTS" bash "$0" look
diag "$(sort looked | uniq -c)"
check "it was cut off while it was under way" grep -q "cut off" looked
check "and before it had begun" grep -q "not begun" looked
