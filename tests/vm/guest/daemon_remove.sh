#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with remove --debian --mem 3072 --share userspace --timeout 1200
# Rows 61 to 64. What is banned is removed, and kept from coming back, on a whole Debian: the hooks of apt and dpkg
# refuse packages before they are unpacked, `remove` takes packages and files away and brings files back,
# and the daemon does it by itself where an order says so.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 62

APT_HOOK=/etc/apt/apt.conf.d/50interdict
DPKG_HOOK=/etc/dpkg/dpkg.cfg.d/interdict
HERE=$PWD

# build NAME VERSION [DEPENDS]
build() {
	rm -rf pkg
	mkdir -p pkg/DEBIAN "pkg/opt/$1" repo
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Vendor <v@example.org>\n%sDescription: test\n' \
		"$1" "$2" "${3:+Depends: $3
}" >pkg/DEBIAN/control
	make_banned "pkg/opt/$1/program" "$1 version $2"
	if [ "$1" = vendor ]; then
		mkdir -p pkg/lib/systemd/system
		{ cat "$(type -P sleep)" && echo "$1 version $2"; } >pkg/opt/vendor/service
		chmod 755 pkg/opt/vendor/service
		# Tried five times, however long each takes.
		printf '[Unit]\nStartLimitIntervalSec=1h\n[Service]\nExecStart=/opt/vendor/service 100000\nRestart=always\n' \
			>pkg/lib/systemd/system/vendor.service
	fi
	dpkg-deb -b pkg "repo/$1_$2_all.deb" >/dev/null
}

hooks() {
	cp /share/door/interdict.apt.conf $APT_HOOK
	cp /share/door/interdict.dpkg.cfg $DPKG_HOOK
}
no_hooks() { rm -f $APT_HOOK $DPKG_HOOK; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
not_installed() { ! installed "$1"; }
version_is() { [ "$(dpkg-query -W -f '${Version}' "$1")" = "$2" ]; }
apt() { DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 "$@"; }
# kept_out PACKAGE COMMAND...: it fails, says why in the order's words, and nothing was unpacked.
kept_out() {
	local package=$1
	shift
	if "$@" >out 2>&1; then cat out; return 1; fi
	cat out
	grep -q "order vendor (Order vendor) of An authority bans it" out &&
		grep -q "Not permitted." out && grep -q "https://example.org/vendor" out &&
		not_installed "$package" && [ ! -e "/opt/$package" ]
}
# For what looks at all files first.
patiently() { wait_for "$@" || wait_for "$@"; }
refused() { ! "$@" >/dev/null 2>&1; }
kept_outs() { [ "$(count '.event == "removed" and .action == "kept-out" and .package.name == "vendor"')" -ge "$1" ]; }
gone() { [ ! -e "$1" ]; }
in_record() { [ "$(count ".event == \"removed\" and $1")" -ge 1 ]; }

build vendor 1
build vendor 2
build app 1 vendor
build tool 1 vendor
build friend 1
(cd repo && dpkg-scanpackages -m . >Packages 2>/dev/null)
echo "deb [trusted=yes] file:$HERE/repo ./" >/etc/apt/sources.list
apt-get update >/dev/null 2>&1
mkdir links
ln -s ../repo/vendor_1_all.deb links/0-friend_1_all.deb
cp repo/vendor_1_all.deb innocent

# Without a policy the door is open.
hooks
check "control: without a policy apt installs the package, as a dependency" apt install app=1
check "control: its program runs" /opt/vendor/program
check "control: dpkg installs it, by another name" dpkg -i innocent
check "and removes it" dpkg -r app vendor

policy 1
package_order vendor vendor
start_daemon "the daemon starts"
wait_for enforcing || bail "not enforcing"
check "dpkg -i is refused" kept_out vendor dpkg -i repo/vendor_1_all.deb
check "under another name" kept_out vendor dpkg -i innocent
check "dpkg --unpack, too" kept_out vendor dpkg --unpack innocent
check "from a directory, through a link" kept_out vendor dpkg --unpack --recursive links
check "among others" kept_out vendor dpkg -i repo/friend_1_all.deb "$HERE/innocent"
check "of which none came in" not_installed friend
check "apt install of the file is refused" kept_out vendor apt install "$HERE/repo/vendor_1_all.deb"
check "apt install by name" kept_out vendor apt install vendor
check "apt install of what depends on it" kept_out vendor apt install app
check "which is not installed either" not_installed app
check "another package is installed" apt install friend
check "and removed" apt remove friend
wait_for kept_outs 8 || true
check "each refusal is in the record" kept_outs 8
kill_daemon
check "without a daemon it is refused, too" kept_out vendor dpkg -i innocent
start_daemon "the next daemon"
check "records that" wait_for kept_outs 9

# It comes in all the same: who leaves out the hooks is root.
no_hooks
check "without the hooks it is installed" dpkg -i repo/vendor_1_all.deb repo/app_1_all.deb
hooks
check "and refused by the kernel" wait_for refused /opt/vendor/program
upgrade() { ! apt install vendor=2 >out 2>&1 && grep -q "order vendor" out && version_is vendor 1; }
check "an upgrade of it is refused" upgrade

# Files that no package has, on three file systems.
mkdir -p /opt/loose /mnt/disk /mnt/memory /home/u
mkfs.ext4 -q "$SCRATCH_DEV" && mount "$SCRATCH_DEV" /mnt/disk && mount -t tmpfs memory /mnt/memory
make_banned loose-tool loose
for to in /opt/loose/tool /mnt/disk/tool /mnt/memory/tool /home/u/tool; do cp loose-tool $to; done
cp loose-tool innocent-tool && echo other >>innocent-tool
cp innocent-tool /home/u/mine
cp repo/vendor_2_all.deb /home/u/download
chmod 4711 /opt/loose/tool
setfattr -n user.note -v kept /opt/loose/tool
touch -d 2020-01-01T00:00:00 /opt/loose/tool
check "control: they run" /home/u/tool
order loose loose-tool
policy 2
check "an order about them" interdict load $POLICY
PLACES="/opt/loose /mnt /home/u"
# shellcheck disable=SC2086
plan_says() {
	gives 5 interdict remove $PLACES >plan.out && cat plan.out &&
		grep -q "^uninstall .*deb package vendor 1, by dpkg, and with it what needs it: app (order vendor, package)" plan.out &&
		[ "$(grep -c '^quarantine .*tool (order loose, sha256)' plan.out)" = 4 ] && ! grep -q mine plan.out &&
		grep -q '^quarantine */home/u/download (order vendor, package)' plan.out
}
check "the plan names the package with what needs it, and the files" plan_says
check "it changed nothing" installed vendor
check "nor the files" test -e /home/u/tool
misspelt() { gives 1 interdict remove --order vendro >out 2>&1 && grep -q "vendro: the policy has no such order" out; }
check "an order that there is not has nothing removed, and that is said" misspelt
# shellcheck disable=SC2086
json() { gives 5 interdict remove --json $PLACES | jq -e '[.steps[] | .do] | sort == ["quarantine", "quarantine", "quarantine", "quarantine", "quarantine", "uninstall"]'; }
check "the plan as JSON" json
# shellcheck disable=SC2086
check "remove --yes" interdict remove --yes $PLACES
check "the package is gone" not_installed vendor
check "what needed it, too" not_installed app
all_gone() { gone /opt/loose/tool && gone /mnt/disk/tool && gone /mnt/memory/tool && gone /home/u/tool && gone /home/u/download; }
check "the files are gone, and what would install the package" all_gone
check "what is not banned is there" test -e /home/u/mine
check "five files are in quarantine" test "$(interdict remove --list | wc -l)" = 5
locked() { [ "$(stat -c %a /var/lib/interdict/quarantine)" = 700 ] && [ "$(find / -xdev -path '*quarantine/*-*' ! -name '*.json' ! -perm 000 | wc -l)" = 0 ]; }
check "where only root comes, and with no mode" locked
check "each on its own file system" test -d /mnt/disk/.interdict-quarantine -a -d /mnt/memory/.interdict-quarantine
check "the removal of the package is recorded" wait_for in_record '.action == "uninstalled" and .package.id == "vendor" and .package.with == ["app"] and .order == "vendor"'
check "and that of the files" wait_for in_record '.action == "quarantined" and .file.path == "/opt/loose/tool" and .order == "loose"'
# shellcheck disable=SC2086
check "nothing is left to do" interdict remove --yes $PLACES
back() { gives 4 interdict remove --restore "$1" && gone "$1"; }
check "while its order is in force a file does not come back" back /opt/loose/tool
check "nor what installs a package of an order's" back /home/u/download
check "with --force it does" interdict remove --restore /opt/loose/tool --force
check "and is refused still" refused /opt/loose/tool
check "and taken away again" interdict remove --yes /opt/loose
rm $POLICY/orders/loose.yaml $POLICY/orders/vendor.yaml
package_order other nothing-of-that-name
policy 3
check "the orders are lifted" interdict load $POLICY
restore_all() {
	local path
	interdict remove --restore /home/u/download && cmp /home/u/download repo/vendor_2_all.deb || return 1
	for path in /opt/loose/tool /mnt/disk/tool /mnt/memory/tool /home/u/tool; do
		interdict remove --restore $path || return 1
		cmp $path loose-tool && $path || return 1
	done
	[ -z "$(interdict remove --list)" ]
}
check "all come back, and run" restore_all
same() { [ "$(stat -c '%a %Y' /opt/loose/tool)" = "4711 $(date -d 2020-01-01T00:00:00 +%s)" ] && [ "$(getfattr -n user.note --only-values /opt/loose/tool)" = kept ]; }
check "with mode, time and attributes" same
check "apt installs the package again" apt install app
check "it works" /opt/vendor/program
starts() { systemctl daemon-reload && systemctl start vendor && [ "$(systemctl is-active vendor)" = active ]; }
check "so does its service" starts

# By itself: a real package, the vendor's (which others need: it stays), a file.
REMOVE=$'installed: remove\ngrace: 2s'
order loose loose-tool "$REMOVE"
package_order vendor vendor "$REMOVE"$'\nrunning: kill'
package_order tree tree "$REMOVE"
check "control: a real package is installed" installed tree
policy 4
check "orders that have it removed" interdict load $POLICY
has_failed() { [ "$(systemctl is-active vendor)" = failed ]; }
check "the service ends, and systemd cannot start it again" wait_for has_failed
service_killed() { [ "$(count '.event == "killed" and .file.path == "/opt/vendor/service"')" -ge 1 ]; }
check "with an event" wait_for service_killed
check "the real package goes by itself" patiently not_installed tree
check "the files, too" patiently all_gone
all_gone || diag "$(ls -l /opt/loose /mnt/disk /mnt/memory /home/u; journalctl -u 'interdict-remove*' --no-pager | tail -n 20; tail -n 5 "$DAEMON_LOG"; interdict remove)"
check "a package that others need stays, and that is said" patiently in_record '.action == "stays" and .package.id == "vendor" and (.reason | test("app needs it"))'
apt remove app >/dev/null 2>&1
check "until they do not: then it goes" patiently not_installed vendor
check "the record is whole" record_is_whole
stop_daemon
