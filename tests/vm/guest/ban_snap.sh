#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: some minutes: `make check-ban` does it
# A ban of a snap: packed by `snap pack`, installed by snapd, which has no network here: not from a store, so by
# --dangerous. The base that it names, and the snap of snapd that snapd wants to have beside any other, are made here,
# too, and empty. It is a classic one, and one of its apps a service of systemd's. snapd has no hook to refuse it, but what it
# installs is a file that is banned.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=ban-lib.sh
. "${VM_LIB%/*}/ban-lib.sh"
plan 71

TYPE=snap NAME=vendor MANAGER=snap ID=vendor
KEPT="vendor-1.snap vendor-2.snap vendor-3.snap"
DATABASE=/var/lib/snapd/state.json
# shellcheck disable=SC2034 # the snap itself is one, too
RULES="5 1 6"
VERSIONS="1 2 3"
# Not the programs of the empty one.
export SNAP_REEXEC=0
PATH=$PATH:/snap/bin
# meta DIR LINES
meta() { mkdir -p "$1/meta" && printf 'name: %s\nversion: "%s"\nsummary: x\ndescription: x\n%b' "$2" "$3" "$4" >"$1/meta/snap.yaml"; }
pack() {
	cp -a "$1" "snap-$1"
	meta "snap-$1" vendor "$1" 'confinement: classic\nbase: ground\napps:\n  vendor:\n    command: bin/vendor\n  server:\n    command: bin/vendor wait\n    daemon: simple\n'
	snap pack --filename="vendor-$1.snap" "snap-$1" .
}
# The other snaps come when all is packed: from then on `snap pack` would take its tools from them.
install_it() {
	[ -d /snap/ground ] || { snap install --dangerous snapd.snap && snap install --dangerous ground.snap; } || return 1
	snap install --dangerous --classic "vendor-$1.snap"
}
version() { snap list vendor 2>/dev/null | sed -n 's/^vendor *\([0-9]*\) .*/\1/p'; }
place() { readlink -f /snap/vendor/current; }
runs_it() { as_user snap run vendor "$@"; }
# systemd tries it again and again.
fails_to_start() { systemctl restart snap.vendor.server; wait_for not_active && none_runs; }
not_active() { ! active; }
active() { [ "$(systemctl is-active snap.vendor.server)" = active ]; }

# snapd looks whether it can mount one when it starts.
modprobe -a loop squashfs
rm /etc/systemd/system/snapd.{service,socket,seeded.service}
mkdir -p /etc/systemd/system/snapd.service.d
printf '[Service]\nEnvironment=SNAP_REEXEC=0\n' >/etc/systemd/system/snapd.service.d/here.conf
systemctl daemon-reload
systemctl start snapd.socket
snap wait system seed.loaded || bail "snapd does not begin"
meta snapd snapd 1 'type: snapd\n'
mkdir -p snapd/usr/lib/snapd
sed 's/^VERSION=.*/VERSION=1.0/' /usr/lib/snapd/info >snapd/usr/lib/snapd/info
meta ground ground 1 'type: base\n'
for name in snapd ground; do snap pack --filename=$name.snap $name . || bail "no $name"; done

# comes_to_nothing VERSION: the daemon sees what snapd puts beside the other snaps, which is banned before it is mounted, so
# that this fails, and all of it is undone; or, where snapd is faster, it is there and refused.
comes_to_nothing() {
	local had
	had=$(version)
	if install_it "$1" >out 2>&1; then
		wait_for refused "$(place)/bin/vendor"
	else
		cat out
		grep -q 'Mount snap "vendor"' out && installed "$had" && in_record '.event == "denied" and .order == "suite" and (.file.path | test("/snaps/vendor_x[0-9]*.snap$"))'
	fi
}

begin
check "control: systemd runs its service" wait_for active
order_in_force
check "systemd cannot start its service again" fails_to_start
check "the snap itself can be opened no more" refused cat /var/lib/snapd/snaps/vendor_x1.snap
before=$(resolved)
check "an update comes to nothing" comes_to_nothing 2
check "and is recorded" wait_for resolved_more "$before"

# The manager is a service: without it nothing is removed, and that is said.
no_snapd() {
	systemctl stop snapd.socket snapd.service
	gives 1 interdict remove --packages --yes >out 2>&1
	cat out
	grep -q 'snap ended with status 1: see what it said' out
}
check "while snapd is stopped it is not removed" no_snapd
check "with what it said in the record" wait_for in_record '.event == "removed" and .action == "failed" and (.output | test("cannot communicate with server"))'
systemctl start snapd.socket
had=$(version)
check "it is there still" test -n "$had"
cp vendor-3.snap /home/u/download
remove_it "$had"
check "what would install it is gone, too" test ! -e /home/u/download
check "a snap that was installed before cannot be again" refused install_it 1
check "another version comes to nothing" comes_to_nothing 3
interdict remove --yes --packages >/dev/null
check "nothing is there" installed ''
lifted
check "so does its service" wait_for active
