# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# KTAP for guest scripts. A script sources this file (it lies beside it, and its path is $VM_LIB),
# calls plan, and then one of ok, not_ok, check, check_fails, skip, skip_optional for each test.
#
# In the guest: SCRATCH_DEV and SCRATCH_DEV2 are empty disks of 1 GiB, KREL the kernel's release,
# INTERDICT_MODULE the path of interdict.ko, or empty if there is none for this kernel.

KTAP_PLAN=0
KTAP_RUN=0
KTAP_FAILED=0

# plan N: first, the number of tests to come.
plan() {
	KTAP_PLAN=$1
	echo "KTAP version 1"
	echo "1..$1"
	trap ktap_exit EXIT
}

# A script that sets an EXIT trap of its own calls this at its end.
ktap_exit() {
	local rc=$?
	[ "$rc" = 0 ] || exit "$rc"
	[ "$KTAP_RUN" = "$KTAP_PLAN" ] || echo "# planned $KTAP_PLAN, run $KTAP_RUN"
	[ "$KTAP_FAILED" = 0 ] && [ "$KTAP_RUN" = "$KTAP_PLAN" ] || exit 1
}

ok() {
	KTAP_RUN=$((KTAP_RUN + 1))
	echo "ok $KTAP_RUN - ${1//#/}"
}

not_ok() {
	KTAP_RUN=$((KTAP_RUN + 1))
	KTAP_FAILED=$((KTAP_FAILED + 1))
	echo "not ok $KTAP_RUN - ${1//#/}"
}

# skip NAME REASON: of a required test: the run fails. skip_optional: of one that may be missing.
skip() {
	KTAP_RUN=$((KTAP_RUN + 1))
	echo "ok $KTAP_RUN - ${1//#/} # SKIP $2"
}

skip_optional() { skip "$1" "optional: $2"; }

# wait_for COMMAND...: until it succeeds. The limit is for what hangs, on the slowest of machines. Between two
# tries is three times what one took, to 3 s: asking would else take the processor from what is waited for.
wait_for() {
	local end=$((SECONDS + 240)) began wait
	until now_ms; began=$NOW; "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		now_ms
		wait=$((3 * (NOW - began)))
		[ "$wait" -ge 100 ] || wait=100
		[ "$wait" -le 3000 ] || wait=3000
		printf -v wait %d.%03d $((wait / 1000)) $((wait % 1000))
		pause "$wait"
	done
}

# gives STATUS COMMAND...
gives() {
	local rc=0
	"${@:2}" || rc=$?
	[ "$rc" = "$1" ] || { echo "status $rc"; return 1; }
}

# hide_module: as if it had not been built for this kernel. The runner takes away what is mounted.
hide_module() {
	rmmod interdict 2>/dev/null
	[ -z "$INTERDICT_MODULE" ] || mount -t tmpfs hidden "${INTERDICT_MODULE%/*}" || bail "the module cannot be hidden"
	INTERDICT_MODULE=
}

# bail REASON: nothing more can be tested.
bail() {
	echo "Bail out! $*"
	exit 1
}

# diag TEXT: lines for the reader. Without a process: starting one takes long here.
diag() {
	local line
	while IFS= read -r line; do printf '# %s\n' "$line"; done <<<"$*"
}

# now_ms: sets NOW, in milliseconds.
now_ms() {
	NOW=${EPOCHREALTIME/[.,]/}
	NOW=$((NOW / 1000))
}

# pause SECONDS: sleep without a process; nobody writes to this pipe.
exec {KTAP_SILENCE}<> <(:)
pause() { read -rt "$1" -u "$KTAP_SILENCE" || true; }

# check NAME COMMAND...: ok if COMMAND succeeds; its output is shown only if it does not.
check() {
	local name=$1 out rc=0
	shift
	out=$("$@" 2>&1) || rc=$?
	if [ "$rc" = 0 ]; then
		ok "$name"
	else
		not_ok "$name"
		diag "$* gave status $rc"
		[ -z "$out" ] || diag "$out"
	fi
}

# check_fails NAME COMMAND...: ok if COMMAND fails, but not because it is missing or was killed.
check_fails() {
	local name=$1 out rc=0
	shift
	out=$("$@" 2>&1) || rc=$?
	if [ "$rc" != 0 ] && [ "$rc" != 127 ] && [ "$rc" -le 128 ]; then
		ok "$name"
	else
		not_ok "$name"
		diag "$* gave status $rc, and should have failed"
		[ -z "$out" ] || diag "$out"
	fi
}
