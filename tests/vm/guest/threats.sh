# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the threat scripts share: file systems, a policy, and attempts with their control.
#
# A row is a function row_NN_name that calls attempt for each way it tries. run_rows calls every row
# three times, in each file system it is for:
#	control	enforcement is off; each attempt must succeed, or the row proves nothing
#	cold	the policy is active, page cache and inodes were dropped
#	warm	again, from the caches
# An attempt runs under a process name of its own. When all is done, the record must hold exactly
# one event for each refusal, under that name, with the operation, the order and the kind of rule.

set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
PROBES=${PROBES:-$(dirname "$VM_LIB")/../bin/probes}
PROBES=$(readlink -f "$PROBES")
PHASES=${THREATS_PHASES:-control cold warm}
# Where programs of this machine name their loader; and for calls that only x86 has, ABSENT_ON of others.
# shellcheck disable=SC2034 # used by these
LOADER=/lib64/ld-linux-x86-64.so.2 X86_ONLY=''
# shellcheck disable=SC2034
[ "$HOSTTYPE" = x86_64 ] || LOADER=/lib/ld-linux-aarch64.so.1 X86_ONLY="ext4 xfs btrfs tmpfs overlay"
RECORD=/var/log/interdict/events.jsonl
BASE=/mnt/threats
WORK=$PWD
PHASE='' LAST_PHASE='' ROW='' FS='' KIND=''
ATTEMPTS=0
ROW_KEYS=()
declare -A ROW_FAILURE ROW_SEEN
: >"$WORK/expected"
: >"$WORK/banned-files"
: >"$WORK/banned-sizes"

control() { [ "$PHASE" = control ]; }

note_row() {
	ROW_KEY="${ROW#row_}${FS:+ on $FS}"
	[ -n "${ROW_SEEN[$ROW_KEY]:-}" ] || ROW_KEYS+=("$ROW_KEY")
	ROW_SEEN[$ROW_KEY]=1
}

# fails TEXT: the row under way has failed.
fails() {
	note_row
	ROW_FAILURE[$ROW_KEY]+="$PHASE${KIND:+ $KIND}: $*"$'\n'
}

# expect NAME WANT GOT: in the row under way.
expect() {
	note_row
	[ "$2" = "$3" ] || fails "$1: wanted $2, got $3"
}

# step COMMAND...: has to succeed.
step() {
	local status=0
	"$@" >"$WORK/step.out" 2>&1 || status=$?
	[ $status = 0 ] || fails "step '$*' gave status $status: $(tail -n 2 "$WORK/step.out")"
	return $status
}

# One process does all attempts and most steps: starting one for each takes most of the time.
server_start() {
	coproc SERVER { exec "$PROBES/attempt" serve "$WORK/attempt.out"; }
	exec {SERVER_IN}>&"${SERVER[1]}" {SERVER_OUT}<&"${SERVER[0]}"
}

# ask NAME TECHNIQUE ARGS...: sets STATUS.
ask() {
	local IFS=$'\t'
	printf '%s\n' "$PWD	$*" >&"$SERVER_IN"
	read -r -t 150 STATUS <&"$SERVER_OUT" || bail "no answer to $*"
}

# tool NAME ARGS...: a step by the probe.
tool() {
	ask - "$@"
	[ "$STATUS" = 0 ] || fails "step '$*' gave status $STATUS: $(tail -n 1 "$WORK/attempt.out")"
	return "$STATUS"
}

# attempt OP [VARIABLE=VALUE...] TECHNIQUE ARGS...: OP is exec, map or open: the operation that is
# refused; "say" where the attempt goes through under enforcement too, with no event.
# CONTROL_WANT (42), ENFORCED_WANT (1, EPERM): statuses, see common.h; several with |, "refused" for
# anything that is neither 42 nor 43. EVENTS: how many (1).
# RULE=unidentified: refused because it is not known. ORDER and RULE: by these. ABSENT_ON: file systems without such a call (77).
attempt() {
	local op=$1 token want
	shift
	note_row
	ATTEMPTS=$((ATTEMPTS + 1))
	token=$TOKEN$ATTEMPTS
	ask "$token" "$@"
	want=${CONTROL_WANT:-42}
	if ! control && [ "$op" != say ]; then
		want=${ENFORCED_WANT:-1}
	fi
	case " ${ABSENT_ON:-} " in *" $FS "*) want=77 ;; esac
	case "|$want|" in
	*"|$STATUS|"*) ;;
	*'|refused|'*) case $STATUS in 42 | 43 | 100) fails "'$*' ($op, $token): wanted a refusal, got $STATUS" ;; esac ;;
	*) fails "'$*' ($op, $token): wanted $want, got $STATUS: $(tail -n 1 "$WORK/attempt.out")" ;;
	esac
	control && return
	if [ "$op" = say ] || [ "$want" = 77 ]; then
		echo "$token|$PHASE|$ROW_KEY|-|-|-|0"
	elif [ "${RULE:-}" = unidentified ]; then
		echo "$token|$PHASE|$ROW_KEY|$op|-|unidentified|1"
	elif [ -n "${ORDER:-}" ]; then
		echo "$token|$PHASE|$ROW_KEY|$op|$ORDER|$RULE|${EVENTS:-1}"
	else
		case $KIND in
		*marked*) echo "$token|$PHASE|$ROW_KEY|$op|threats-build-id|build-id|${EVENTS:-1}" ;;
		running) echo "$token|$PHASE|$ROW_KEY|$op|threats-running|sha256|${EVENTS:-1}" ;;
		*) echo "$token|$PHASE|$ROW_KEY|$op|threats-content|sha256|${EVENTS:-1}" ;;
		esac
	fi >>"$WORK/expected"
}

# only FILESYSTEM...: whether the row is for this one.
only() {
	local fs
	for fs; do [ "$fs" = "$FS" ] && return 0; done
	return 1
}

# --- file systems

image_mount() { # NAME SIZE MKFS...
	local image=/var/tmp/$1.img
	truncate -s "$2" "$image"
	"${@:3}" "$image" >/dev/null 2>&1 || bail "$3 failed"
	mount -o loop "$image" "$BASE/$1" || bail "cannot mount $1"
}

# Of the file systems on disks, those that rows are run on beside ext4.
DISKS=${DISKS:-xfs btrfs}

# filesystems_ready FILESYSTEM...: ext4 and others, which rows are run on.
filesystems_ready() {
	local fs
	FILESYSTEMS=$*
	modprobe -q loop
	for fs; do
		mkdir -p "$BASE/$fs"
		case $fs in
		ext4)
			mkfs.ext4 -q -F -O verity,encrypt "$SCRATCH_DEV" || bail "no ext4"
			mount "$SCRATCH_DEV" "$BASE/ext4" || bail "no ext4"
			;;
		tmpfs) mount -t tmpfs -o mode=755 tmpfs "$BASE/tmpfs" || bail "no tmpfs" ;;
		xfs) image_mount xfs 320M mkfs.xfs -q ;;
		btrfs) image_mount btrfs 256M mkfs.btrfs -q ;;
		f2fs) image_mount f2fs 128M mkfs.f2fs -q ;;
		overlay)
			modprobe -q overlay
			mkdir -p "$BASE"/ext4/{lower,upper,work}
			overlay_lower
			mount -t overlay overlay -o "lowerdir=$BASE/ext4/lower,upperdir=$BASE/ext4/upper,workdir=$BASE/ext4/work" \
				"$BASE/overlay" || bail "no overlayfs"
			;;
		*) bail "no file system of rows: $fs" ;;
		esac
	done
}

# The lower layer is filled before it is mounted.
overlay_lower() {
	local kind
	for kind in banned marked; do
		tee "$BASE/ext4/lower/"{lower,control,cold,warm}-$kind <"$PROBES/$kind" >/dev/null
	done
	chmod 755 "$BASE"/ext4/lower/*
}

# --- policy

# ban FILE...: by hash and size. To be called before policy_load.
ban() { printf '%s\n' "$@" >>"$WORK/banned-files"; }

order_text() {
	cat <<-ORDER
		interdict: 1
		order: $1
		title: What the tests try to run
		authority: Test authority
		reference: THREATS
		reason: every way round has to be closed
		match:
	ORDER
}

# ban_sizes BYTES...: names a file's size, by a hash that no file has.
ban_sizes() { printf '%s\n' "$@" >>"$WORK/banned-sizes"; }

sha256_rules() { # FILE...
	local hashes sizes i
	mapfile -t hashes < <(sha256sum "$@")
	mapfile -t sizes < <(stat -c %s "$@")
	for i in "${!hashes[@]}"; do
		printf '  - sha256: %s\n    size: %s\n' "${hashes[i]%% *}" "${sizes[i]}"
	done
}

policy_header() { printf 'interdict: 1\npolicy: threats\nserial: %s\nmode: enforce\n' "$1"; }

# policy_write DIR: content-banned files by sha256 and size, marked ones by build ID; what
# is called "running" may be opened.
policy_write() {
	local dir=$1 files size
	mkdir -p "$dir/orders"
	policy_header 1 >"$dir/policy.yaml"
	{
		order_text threats-content
		mapfile -t files <"$WORK/banned-files"
		sha256_rules "${files[@]}"
		while read -r size; do
			printf '  - sha256: %064x\n    size: %s\n' 7 "$size"
		done <"$WORK/banned-sizes"
	} >"$dir/orders/threats-content.yaml"
	{
		order_text threats-build-id
		printf '  - build-id: %s\n' 2222222222222222222222222222222222222222 \
			3333333333333333333333333333333333333333
	} >"$dir/orders/threats-build-id.yaml"
	{
		order_text threats-running | sed 's/^match:/operations: [exec, map]\n&/'
		sha256_rules "$PROBES/running"
	} >"$dir/orders/threats-running.yaml"
}

# vault_of FILE VAULT: XORed as common.h says, which is its own reverse.
vault_of() { "$PROBES/attempt" - unvault "$1" "$2" || bail "no vault of $1"; }

script_write() { printf '#!/bin/sh\nexit 42\n' >"$1" && chmod 755 "$1"; }

policy_ready() {
	script_write "$WORK/banned.sh"
	ban "$PROBES/banned" "$PROBES/padded-banned" "$PROBES/libbanned.so" "$WORK/banned.sh"
	policy_write "$WORK/policy"
}

# Starts the daemon if none runs; its record is where the events are read from.
daemon_start() {
	modprobe -q interdict || true
	[ -S /run/interdict/interdict.sock ] && interdict status >/dev/null 2>&1 && return
	interdict daemon >"$WORK/daemon.log" 2>&1 &
	DAEMON=$!
	disown
	wait_for [ -S /run/interdict/interdict.sock ] ||
		bail "the daemon did not start: $(tail -n 3 "$WORK/daemon.log"; cat "/proc/$DAEMON/stack")"
}

daemon_ended() { ! kill -0 "$DAEMON"; }
daemon_stop() {
	[ -n "${DAEMON:-}" ] || return 0
	kill "$DAEMON" 2>/dev/null
	wait_for daemon_ended || true
	DAEMON=''
}

# A serial must grow, also over the scripts of one machine.
policy_load() {
	now_ms
	policy_header $NOW >"$1/policy.yaml"
	interdict load "$1" >"$WORK/load.out" 2>&1 || bail "load failed: $(cat "$WORK/load.out")"
}

policy_unload() { interdict unload >"$WORK/load.out" 2>&1 || diag "unload failed: $(cat "$WORK/load.out")"; }

# A refusal of its own, by which one knows that everything before it is in the record.
record_settle() {
	local token
	ATTEMPTS=$((ATTEMPTS + 1))
	token=settle$ATTEMPTS
	ask "$token" exec "$PROBES/banned"
	wait_for grep -q "\"$token\"" "$RECORD" || fails "the record did not get $token"
}

# Compares the record with what was expected: finds events by the process's or a parent's name.
record_check() {
	local row text
	[ -s "$WORK/expected" ] || return 0
	record_settle
	jq -r 'select(.event=="denied" or .event=="audited" or .event=="unidentified")
		| [([.process.comm] + (.process.parents // []) | join("/")), .event + ":" + .op, .order // "-", .rule // "-", .file.path // "-"]
		| join("|")' "$RECORD" >"$WORK/events" || diag "the record is not JSON lines"
	awk -F'|' '
		NR == FNR {
			n = split($1, names, "/")
			for (i = 1; i <= n; i++)
				if (names[i] ~ /^t[a-z]*[0-9]+$/) {
					seen[names[i]]++
					what[names[i]] = what[names[i]] " [" $2 " " $3 " " $4 " " $5 "]"
					op[names[i]] = $2; order[names[i]] = $3; rule[names[i]] = $4
					break
				}
			next
		}
		{
			if (seen[$1] + 0 != $7)
				print $3 "|" $2 ": " $1 " made " seen[$1] + 0 " events, not " $7 ":" what[$1]
			else if ($7 > 0 && (op[$1] != "denied:" $4 || order[$1] != $5 || rule[$1] != $6))
				print $3 "|" $2 ": " $1 " should be " $4 " " $5 " " $6 ", not" what[$1]
		}' "$WORK/events" "$WORK/expected" >"$WORK/wrong"
	while IFS='|' read -r row text; do
		ROW_FAILURE[$row]+=$text$'\n'
	done <"$WORK/wrong"
}

# --- rows

enter_row_dir() {
	cd "$BASE/$FS" || bail "no $FS"
	[ -d "$TOKEN-$ROW-$KIND" ] || ask - mkdir "$TOKEN-$ROW-$KIND"
	cd "$TOKEN-$ROW-$KIND" || bail "no directory for $ROW on $FS"
}

# run_phase KINDS: every row in each file system, with each kind of banned file.
run_phase() {
	local start
	now_ms
	start=$NOW
	for FS in $FILESYSTEMS; do
		for ROW in $ROWS; do
			for KIND in $1; do
				# A build ID is found by reading like content: two ways of reading are enough.
				case $FS$KIND in xfsmarked | btrfsmarked | overlaymarked) continue ;; esac
				enter_row_dir
				"$ROW"
			done
			cd "$WORK" || exit 1
		done
	done
	FS='' ROW='' KIND=''
	now_ms
	diag "$PHASE took $((NOW - start)) ms"
}

caches_drop() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
}

# run_rows TOKEN KINDS: all of it, and a result for each row and file system.
run_rows() {
	local ROWS
	TOKEN=t$1
	ROWS=$(compgen -A function row_ | sort)
	server_start
	for PHASE in $PHASES; do
		if [ "$PHASE" = cold ]; then
			ROW=row_policy
			daemon_start
			policy_load "$WORK/policy"
			caches_drop
		fi
		run_phase "$2"
		# shellcheck disable=SC2034 # rows use it
		LAST_PHASE=$PHASE
	done
	PHASE=''
}

# rows_report: the record compared, enforcement off again, then all results.
rows_report() {
	local key
	case " $PHASES " in *" cold "*)
		PHASE=record ROW=row_record
		record_check
		policy_unload
		PHASE=after ROW=row_99_off_again KIND=
		ask - exec "$PROBES/banned"
		expect "after unload" 42 "$STATUS"
		daemon_stop
		;;
	esac
	plan ${#ROW_KEYS[@]}
	for key in "${ROW_KEYS[@]}"; do
		if [ -z "${ROW_FAILURE[$key]:-}" ]; then
			ok "$key"
		else
			not_ok "$key"
			diag "${ROW_FAILURE[$key]}"
		fi
	done
}
