#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: some minutes: `make check-ban` does it
# A ban of a Flatpak application: made by flatpak itself, with a runtime, installed from a repository in a directory,
# for the system and by a user; it runs in its sandbox. Flatpak has no hook to refuse it: it comes in, and is banned.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=ban-lib.sh
. "${VM_LIB%/*}/ban-lib.sh"
plan 86

APP=org.example.Vendor
TYPE=flatpak NAME=$APP MANAGER=flatpak ID=app/$APP/x86_64/stable
DATABASE=/var/lib/flatpak/.changed
REPO=/var/tmp/repo
# A runtime of what the program needs, and a shell.
runtime() {
	local file
	mkdir -p runtime/usr/bin runtime/usr/lib runtime/usr/lib64
	ldd /bin/bash | grep -o '/[^ ]*' | while read -r file; do cp -L "$file" runtime/usr/lib/; done
	cp -L /lib64/ld-linux-x86-64.so.2 runtime/usr/lib64/
	cp /bin/bash runtime/usr/bin/
	ln -s bash runtime/usr/bin/sh
	cp -a runtime/usr runtime/files
	printf '[Runtime]\nname=org.example.Platform\nruntime=org.example.Platform/x86_64/1\nsdk=org.example.Platform/x86_64/1\n' >runtime/metadata
}
# A repository for each version, as the vendor's is at a time: a directory, of which the remote knows a link.
pack() {
	local repo=/var/tmp/repo-$1
	[ -d runtime ] || runtime || return 1
	mkdir -p "app-$1/export"
	cp -a "$1" "app-$1/files"
	printf '[Application]\nname=%s\nruntime=org.example.Platform/x86_64/1\nsdk=org.example.Platform/x86_64/1\ncommand=vendor\n' $APP >"app-$1/metadata"
	flatpak build-export --runtime "$repo" runtime 1 && flatpak build-export "$repo" "app-$1" stable || return 1
	echo "$(ostree --repo="$repo" rev-parse $ID) $1" >>commits
}
install_it() {
	ln -sfn "repo-$1" $REPO
	flatpak --system remote-add --no-gpg-verify --if-not-exists vendor $REPO || return 1
	if [ -n "$(version)" ]; then
		flatpak --system --noninteractive -y update $APP
	else
		flatpak --system --noninteractive -y install vendor $ID
	fi
}
version() {
	local commit
	commit=$(flatpak info --system --show-commit $APP 2>/dev/null) || return 0
	sed -n "s/^$commit //p" commits
}
place() { readlink -f /var/lib/flatpak/app/$APP/current/active/files; }
runs_it() { as_user flatpak run $APP "$@"; }
users() { as_user flatpak --user "$@"; }

begin
order_in_force
users_install() { users remote-add --no-gpg-verify vendor $REPO && users --noninteractive -y install vendor $ID; }
check "a user installs it, too" users_install
own() { readlink -f /home/u/.local/share/flatpak/app/$APP/current/active/files; }
check "its program is refused there" refused as_user "$(own)/bin/vendor"
check "and in its sandbox" refused users run $APP
comes_in "an update comes in" 2
check "and is refused in its sandbox" refused as_user flatpak --system run $APP
each refused "the version before is still refused: @" ways_of_the_copy
flatpak build-bundle /var/tmp/repo-2 /home/u/download $APP stable
remove_it 2
check_fails "the user's own, too" users info $APP
check "and what would install it" test ! -e /home/u/download
comes_in "installed again it comes in" 1
goes_by_itself
lifted
