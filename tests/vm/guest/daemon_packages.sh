#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with debian --debian --mem 3072 --share userspace --timeout 600
# Package rules on a whole Debian: what an installed package consists of is refused, wherever it is; a
# package that comes, changes or goes is seen; what others have, too, is left alone.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 48

# A real package of a program, a library and a script, which nothing here needs.
REAL=man-db
PROGRAM=$(dpkg -L $REAL | grep -m 1 '^/usr/bin/lexgrog$')
LIBRARY=$(dpkg -L $REAL | grep -m 1 '\.so$')
SCRIPT=/etc/cron.daily/man-db

# build VERSION: a vendor's package, of which only two files are its own.
build() {
	rm -rf pkg
	mkdir -p pkg/DEBIAN pkg/opt/vendor
	printf 'Package: vendor\nVersion: %s\nArchitecture: all\nMaintainer: Vendor <v@example.org>\nDescription: test\n' "$1" >pkg/DEBIAN/control
	make_banned pkg/opt/vendor/program "version $1"
	printf '#!/bin/sh\necho this is version %s of the script\n' "$1" >pkg/opt/vendor/script
	cp "$(type -P id)" pkg/opt/vendor/id
	cp "$(readlink -f /bin/sh)" pkg/opt/vendor/sh
	printf '\n' >pkg/opt/vendor/init.py
	: >pkg/opt/vendor/empty.py
	chmod 755 pkg/opt/vendor/*
	(cd pkg && find opt -type f -exec md5sum {} +) >pkg/DEBIAN/md5sums
	dpkg-deb -b pkg "vendor-$1.deb"
}

refused() { ! "$@" >/dev/null 2>&1; }
runs() { "$@" >/dev/null 2>&1; }
maps() { python3 -c 'import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
mmap.mmap(fd, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)' "$1"; }
resolved() { count '.event == "policy" and .action == "resolved"'; }
resolved_more() { [ "$(resolved)" -gt "$1" ]; }
# seconds_of_resolution: from when dpkg's database was as it is to when the tables were.
seconds_of_resolution() {
	python3 - "$RECORD" <<-'PYTHON'
		import datetime, json, os, sys
		last = [e for e in map(json.loads, open(sys.argv[1])) if e["event"] == "policy" and e["action"] == "resolved"][-1]
		when = datetime.datetime.fromisoformat(last["time"][:26] + "+00:00").timestamp()
		print("%.2f" % (when - os.stat("/var/lib/dpkg/status").st_mtime))
	PYTHON
}
packages() { status_is ".daemon.packages.$1" "$2"; }

build 1
build 2
dpkg-deb -x vendor-1.deb tree
cp "$PROGRAM" copy
check "control: the package's program runs" runs "$PROGRAM" --version
check "control: so does what will be installed" runs tree/opt/vendor/program
check "control: its library maps" maps "$LIBRARY"
check "control: its script runs" runs sh -n $SCRIPT

policy 1
package_order real $REAL
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "one package matches" packages packages 1
check "its program is refused" refused "$PROGRAM" --version
check "its library is refused" refused maps "$LIBRARY"
check "its script is refused" refused sh -n $SCRIPT
check "a copy elsewhere is refused" refused ./copy --version
printf 'appended' >>copy
check "a copy with another hash is refused, by its build-id" refused ./copy --version
check "an unrelated program runs" runs id
check "an unrelated library maps" maps "$(ldconfig -p | awk '/libz\.so\.1 / {print $NF; exit}')"
by_sha256='.event == "denied" and .order == "real" and .rule == "package" and .via == "sha256" and .claimed == false'
check "the events say that a package's rule did, and by what" test "$(count "$by_sha256")" -ge 4
check "also for the build-id" test "$(count '.rule == "package" and .via == "build-id"')" -ge 1
explains() { interdict explain "$PROGRAM" | grep -qF "package $REAL, sha256 of its file $PROGRAM"; }
check "explain tells the package and the file" explains
check_fails "explain: refused" interdict explain "$PROGRAM"

# A package that is installed while the policy is active.
package_order vendor 'vendor*'
policy 2
check "an order for a package that is not there loads" interdict load $POLICY
check "it matches nothing" packages packages 1
before=$(resolved)
check "dpkg -i" dpkg -i vendor-1.deb
check "its coming is noticed" wait_for resolved_more "$before"
behind=$(seconds_of_resolution)
took=$(($(status .daemon.packages.took_us) / 1000))
diag "resolved $behind s behind dpkg; it took $took ms"
# One that is under way, the pause of 0.3 s behind it, and the one that sees it, on a machine that is busy.
check "within a second, and the time that it takes" test "${behind%.*}" -le $((2 + 2 * took / 1000))
check "its program is refused" refused /opt/vendor/program
check "its script is refused" refused /opt/vendor/script
cp pkg/opt/vendor/program two
check "another version of it runs, from elsewhere" runs ./two
check "what coreutils have, too, runs" runs /opt/vendor/id
check "so does the shell" runs /opt/vendor/sh -c true
left() { status "[.daemon.packages.files_left_out[] | select(.package == \"vendor\") | .path] | sort | join(\" \")"; }
check "what was left out is reported" test "$(left)" = "/opt/vendor/empty.py /opt/vendor/id /opt/vendor/init.py /opt/vendor/sh"
check "a file of one newline can be read" cat /opt/vendor/init.py

before=$(resolved)
check "an upgrade" dpkg -i vendor-2.deb
check "is noticed" wait_for resolved_more "$before"
diag "resolved $(seconds_of_resolution) s behind dpkg"
check "the new version is refused" refused /opt/vendor/program
check "also elsewhere" refused ./two
check "a copied tree of the version before still is" refused tree/opt/vendor/program

# A database that cannot be read takes no ban away.
cp /var/lib/dpkg/status status.good
head -c 1000 status.good >/var/lib/dpkg/status
degraded() { interdict status --json | jq -e '[.degraded[].why] | any(test("deb packages cannot be read"))'; }
check "a torn database is noticed" wait_for degraded
check "the package is still refused" refused /opt/vendor/program
kill_daemon
start_daemon "a daemon that starts then"
wait_for enforcing || bail "not enforcing"
check "refuses it, too" refused ./two
cp status.good /var/lib/dpkg/status
whole() { ! degraded; }
check "whole again" wait_for whole

before=$(resolved)
check "removed" dpkg -r vendor
check "which is noticed" wait_for packages packages 1
check "and recorded, though no rule goes with it" wait_for resolved_more "$before"
check "what was banned with it still is" refused ./two
rm $POLICY/orders/*.yaml
package_order other nothing-of-that-name
policy 3
check "the orders are lifted" interdict load $POLICY
check "what was banned with it runs" runs ./two
check "the real package works again" runs "$PROGRAM" --version
check "nothing unrelated was refused" test "$(count '.event == "denied" and .order != "real" and .order != "vendor"')" = 0
stop_daemon
