#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --append ima_policy=tcb --timeout 400
# Beside what the kernel itself does with files: IMA's tcb policy, fs-verity, Landlock. They do what they did before;
# what they refuse is not in our record, and what we refuse is; our hashing adds nothing to IMA's list. First all of
# it with nothing enforced. `make check-coexist` does it on each kernel, and with bpf before the others in lsm=.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=coexist-lib.sh
. "${VM_LIB%/*}/coexist-lib.sh"
IMA=/sys/kernel/security/ima

# ---- Landlock
# What a process gets that has left itself $DIR/in and /usr.
landlocked_is() { # RESULT...
	local said
	said=$(python3 "$HELPER" landlock $DIR/in exec:$DIR/in/allowed exec:$DIR/in/banned exec:$DIR/allowed exec:$DIR/banned \
		open:$DIR/data) || return 1
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
violates() { violated | grep -q " $1\$"; }
violates_nothing_in() { ! violated | grep " $1/"; }
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
identified() { status '[.. | .identified? // empty] | first // 0'; }

plan 34
diag "lsm=$lsm"
mkdir -p $DIR/in
cp "$PROBES/banned" "$PROBES/allowed" $DIR/
cp $DIR/banned $DIR/allowed $DIR/in/
cp $DIR/banned $DIR/never
for file in data verity verity-banned; do echo "This is $file." >$DIR/$file; done
# Of the size that a rule names, so that we hash it; of another content.
printf 'This is sized 1234.' >banned-sized
for n in 1 2; do printf 'This is sized 567%d.' $n >$DIR/sized$n; done
sized2=$(printf 'This is sized 5672.' | hash_of)
read -r violations <$IMA/violations

# ---- nothing is enforced
check "control: Landlock refuses what it was not given" landlocked_is 43 42 EACCES EACCES EACCES
check "fs-verity is put on a file" fsverity enable $DIR/verity
check "and on another" fsverity enable $DIR/verity-banned
check "control: they can be read" cat $DIR/verity $DIR/verity-banned
check "control: fs-verity refuses writing" says "$ours" sh -c "echo more >>$DIR/verity"
check "IMA measures" [ "$(wc -l <$IMA/ascii_runtime_measurements)" -gt 20 ]
check "control: what nobody in particular reads" as_nobody cat $DIR/sized1
check "is not measured" measured_is 0 $DIR/sized1
cat $DIR/sized1 >/dev/null
check "control: what root reads is" measured_is 1 $DIR/sized1
check "control: what runs is" measured_is 1 $DIR/in/banned

# ---- all of it with a policy
policy 1
order banned $DIR/banned
order sized banned-sized
order verity $DIR/data
sed -i "/^match:/,\$d" $POLICY/orders/verity.yaml
verity=$(fsverity measure $DIR/verity-banned)
printf 'match:\n  - fsverity: %s\n' "${verity%% *}" >>$POLICY/orders/verity.yaml
list=$(wc -l <$IMA/ascii_runtime_measurements)
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
# What it reads as root, as the programs that no order may ban, is measured as what others read.
diag "IMA measured $(($(wc -l <$IMA/ascii_runtime_measurements) - list)) files more while it started"
check "nothing is degraded" status_is '.degraded | length' 0

if first_ours landlock; then expected=EPERM told=1; else expected=EACCES told=0; fi
check "Landlock: what it allows runs, but for ours; what it refuses does not" \
	landlocked_is 43 EPERM EACCES $expected EACCES
check "our refusal is in our record" denied_is 1 $DIR/in/banned
check "Landlock's are not" denied_is 0 $DIR/allowed
check "of both, the first one's" denied_is $told $DIR/banned

check "a file with fs-verity can be read" cat $DIR/verity
check "and not written" says "$ours" sh -c "echo more >>$DIR/verity"
check "which is not in our record" denied_is 0 $DIR/verity
check "one that is banned by its digest is refused" says "$ours" cat $DIR/verity-banned
check "which is" denied_is 1 $DIR/verity-banned

before=$(identified)
check "what nobody in particular reads" as_nobody cat $DIR/sized2
check "we have hashed" [ "$(identified)" -gt "$before" ]
check "and IMA has not measured" measured_is 0 $DIR/sized2
cat $DIR/sized2 >/dev/null
check "what root reads it measures, once, by its content" measured_once_as $DIR/sized2 "$sized2"
check "what is refused" says "$ours" $DIR/never
check "was not measured" measured_is 0 $DIR/never
diag "$(($(cat $IMA/violations) - violations)) violations more, of:" "$(violated)"
check "no violation is of a file that we judged" violates_nothing_in $DIR
check "one is of our record, which is read while it is written" violates "$RECORD"
check "the record is whole" record_is_whole
stop_daemon
check "it is switched off" interdict unload
check "control: what was refused runs" gives 42 $DIR/never
check "control: and is measured" measured_is 1 $DIR/never
rm -r $DIR
