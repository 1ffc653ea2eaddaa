#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --debian --mem 3072 --append ima_policy=tcb --timeout 600
# Beside others that judge files, on one device: AppArmor, Landlock, fs-verity, IMA, auditd, podman, fapolicyd. They
# do what they did before; what they refuse is not in our record, and what we refuse is. First all of it with
# nothing enforced. `make check-coexist` does it on each kernel, and with bpf before the others in lsm=.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
PROBES=$(readlink -f "${VM_LIB%/*}/../bin/probes")
HELPER=${VM_LIB%/*}/coexist.py
BUSYBOX=${VM_LIB%/*}/../busybox
IMA=/sys/kernel/security/ima
AUDIT=/var/log/audit/audit.log
# Not in /tmp, which is a tmpfs where IMA measures nothing.
DIR=/opt/coexist

ours='Operation not permitted' theirs='Permission denied'
# Which of two that both refuse is asked first, and is all that is heard.
read -r lsm </sys/kernel/security/lsm
first_ours() { [[ $lsm == *bpf*$1* ]]; }

# says TEXT COMMAND...: the command fails, and says that.
says() {
	local said
	said=$("${@:2}" 2>&1) && { echo "it did not fail: $said"; return 1; }
	[[ $said == *"$1"* ]] || { echo "$said"; return 1; }
}
denied() { count ".event == \"denied\" and .file.path == \"$1\""; }
# denied_is NUMBER PATH
denied_is() { wait_for balanced && [ "$(denied "$2")" = "$1" ]; }
confined() { "$DIR/confined" "$@"; }

# ---- AppArmor
profile_write() {
	cat >profile <<-PROFILE
		abi <abi/3.0>,
		profile coexist $DIR/confined {
			/** rmix,
			audit deny $DIR/{secret,both} r,
		}
	PROFILE
}
# AppArmor's records of a file that it refused.
apparmor_denied() { grep -c "apparmor=\"DENIED\" operation=\"open\".*name=\"$1\"" $AUDIT; }
apparmor_told() { [ "$(apparmor_denied "$1")" -ge "$2" ]; }

# ---- Landlock
# What a process gets that has left itself $DIR/in and /usr.
landlocked() {
	python3 "$HELPER" landlock $DIR/in exec:$DIR/in/allowed exec:$DIR/in/banned exec:$DIR/allowed exec:$DIR/banned-out \
		open:$DIR/data
}
landlocked_is() { # RESULT...
	local said
	said=$(landlocked) || return 1
	echo "$said"
	[ "$(awk '{print $2}' <<<"$said" | paste -sd ' ')" = "$*" ]
}

# ---- IMA
measured() { awk -v path="$1" '$5 == path' $IMA/ascii_runtime_measurements; }
measured_is() { # NUMBER PATH
	[ "$(measured "$2" | wc -l)" = "$1" ] || { measured "$2"; return 1; }
}
measured_once_as() { # PATH HASH
	measured_is 1 "$1" && [[ $(measured "$1") == *" sha256:$2 "* ]]
}
# A violation's template hash is zeros.
violated() { awk '$2 ~ /^0+$/ {print $5}' $IMA/ascii_runtime_measurements | sort | uniq -c; }
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
identified() { status '[.. | .identified? // empty] | first // 0'; }
hash_of() { sha256sum | cut -d ' ' -f 1; }

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
contained() { podman run --rm --network none --cgroups disabled localhost/coexist "$@"; }
contained_profile() { contained /bin/cat /proc/self/attr/current | grep '^containers-default.*(enforce)'; }

# ---- fapolicyd
fapolicyd_start() {
	sed -i 's/^trust = .*/trust = file/' /etc/fapolicyd/fapolicyd.conf
	# By hash: it reads each program that is started.
	printf '%s\n' "deny_syslog perm=execute all : sha256hash=$(hash_of <$DIR/unwanted)" 'allow perm=any all : all' \
		>/etc/fapolicyd/rules.d/10-coexist.rules
	rm -f /etc/systemd/system/fapolicyd.service
	systemctl daemon-reload
	systemctl start fapolicyd.service || { journalctl -q -o cat -u fapolicyd.service | tail; return 1; }
}
fapolicyd_told() { journalctl -q -o cat -t fapolicyd | grep -q "dec=deny_syslog.*path=$DIR/unwanted"; }
# While it stands still: ours is refused at once; what it has to decide on waits, and goes on with it.
fapolicyd_stopped() {
	local said
	said=$(python3 "$HELPER" stopped "$(cat /run/fapolicyd.pid)" "exec:$DIR/banned" "open:$DIR/sized" exec:$DIR/allowed)
	echo "$said"
	[ "$said" = "$(printf '%s\n' "exec:$DIR/banned $1" "open:$DIR/sized waits ok" "exec:$DIR/allowed waits 43")" ]
}
open_many() { find /usr/share/zoneinfo /usr/include -type f | head -n 300 | xargs -P 4 -n 75 cat >/dev/null; }

plan 61
diag "lsm=$lsm"
mkdir -p $DIR/in
cp "$PROBES/banned" "$PROBES/allowed" $DIR/
cp $DIR/banned $DIR/allowed $DIR/in/
cp $DIR/banned $DIR/banned-out
cp $DIR/banned $DIR/never
cp "$BUSYBOX" $DIR/confined
{ cat "$PROBES/allowed"; echo unwanted; } >$DIR/unwanted
chmod 755 $DIR/unwanted
for file in data secret both banned-data verity verity-banned; do echo "This is $file." >$DIR/$file; done
# Of the size that a rule names, so that we hash it; of another content.
printf 'This is sized 1234.' >banned-sized
for n in 1 2; do printf 'This is sized 567%d.' $n >$DIR/sized$n; done
cp $DIR/sized1 $DIR/sized
chmod 644 $DIR/sized*
sized2=$(printf 'This is sized 5672.' | hash_of)
profile_write
read -r violations <$IMA/violations

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
check "control: Landlock refuses what it was not given" landlocked_is 43 42 EACCES EACCES EACCES
check "fs-verity is put on a file" fsverity enable $DIR/verity
check "and on another" fsverity enable $DIR/verity-banned
check "control: they can be read" cat $DIR/verity $DIR/verity-banned
check "control: fs-verity refuses writing" says "$ours" sh -c "echo more >>$DIR/verity"
check "IMA measures" [ "$(wc -l <$IMA/ascii_runtime_measurements)" -gt 50 ]
check "control: what nobody in particular reads is not measured" as_nobody cat $DIR/sized1
check "as its policy has it" measured_is 0 $DIR/sized1
cat $DIR/sized1 >/dev/null
check "control: what root reads is" measured_is 1 $DIR/sized1
check "control: what runs is" measured_is 1 $DIR/banned
exec_banned
check "control: auditd has no refusal" audit_has 0
check "podman imports an image" image_make
check "control: the program runs in a container" gives 42 contained /bin/banned

# ---- all of it with a policy
policy 1
order banned $DIR/banned
order both $DIR/both
order banned-data $DIR/banned-data
order banned-sized banned-sized
verity=$(fsverity measure $DIR/verity-banned)
order verity $DIR/banned-data
sed -i "/^match:/,\$d" $POLICY/orders/verity.yaml
printf 'match:\n  - fsverity: %s\n' "${verity%% *}" >>$POLICY/orders/verity.yaml
list=$(wc -l <$IMA/ascii_runtime_measurements)
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
diag "IMA measured $(($(wc -l <$IMA/ascii_runtime_measurements) - list)) files while it started"
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

if first_ours landlock; then expected=EPERM told=1; else expected=EACCES told=0; fi
check "Landlock: what it allows runs, but for ours; what it refuses does not" \
	landlocked_is 43 EPERM EACCES $expected EACCES
check "our refusal is in our record" denied_is 1 $DIR/in/banned
check "Landlock's are not" denied_is 0 $DIR/allowed
check "of both, the first" denied_is $told $DIR/banned-out

check "a file with fs-verity can be read" cat $DIR/verity
check "and not written" says "$ours" sh -c "echo more >>$DIR/verity"
check "which is not in our record" denied_is 0 $DIR/verity
check "one that is banned by its digest is refused" says "$ours" cat $DIR/verity-banned

before=$(identified)
check "what nobody in particular reads" as_nobody cat $DIR/sized2
check "we have hashed" [ "$(identified)" -gt "$before" ]
check "and IMA has not measured" measured_is 0 $DIR/sized2
cat $DIR/sized2 >/dev/null
check "what root reads it measures, once, by its content" measured_once_as $DIR/sized2 "$sized2"
check "what is refused" says "$ours" $DIR/never
check "was not measured" measured_is 0 $DIR/never

exec_banned
check "auditd has a refused exec once" wait_for audit_has 1
check "and our record, of the same task" wait_for record_has 1

check "a program in a container" gives 43 contained /bin/allowed
check "with AppArmor's profile for containers" contained_profile
check "the banned one is refused there" says "$ours" contained /bin/banned
check "which is in our record" denied_is 1 /bin/banned

# ---- fapolicyd asks user space about each file that is opened
check "fapolicyd starts" fapolicyd_start
check "it refuses its own" says "$ours" $DIR/unwanted
check "and says so" wait_for fapolicyd_told
check "which is not in our record" denied_is 0 $DIR/unwanted
check "we refuse ours, and do not wait for it" fapolicyd_stopped EPERM
check "many files are opened at a time" open_many
policy 2
check "another policy is loaded" interdict load $POLICY
check "the record is whole" record_is_whole
diag "$(($(cat $IMA/violations) - violations)) violations of IMA's more, of:" "$(violated)"
stop_daemon
interdict unload
check "control: fapolicyd refuses its own without us" says "$ours" $DIR/unwanted
check "control: and nothing of ours" gives 42 $DIR/banned
