#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: some minutes: `make check-ban` does it
# A ban of an RPM package: built by rpmbuild, installed by the rpm of Debian 13 into a database that has nothing else,
# which dpkg's system lies around. The plug-in that keeps it out is compiled here.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=ban-lib.sh
. "${VM_LIB%/*}/ban-lib.sh"
plan 86

TYPE=rpm NAME=vendor MANAGER=rpm ID=vendor-1-1.x86_64
KEPT="vendor-1-1.x86_64.rpm vendor-2-1.x86_64.rpm"
DATABASE=/var/lib/rpm/rpmdb.sqlite
HERE=$PWD
pack() {
	cat >vendor.spec <<-SPEC
		Name: vendor
		Version: $1
		Release: 1
		Summary: x
		License: none
		Vendor: Vendor Ltd
		AutoReqProv: no
		%global debug_package %{nil}
		%global __os_install_post %{nil}
		%description
		x
		%install
		mkdir -p %{buildroot}/opt
		cp -a $HERE/$1 %{buildroot}/opt/vendor
		%files
		/opt/vendor
	SPEC
	rpmbuild -bb --define "_topdir $HERE/rpmbuild" vendor.spec && mv "rpmbuild/RPMS/x86_64/vendor-$1-1.x86_64.rpm" .
}
OPTIONS=--nodeps # there is no package that has libc
# shellcheck disable=SC2086
install_it() { rpm -U $OPTIONS "vendor-$1-1.x86_64.rpm"; }
version() { rpm -q --qf '%{VERSION}' vendor 2>/dev/null | grep -v 'not installed' || true; }
place() { echo /opt/vendor; }
runs_it() { as_user /opt/vendor/bin/vendor "$@"; }
kept_out() {
	if "$@" >out 2>&1; then cat out; return 1; fi
	cat out
	grep -q "order suite (Order suite) of An authority bans it" out && grep -q "Not permitted." out && grep -q "https://example.org/suite" out
}
plug_in() {
	cc -Wall -Wextra -Werror -D_GNU_SOURCE -O2 -fPIC -shared -o "$(rpm --eval '%{__plugindir}')/interdict.so" \
		/share/door/rpm/plugin.c -lrpm -lrpmio &&
		cp /share/door/rpm/macros.transaction_interdict "$(rpm --eval '%{_rpmmacrodir}')/"
}

check "rpm's plug-in is compiled" plug_in
begin
order_in_force
cp vendor-1-1.x86_64.rpm innocent
check "an upgrade is refused at the door" kept_out install_it 2
check "the version is the same" installed 1
OPTIONS="--nodeps --noplugins"
comes_in "root leaves the plug-in out: it comes in" 2
OPTIONS=--nodeps
each refused "the version before is still refused: @" ways_of_the_copy
ID=vendor-2-1.x86_64
cp innocent /home/u/download
remove_it 2
check "what would install it is gone, too" test ! -e /home/u/download
check "installing it again is refused" kept_out rpm -i --nodeps innocent
check "nothing came in" installed ''
OPTIONS="--nodeps --noplugins"
comes_in "without the plug-in it comes in" 1
OPTIONS=--nodeps
goes_by_itself
lifted
