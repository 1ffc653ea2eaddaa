#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make check-coexist`; it takes more than a minute of processor time
# Beside others that judge what is opened and run, as Debian has them: AppArmor, auditd, podman. They do what they did
# before; what they refuse is not in our record, and what we refuse is. First all of it with nothing enforced.
# `make check-coexist` does it on each kernel, and with bpf before the others in lsm=, and with IMA's tcb policy.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=coexist-lib.sh
. "${VM_LIB%/*}/coexist-lib.sh"
BUSYBOX=${VM_LIB%/*}/../busybox
AUDIT=/var/log/audit/audit.log

# Its name says what it is asked to be.
confined() { "$DIR/busybox" "$@"; }

# ---- AppArmor
profile_write() {
	cat >profile <<-PROFILE
		abi <abi/3.0>,
		profile coexist $DIR/busybox {
			/** rmix,
			audit deny $DIR/{secret,both} r,
		}
	PROFILE
}
# AppArmor's records of a file that it refused.
apparmor_denied() { grep -c "apparmor=\"DENIED\" operation=\"open\".*name=\"$1\"" $AUDIT; }
apparmor_told() { [ "$(apparmor_denied "$1")" -ge "$2" ]; }

# ---- auditd
# A refused exec, whose task is known.
exec_banned() {
	# shellcheck disable=SC2016 # for the inner shell
	pid=$(sh -c 'echo $$; exec "$0"' $DIR/banned 2>/dev/null)
}
audit_exec() { grep -c "^type=SYSCALL .* syscall=59 success=no exit=-1 .* pid=$pid .*key=\"coexist\"" $AUDIT; }
audit_has() { [ "$(audit_exec)" = "$1" ]; }
record_has() { [ "$(count ".event == \"denied\" and .op == \"exec\" and .process.pid == $pid")" = "$1" ]; }

# ---- podman
image_make() {
	mkdir -p image/bin image/proc image/sys image/dev image/etc image/tmp image/run &&
		cp $DIR/banned $DIR/allowed image/bin/ && cp "$BUSYBOX" image/bin/cat &&
		tar -C image -c . | podman import - localhost/coexist
}
# container OPTION... IMAGE COMMAND...
container() { podman run --rm --network none --cgroups disabled "$@"; }
contained() { container "${OPTIONS[@]}" localhost/coexist "$@"; }
contained_profile() { container localhost/coexist /bin/cat /proc/self/attr/current | grep '^containers-default.*(enforce)'; }
# Where bpf is before AppArmor, what is written to /proc/PID/attr/exec is bpf's to answer, and it knows nothing of it,
# whether any of its programs are loaded or not: so says the control, too. A privileged one gets no profile.
no_profile() { says 'unable to assign security attribute' container localhost/coexist /bin/allowed; }
OPTIONS=()
! first_ours apparmor || OPTIONS=(--privileged)

plan 31
diag "lsm=$lsm"
mkdir -p $DIR
cp "$PROBES/banned" "$PROBES/allowed" "$BUSYBOX" $DIR/
for file in data secret both banned-data; do echo "This is $file." >$DIR/$file; done
profile_write

# ---- nothing is enforced
systemctl start auditd.service
auditctl -e 1 >/dev/null
check "auditd has a rule for what is not permitted" auditctl -a always,exit -F arch=b64 -S execve -F exit=-EPERM -k coexist
check "AppArmor takes a profile" apparmor_parser -r profile
check "control: AppArmor refuses its own" says "$theirs" confined cat $DIR/secret
check "control: and what we will refuse, too" says "$theirs" confined cat $DIR/both
check "control: it lets the others be read" confined cat $DIR/data $DIR/banned-data
check "control: and run" gives 42 confined sh -c "exec $DIR/banned"
check "auditd has AppArmor's record" wait_for apparmor_told $DIR/secret 1
exec_banned
check "control: auditd has no refusal" audit_has 0
# podman has its images mounted by fuse-overlayfs. In 6.1 FUSE is a module, and nothing else loads it here.
modprobe -q fuse
check "podman imports an image" image_make
check "control: the program runs in a container" gives 42 contained /bin/banned
if first_ours apparmor; then
	check "control: it cannot be given AppArmor's profile" no_profile
else
	check "control: with AppArmor's profile for containers" contained_profile
fi

# ---- all of it with a policy
policy 1
order banned $DIR/banned
order both $DIR/both
order banned-data $DIR/banned-data
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "nothing is degraded" status_is '.degraded | length' 0

check "AppArmor refuses its own" says "$theirs" confined cat $DIR/secret
check "that is its record" wait_for apparmor_told $DIR/secret 2
check "and not in ours" denied_is 0 $DIR/secret
check "what is allowed by both can be read" confined cat $DIR/data
check "what we refuse a confined program" says "$ours" confined cat $DIR/banned-data
check "is in our record, once" denied_is 1 $DIR/banned-data
check "it does not run there either" says "$ours" confined sh -c "exec $DIR/banned"
before=$(apparmor_denied $DIR/both)
if first_ours apparmor; then
	check "of both refusals ours is first, and is the error" says "$ours" confined cat $DIR/both
	check "it is in our record" denied_is 1 $DIR/both
	check "and not in theirs" [ "$(apparmor_denied $DIR/both)" = "$before" ]
else
	check "of both refusals theirs is first, and is the error" says "$theirs" confined cat $DIR/both
	check "it is not in our record" denied_is 0 $DIR/both
	check "but in theirs" wait_for apparmor_told $DIR/both $((before + 1))
fi

exec_banned
check "auditd has a refused exec once" wait_for audit_has 1
check "and our record, of the same task" wait_for record_has 1

check "a program in a container" gives 43 contained /bin/allowed
if first_ours apparmor; then
	check "which cannot be given AppArmor's profile" no_profile
else
	check "with AppArmor's profile for containers" contained_profile
fi
before=$(count '.event == "denied"')
check "the banned one is refused there" says "$ours" contained /bin/banned
wait_for balanced
check "which is in our record" [ "$(count '.event == "denied"')" -gt "$before" ]
diag "$(jq -c 'select(.event == "denied") | [.op, .file.path, .process.comm]' "$RECORD" | tail -n +$((before + 1)))"

check "the record is whole" record_is_whole
stop_daemon
interdict unload

# What the next script on this machine shall not find.
auditctl -D >/dev/null
apparmor_parser -R profile
podman rmi --all --force >/dev/null
rm -r $DIR
