#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Broken files on ext4 and tmpfs, under a policy with a rule of each kind: see README.md. Whether the
# kernel reported anything is for the runner to find in its log.
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=../vm/guest/memory-lib.sh
. "${VM_LIB%/*}/memory-lib.sh"
set -u
plan 9
FILES=${FILES:-10000}
# Files between two looks at memory; the first so many warm up.
STEP=${STEP:-1000}
# Kilobytes that memory may grow by after the warm-up. What is leaked once a file makes 9,000 objects,
# which is more than this already by what kmemleak and KASAN keep of each.
GROWTH_MAX=1024
MALFORM=$(dirname "$VM_LIB")/../bin/kasan/malform
POLICY=$PWD/policy
mkdir -p /mnt/ext4 /mnt/tmpfs "$POLICY/orders"
mkfs.ext4 -q -F -O verity "$SCRATCH_DEV" || bail "no ext4"
mount "$SCRATCH_DEV" /mnt/ext4 || bail "ext4 cannot be mounted"
mount -t tmpfs -o mode=755 tmpfs /mnt/tmpfs || bail "no tmpfs"

# rule FILE KIND: the first line of that kind that FILE is known by. (Of a hash, that is without its size.)
RULES=()
rule() {
	RULES+=("$(interdict id "/share/seeds/$1" | grep -m 1 "^  - $2:")")
	[ -n "${RULES[-1]}" ] || bail "$1 has no $2"
}

modprobe interdict || bail "the module does not load"
# Executing what is no program would run modprobe for each, which takes seconds here.
echo >/proc/sys/kernel/modprobe
# Without the daemon: this kernel has no local sockets.
printf '%s\n' "interdict: 1" "policy: broken-files" "serial: 1" "mode: enforce" >"$POLICY/policy.yaml"
rule fuzz_apk/v3-lineage publisher
rule fuzz_claims/pe certificate
rule fuzz_claims/appimage key
rule fuzz_apk/v2-two-signers sha256
RULES+=("  - fsverity: sha256:$(printf '%064d' 1)" "  - fsverity: sha512:$(printf '%0128d' 1)" \
	"  - build-id: $(printf '%040d' 1)")
printf '%s\n' "interdict: 1" "order: kinds" "title: A rule of each kind" "authority: tests" "reference: none" \
	"reason: everything is to be looked for" "match:" "${RULES[@]}" >"$POLICY/orders/kinds.yaml"
check "the policy loads" interdict load "$POLICY"
check_fails "control: a seed is refused by its certificate" cp /share/seeds/fuzz_claims/pe /dev/null

bad_files=0 first=0 warm=''
while [ "$first" -lt "$FILES" ]; do
	last=$((first + STEP / 4))
	half=$(((first + last) / 2))
	# Both at a time, so that they get into each other's way.
	"$MALFORM" /share/vault /mnt/ext4 "$first" "$half" >ext4.out 2>&1 &
	"$MALFORM" /share/vault /mnt/tmpfs "$half" "$last" >tmpfs.out 2>&1
	tmpfs=$?
	wait $!
	ext4=$?
	[ "$ext4$tmpfs" = 00 ] || bad_files=$((bad_files + 1))
	diag "$last files, $SECONDS s"
	diag "ext4: $(<ext4.out)"
	diag "tmpfs: $(<tmpfs.out)"
	cat ext4.out tmpfs.out >>all.out
	first=$last
	if [ $((first % STEP)) = 0 ]; then
		memory "$first"
		diag "after $first files: $MEMORY kB"
		if [ -z "$warm" ]; then
			warm=$MEMORY warm_at=$first
			[ ! -e $LEAKS ] || { leaks >/dev/null; echo clear >$LEAKS; }
		fi
	fi
done

# total NAME: of all rounds, what follows that word.
total() { awk -v name="$1" '{for (i = 1; i < NF; i++) if ($i == name) sum += $(i + 1)} END {print sum + 0}' all.out; }

check "nothing hung, and nothing broken was a module" [ "$bad_files" = 0 ]
check "all files were tried: $FILES" [ "$(total files)" = "$FILES" ]
refused=$(total refused)
check "some were refused, and not most" [ $((refused > 0 && refused * 2 < FILES)) = 1 ]
status=$(interdict status --json)
diag "$(jq -c .counters <<<"$status")"
check "the counters balance" jq -e .balance.kernel <<<"$status"

growth=$((MEMORY - warm))
diag "memory: $warm kB after $warm_at files, $MEMORY kB after $FILES: $growth kB more"
diag "$(memory_grown "$warm_at" "$FILES")"
check "memory grew by no more than $GROWTH_MAX kB" [ "$growth" -le $GROWTH_MAX ]

if [ -e $LEAKS ]; then
	found=$(leaks)
	diag "$found"
	check "kmemleak finds nothing" [ -z "$found" ]
else
	skip "kmemleak finds nothing" "it is not in this kernel"
fi

check "off again: the seed can be read" eval 'interdict unload && cp /share/seeds/fuzz_claims/pe /dev/null'
