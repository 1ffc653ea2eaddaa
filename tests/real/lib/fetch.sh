# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packages that others published, by name, unpacked in the cache that the virtual machines have too.

# shellcheck source=../../vm/lib/common.sh
. "$REAL_DIR/../vm/lib/common.sh"
# shellcheck source=../../vm/lib/kernel.sh
. "$REAL_DIR/../vm/lib/kernel.sh"
# shellcheck source=../../vm/lib/root.sh
. "$REAL_DIR/../vm/lib/root.sh"

# Whatever npm a machine has will do: it is installed only where there is none.
npm_ready() {
	command -v npm >/dev/null && return 0
	[ "$(id -u)" = 0 ] || die "npm is missing, and this is not root: install it"
	say 'installing npm'
	DEBIAN_FRONTEND=noninteractive quietly "$CACHE/npm.log" \
		apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends npm </dev/null
}

# npm keeps what it fetched a second time: not here.
npm_fetch() { # PACKAGE@VERSION DIR
	rm -rf "$2.new"
	mkdir -p "$2.new/npm"
	say "fetching $1"
	(cd "$2.new" && quietly npm.log npm pack --silent --cache "$2.new/npm" "$1") || die "cannot fetch $1"
	tar -xzf "$2.new"/*.tgz -C "$2.new"
	rm -rf "$2.new/npm" "$2.new"/*.tgz
	mv "$2.new" "$2"
}

deb_fetch() { # PACKAGE DIR
	rm -rf "$2.new"
	say "fetching $1"
	fetch_packages "$2.new" "$1"
	dpkg-deb -f "$2.new"/*.deb Version >"$2.new/version"
	dpkg-deb -x "$2.new"/*.deb "$2.new/package"
	rm "$2.new"/*.deb
	mv "$2.new" "$2"
}

# package_ready TYPE PACKAGE: sets PACKAGE_DIR, where its files are.
package_ready() {
	local dir key=${2//\//-}
	dir=$CACHE/real/$1/$key
	mkdir -p "$CACHE/real/$1"
	[ -e "$dir" ] || if [ "$1" = npm ]; then npm_ready; else private_apt_ready; fi
	once "real-$1-$key" "$dir" "$1_fetch" "$2" "$dir"
	# shellcheck disable=SC2034
	PACKAGE_DIR=$dir/package
}

# package_name TYPE PACKAGE: with its version.
package_name() {
	if [ "$1" = npm ]; then
		echo "$2"
	else
		echo "$2 $(cat "$CACHE/real/deb/$2/version")"
	fi
}
