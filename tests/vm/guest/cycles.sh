#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: `make cycles`; it takes a second or more for each of CYCLES
# On, switched, off and removed, CYCLES times, with the guards on and a token each time: no memory is left behind.
# shellcheck source=lib.sh
. "${VM_LIB:?}"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
# shellcheck source=memory-lib.sh
. "${VM_LIB%/*}/memory-lib.sh"
set -u
plan 8
CYCLES=${CYCLES:-100}
# Cycles that warm up.
WARM=${WARM:-10}
# Kilobytes that memory may grow by after that: of 90 cycles, that each leave three pages. The kernel's own threads, of
# which there are more now and fewer then, are 24 each; what is on this script's account is without them.
GROWTH_MAX=${GROWTH_MAX:-1024}
TRUST=/etc/interdict/trust.d
GROUP=/sys/fs/cgroup/interdict-vm

refused() { ! ./banned 2>/dev/null; }
# bundle SERIAL
bundle() {
	policy "$1"
	interdict sign $POLICY --key key.pem --cert cert.pem -o "bundle$1" >/dev/null
}
no_programs() { ! bpftool prog show | grep -q interdict_ && ! bpftool map show | grep -q interdic; }
removed() { rmmod interdict 2>/dev/null || [ ! -e /sys/module/interdict ]; }
# What the kernel has on the account of this script and what it starts, in kilobytes; and groups that are gone and not freed.
group_memory() { awk '/^(kernel|kernel_stack|slab|percpu|vmalloc|sock) / {sum[$1] = $2} END {print int(("kernel" in sum ? sum["kernel"] : sum["slab"] + sum["percpu"]) / 1024)}' $GROUP/memory.stat; }
dying() { awk '$1 == "nr_dying_descendants" {print $2}' /sys/fs/cgroup/cgroup.stat; }

# cycle: one; says where it ended if it failed.
cycle() {
	# A device that has seen no serial and no token; the record would tell of the serial.
	rm -rf /var/lib/interdict /var/log/interdict
	interdict daemon >/dev/null 2>>"$DAEMON_LOG" </dev/null &
	DAEMON_PID=$!
	wait_for began_or_ended "$1"
	wait_for status_is '.enforcing and .guards.on and .protection.state == "sealed"' true || { echo "not on: $(interdict status)"; return 1; }
	refused || { echo "not refused"; return 1; }
	interdict load bundle2 || { echo "not switched"; return 1; }
	refused || { echo "not refused when switched"; return 1; }
	interdict unload 2>/dev/null && { echo "off without a token"; return 1; }
	interdict unload --token token || { echo "the token is not taken"; return 1; }
	refused && { echo "not off"; return 1; }
	stop_daemon
	wait_for removed || { echo "not removed"; return 1; }
	no_programs || { echo "programs are left"; return 1; }
}

echo "policy: $PWD/bundle1" >policy.conf
mkdir -p $TRUST /sys/fs/cgroup
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
[ ! -e /sys/fs/cgroup/cgroup.subtree_control ] || echo +memory >/sys/fs/cgroup/cgroup.subtree_control
make_banned banned
cp "$(dirname "$(type -P disarm)")/rsa2048.key" key.pem
openssl req -x509 -key key.pem -out cert.pem -subj /O=cycles -days 3000 2>/dev/null
cp cert.pem $TRUST/
cp policy.conf /etc/interdict/interdict.yaml
order an-order banned
check "two bundles are signed" eval 'bundle 1 && bundle 2'
[ -s /etc/machine-id ] || echo 0123456789abcdef0123456789abcdef >/etc/machine-id
modprobe interdict
DEVICE=$(interdict status --json | jq -r .protection.device)
rmmod interdict
check "a token" interdict sign --token unload --key key.pem --cert cert.pem -o token --device "$DEVICE" --until 6h

failed=
for ((n = 1; n <= CYCLES; n++)); do
	cycle "$(started)" >said 2>&1 || { failed="cycle $n: $(<said)"; break; }
	: >"$DAEMON_LOG"
	if [ "$n" = "$WARM" ]; then
		memory warm
		warm=$MEMORY warm_group=$(group_memory 2>/dev/null) warm_dying=$(dying 2>/dev/null)
		[ ! -e $LEAKS ] || { leaks >/dev/null; echo clear >$LEAKS; }
	fi
	[ $((n % 10)) != 0 ] || diag "$n cycles, $SECONDS s"
done
[ -z "$failed" ] || diag "$(tail -n 3 "$DAEMON_LOG")"
check "on, switched, off, removed $CYCLES times" [ -z "$failed" ]
[ -z "$failed" ] || bail "$failed"
check "there are none of our programs and maps" no_programs
memory end
diag "memory: $warm kB after $WARM cycles, $MEMORY kB after $CYCLES"
diag "$(memory_grown warm end)"
check "memory grew by no more than $GROWTH_MAX kB" [ $((MEMORY - warm)) -le "$GROWTH_MAX" ]
if [ -e $GROUP/memory.stat ]; then
	diag "on our account: $warm_group kB, now $(group_memory) kB; groups that are gone: $warm_dying, now $(dying)"
	check "nor did what is on our account" [ $(($(group_memory) - warm_group)) -le "$GROWTH_MAX" ]
	check "no control group is kept" [ "$(dying)" -le "$warm_dying" ]
else
	skip_optional "nor did what is on our account" "no control groups of memory"
	skip_optional "no control group is kept" "no control groups of memory"
fi
if [ -e $LEAKS ]; then
	found=$(leaks)
	diag "$found"
	check "kmemleak finds nothing" [ -z "$found" ]
else
	skip_optional "kmemleak finds nothing" "it is not in this kernel"
fi
