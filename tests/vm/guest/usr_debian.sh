#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with debian --debian --mem 3072 --share userspace --timeout 900
# A whole Debian is used under a policy that bans other content: a thousand hashes whose sizes are
# those of files in /usr, so that files really are hashed, and build IDs. Nothing may be refused, and
# what is banned must be.
set -u
# shellcheck source=lib.sh
. "${VM_LIB:?}"
PROBES=${PROBES:-$(dirname "$VM_LIB")/../bin/probes}
PROBES=$(readlink -f "$PROBES")
RECORD=/var/log/interdict/events.jsonl
SIZES=1000
BUILD_IDS=200
PROGRAMS=100

order() {
	printf '%s\n' 'interdict: 1' "order: $1" 'title: Something else' 'authority: Test authority' \
		'reference: usr' 'reason: other content' 'match:'
}

policy_write() {
	local size sum
	mkdir -p policy/orders policy/lists
	printf 'interdict: 1\npolicy: usr\nserial: 1\nmode: enforce\n' >policy/policy.yaml
	find /usr -xdev -path "$PROBES" -prune -o -type f -size +0 -printf '%s\n' | sort -un | shuf -n $SIZES >sizes
	openssl rand -hex $((32 * SIZES)) | tr -d '\n' | fold -w 64 | paste -d ' ' - sizes | grep '. .' >policy/lists/other.sha256
	{
		order usr-sizes
		echo '  - list: lists/other.sha256'
	} >policy/orders/usr-sizes.yaml
	{
		order usr-build-ids
		openssl rand -hex $((20 * BUILD_IDS)) | tr -d '\n' | fold -w 40 | sed 's/^/  - build-id: /'
		echo
	} >policy/orders/usr-build-ids.yaml
	sum=$(sha256sum "$PROBES/banned")
	size=$(stat -c %s "$PROBES/banned")
	{
		order usr-banned
		printf '  - sha256: %s\n    size: %s\n' "${sum%% *}" "$size"
		echo '  - build-id: 2222222222222222222222222222222222222222'
	} >policy/orders/usr-banned.yaml
}

identified() { interdict status --json | jq '[.. | .identified? // empty] | first // 0'; }
denied() { jq -c 'select(.event == "denied")' "$RECORD" | wc -l; }

status_of() { # WANTED COMMAND...
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ $status = "$wanted" ] || { echo "status $status, wanted $wanted"; return 1; }
}

packages_enough() { [ "$(dpkg-query -W | wc -l)" -ge 300 ]; }

tried() { # LEAST COMMAND...
	local status=0
	"${@:2}" >run.out || status=$?
	cat run.out
	[ $status = 0 ] && [ "$(awk 'END {print $1}' run.out)" -ge "$1" ]
}
# But not what is banned.
open_all() { tried 15000 python3 "${VM_LIB%/*}/usr.py" open "$PROBES" /usr /etc /var/lib/dpkg; }
run_programs() { tried $PROGRAMS python3 "${VM_LIB%/*}/usr.py" run $PROGRAMS; }
map_libraries() { tried 150 python3 "${VM_LIB%/*}/usr.py" map /usr/lib/x86_64-linux-gnu; }

package_build() {
	mkdir -p "$1/DEBIAN" "$1/usr/bin"
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: Test <test@example.org>\nDescription: test\n' \
		"$1" >"$1/DEBIAN/control"
	printf '#!/bin/sh\nset -e\ntrue\n' >"$1/DEBIAN/postinst"
	chmod 755 "$1/DEBIAN/postinst"
	printf '#!/bin/sh\nexit 0\n' >"$1/usr/bin/$1"
	chmod 755 "$1/usr/bin/$1"
	dpkg-deb -b "$1" "$1.deb"
}

apt_install() {
	package_build usr-probe-apt &&
		apt-get install -y "$PWD/usr-probe-apt.deb" &&
		usr-probe-apt && apt-get purge -y usr-probe-apt
}

dpkg_install() {
	package_build usr-probe-dpkg && dpkg -i usr-probe-dpkg.deb && usr-probe-dpkg && dpkg -P usr-probe-dpkg
}

compile() {
	printf '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' >hello.c
	gcc -O2 -o hello hello.c && [ "$(./hello)" = compiled ]
}

services() {
	printf '[Service]\nType=oneshot\nExecStart=/bin/true\nRemainAfterExit=yes\n' >/run/systemd/system/usr-probe.service
	systemctl daemon-reload && systemctl start usr-probe && systemctl is-active usr-probe &&
		systemctl restart usr-probe && systemctl stop usr-probe && systemctl restart cron &&
		systemctl list-units >/dev/null && systemd-run --wait /bin/true
}

container() {
	local root=$PWD/root
	mkdir -p "$root"/{bin,proc,sys,dev,etc,tmp,run}
	cp /bin/busybox "$root/bin/sh" 2>/dev/null || cp "$(dirname "$VM_LIB")/../busybox" "$root/bin/sh"
	unshare --mount --pid --fork --user --map-root-user --root="$root" /bin/sh -c 'exit 0' &&
		podman run --rm --network none --cgroups disabled --rootfs "$root" /bin/sh -c 'exit 0'
}

bpf_lists() {
	local what
	for what in prog map link; do
		bpftool $what list >bpf.out || return 1
		[ -s bpf.out ] || { echo "no $what listed"; return 1; }
		bpftool -j $what list | jq -e 'length > 0' || return 1
	done
	bpftool prog list | grep -q interdict
}

plan 15
check "more than 300 packages" packages_enough
policy_write
cp "$PROBES/banned" banned-copy
cp "$PROBES/marked" marked-copy
check "control: the banned program runs without a policy" status_of 42 ./banned-copy
modprobe interdict || true
systemctl start interdict 2>/dev/null || { interdict daemon >daemon.log 2>&1 & }
for _ in $(seq 100); do [ -S /run/interdict/interdict.sock ] && break; sleep 0.2; done
check "the policy loads" interdict load policy
check "the banned program is refused" status_of 126 ./banned-copy 2>/dev/null
sleep 1
before=$(denied)
hashed=$(identified)
SECONDS=0
for task in open_all run_programs map_libraries apt_install dpkg_install compile services container bpf_lists; do
	started=$SECONDS
	check "$task" $task
	diag "$task took $((SECONDS - started)) s, $(($(denied) - before)) refusals so far"
done
sleep 1
after=$(denied)
diag "$(($(identified) - hashed)) files were identified"
if [ "$after" = "$before" ]; then
	ok "no false refusal"
else
	not_ok "no false refusal"
	diag "$(jq -c 'select(.event == "denied") | [.op, .order, .rule, .file.path, .process.comm]' "$RECORD" | tail -n +$((before + 1)) | head -n 20)"
fi
check "the banned one, by build ID, is refused still" status_of 126 ./marked-copy 2>/dev/null
