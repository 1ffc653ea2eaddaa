# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2317,SC2153,SC2154 # functions that check calls; what managers set
# A ban of a package from its order to its lifting, for the managers of ban_rpm.sh, ban_flatpak.sh and ban_snap.sh.
# Each says how it
#	pack VERSION		makes a package of what is in ./VERSION
#	install_it VERSION	has the manager install that, anew or as an upgrade
#	version			which one the manager says is there; nothing: none
#	place			the directory where its bin, lib are
#	runs_it [ARGUMENT]	runs the program as a user does
# and KEPT (files that it installs), TYPE, NAME (as an order has them), MANAGER (as a plan has it), ID (as the manager takes it), DATABASE (a file
# that the manager changes last).
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"

USER_ID=1000
TREE=/home/u/tree
as_user() { setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env HOME=/home/u USER=u "$@"; }

# software VERSION: a program that has a library, a script, and a program that coreutils have, too.
software() {
	mkdir -p "$1/bin" "$1/lib"
	echo 'const char *vendor_says(void) { return SAYS; }' >lib.c
	cat >program.c <<-'C'
		#include <stdio.h>
		#include <unistd.h>
		const char *vendor_says(void);
		int main(int argc, char **argv)
		{
			printf("%s, by " SAYS "\n", vendor_says());
			fflush(stdout);
			while (argc > 1)
				pause();
			return 0;
		}
	C
	cc -DSAYS="\"$TYPE $1\"" -shared -fPIC -Wl,--build-id -Wl,-soname,libvendor.so -o "$1/lib/libvendor.so" lib.c || return 1
	# shellcheck disable=SC2016 # the linker's
	cc -DSAYS="\"$TYPE $1\"" -Wl,--build-id -Wl,-rpath,'$ORIGIN/../lib' -o "$1/bin/vendor" program.c "$1/lib/libvendor.so" || return 1
	printf '#!/bin/sh\necho this is the helper of %s, version %s\n' "$TYPE" "$1" >"$1/bin/vendor-helper"
	cp "$(type -P id)" "$1/bin/vendor-id"
	chmod 755 "$1"/bin/*
}

maps() {
	python3 -c 'import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
mmap.mmap(fd, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)' "$1"
}
# Each way to use it, by a name.
ways() {
	local at
	at=$(place)
	echo "its program|$at/bin/vendor"
	echo "the manager's way to start it|runs_it"
	echo "mapping its library|maps $at/lib/libvendor.so"
	echo "reading its library|cat $at/lib/libvendor.so"
	echo "its script|sh $at/bin/vendor-helper"
}
ways_of_the_copy() {
	echo "a copied tree's program|as_user $TREE/bin/vendor"
	echo "mapping a copied tree's library|maps $TREE/lib/libvendor.so"
	echo "a copied tree's script|sh $TREE/bin/vendor-helper"
	echo "a copy of the program to which something is added|as_user $TREE/bin/vendor-changed"
}
# refused COMMAND...: the file is there, and the kernel says EPERM.
refused() {
	if "$@" >said 2>&1; then cat said; return 1; fi
	grep -qai 'operation not permitted' said || { cat said; return 1; }
}
# each VERB WORDS WAYS...: a check of each way.
each() {
	local verb=$1 words=$2 name command
	shift 2
	while IFS='|' read -r name command; do
		# shellcheck disable=SC2086 # words
		check "${words/@/$name}" $verb $command
	done < <("$@")
}
works() { "$@" >/dev/null; }
installed() { [ "$(version)" = "$1" ] || { echo "version: $(version)"; return 1; }; }
ended() { ! kill -0 "$1" 2>/dev/null || grep -q ') Z ' "/proc/$1/stat"; }
# running: PIDs of processes of the program that was installed.
running() { pgrep -f "(^|/)vendor wait" || true; }
none_runs() { [ -z "$(running)" ]; }
some_run() { [ -n "$(running)" ]; }
all_go_on() { some_run && ! ended "$MAPS"; }
all_gone() { [ ! -e 1/bin/vendor ] && [ ! -e 2/lib/libvendor.so ] && ! pgrep -f 'interdict remove' >/dev/null; }
no_copies() { [ ! -e $TREE/bin/vendor ] && [ ! -e $TREE/lib/libvendor.so ] && [ ! -e $TREE/bin/vendor-changed ]; }
resolved() { count '.event == "policy" and .action == "resolved"'; }
resolved_more() { [ "$(resolved)" -gt "$1" ]; }
seconds_of_resolution() {
	python3 - "$RECORD" "$(stat -c %.9Y "$DATABASE")" <<-'PYTHON'
		import datetime, json, sys
		last = [e for e in map(json.loads, open(sys.argv[1])) if e["event"] == "policy" and e["action"] == "resolved"][-1]
		when = datetime.datetime.fromisoformat(last["time"][:26] + "+00:00").timestamp()
		print("%.2f" % (when - float(sys.argv[2])))
	PYTHON
}
# comes_in NAME VERSION: what the manager installs is banned within a second. (And the time of one resolution that is
# under way, and of its own, on a machine that is emulated.)
comes_in() {
	local before behind took
	before=$(resolved)
	check "$1" install_it "$2"
	check "it is there" installed "$2"
	check "which is recorded" wait_for resolved_more "$before"
	check "its program is refused" wait_for refused "$(place)/bin/vendor"
	behind=$(seconds_of_resolution)
	took=$(($(status .daemon.packages.took_us) / 1000))
	diag "resolved $behind s behind the change; it took $took ms"
	check "within a second, and the time that it takes" test "${behind%.*}" -le $((2 + 2 * took / 1000))
	check "its library is" refused maps "$(place)/lib/libvendor.so"
	check "its script is" refused sh "$(place)/bin/vendor-helper"
}
in_record() { [ "$(count "$1")" -ge 1 ]; }
# What looks at the whole device first.
patiently() { wait_for "$@" || wait_for "$@" || wait_for "$@" || wait_for "$@"; }
# suite SERIAL LINES
suite() {
	head_of_order suite "$2"
	echo "  - package: {type: $TYPE, name: '$NAME'}" >>$POLICY/orders/suite.yaml
	policy "$1"
}
left_out() {
	status '[.daemon.packages.files_left_out[] | .path + ": " + .why] | .[]' >left
	cat left
	[ "$(wc -l <left)" = 1 ] && grep -q '/bin/vendor-id: ' left
}
scan_finds() {
	gives 5 interdict scan --json --only files,packages,processes "$(place)" /home/u >found || return 1
	jq -se --arg type "$TYPE" --arg at "$(place)" --arg tree $TREE '
		([.[] | select(.found == "file" and .order == "suite") | .file.path]) as $files |
		all("/bin/vendor", "/lib/libvendor.so", "/bin/vendor-helper"; [$at + ., $tree + .] - $files == []) and
		all($files[]; endswith("vendor-id") | not) and
		any(.[]; .found == "package" and .order == "suite" and .package.type == $type) and
		any(.[]; .found == "process" and .order == "suite")' found || { cat found; return 1; }
}
plan_says() {
	gives 5 interdict remove /home/u >plan.out
	cat plan.out
	grep -q "^uninstall .*$TYPE package $ID .*by $MANAGER.*(order suite, package)" plan.out &&
		grep -q "^quarantine .*$TREE/bin/vendor (order suite" plan.out && ! grep -q 'vendor-id\|notes' plan.out
}

# begin: the package is there, runs, and has been copied. Then a daemon, with an order about something else.
begin() {
	useradd -m -u $USER_ID u
	chmod 755 /home/u .
	for version in ${VERSIONS:-1 2}; do
		{ software "$version" && pack "$version"; } >pack.log 2>&1 || { diag "$(tail -n 20 pack.log)"; bail "no packages"; }
	done
	# What would install it is taken away, too, where all of the device is looked at; a tar is nothing of that sort.
	# shellcheck disable=SC2086 # names
	tar -cf kept.tar -T /dev/null ${KEPT:-}
	check "control: the manager installs it" install_it 1
	check "control: it is there" installed 1
	cp -a "$(place)" $TREE
	cp $TREE/bin/vendor $TREE/bin/vendor-changed
	echo more >>$TREE/bin/vendor-changed
	echo "the user's own" >/home/u/notes
	chown -R $USER_ID:$USER_ID /home/u
	each works "control: @" ways
	each works "control: @" ways_of_the_copy
	runs_it wait >/dev/null 2>&1 &
	python3 -c 'import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
kept = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
time.sleep(100000)' "$(place)/lib/libvendor.so" & MAPS=$!
	check "control: a user runs it" wait_for some_run
	RUNS=$(running | tail -n 1)
	policy 1
	package_order other nothing-of-that-name
	start_daemon "the daemon starts, with an order about something else"
	wait_for enforcing || bail "not enforcing"
	check "control: it goes on" all_go_on
}

# order_in_force: what was installed is found and refused, what runs ends.
order_in_force() {
	suite 2 'running: report'
	check "the order is loaded" interdict load $POLICY
	check "one package matches" status_is .daemon.packages.packages 1
	# Of each its hash, and of two the build-id.
	check "its program, its library and its script become rules" status_is '.daemon.packages | "\(.files) \(.left_out) \(.rules)"' "${RULES:-4 1 5}"
	check "what coreutils have, too, is left out, and that is said" left_out
	check "scan finds the package, its files, their copies and what runs" scan_finds
	suite 3 $'running: kill\ngrace: 2s'
	check "the order has it ended" interdict load $POLICY
	check "what the user runs ends" patiently none_runs
	check "so does who has its library mapped" patiently ended "$MAPS"
	check "the record says so of one" wait_for in_record ".event == \"killed\" and .order == \"suite\" and .process.pid == $RUNS and (.file.path | endswith(\"/bin/vendor\"))"
	check "and of the other" wait_for in_record ".event == \"killed\" and .op == \"map\" and .process.pid == $MAPS"
	each refused "refused: @" ways
	each refused "refused: @" ways_of_the_copy
	check "refusals say that a package's rule did" in_record '.event == "denied" and .order == "suite" and .rule == "package" and .via == "build-id"'
	explains() { gives 5 interdict explain "$(place)/bin/vendor" >why; cat why; grep -qF "package $ID" why; }
	check "explain tells the package" explains
	check "what coreutils have, too, runs" works "$(place)/bin/vendor-id"
	check "what the user has can be read" cat /home/u/notes
}

# removed: by the manager, with its copies.
remove_it() {
	check "the plan names the package, its manager, and the copies" plan_says
	check "which changes nothing" installed "$1"
	check "remove --yes" interdict remove --yes /home/u
	check "the package is gone" installed ''
	check "with an event" wait_for in_record ".event == \"removed\" and .action == \"uninstalled\" and .package.id == \"$ID\" and .order == \"suite\""
	check "the copies, too" no_copies
	check "what the user has is not" grep -q own /home/u/notes
	check "nothing is left to do" interdict remove --yes /home/u
}

# goes_by_itself: what came in again.
goes_by_itself() {
	suite 4 $'installed: remove\ngrace: 2s'
	check "an order that has it removed" interdict load $POLICY
	check "it goes by itself" patiently installed ''
	check "and so does what it was made of" patiently all_gone
	check "nothing of it runs" none_runs
}

# lifted: the order is, and all of it works again.
lifted() {
	rm $POLICY/orders/suite.yaml
	policy 9
	check "the order is lifted" interdict load $POLICY
	for file in $TREE/bin/vendor $TREE/bin/vendor-helper $TREE/lib/libvendor.so $TREE/bin/vendor-changed; do
		interdict remove --restore "$file" >/dev/null || not_ok "$file comes back"
	done
	tar -xf kept.tar
	check "the manager installs it" install_it 1
	each works "works again: @" ways
	each works "works again: @" ways_of_the_copy
	check "only the order refused anything" test "$(count '.event == "denied" and .order != "suite"')" = 0
	check "the record is whole" record_is_whole
	stop_daemon
	userdel -rf u 2>/dev/null
}
