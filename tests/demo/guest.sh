#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration: what is shown is said in comments, and each thing that is shown is a test too.
set -u
# shellcheck source=../vm/guest/lib.sh
. "$VM_LIB"

say() { printf '#\n# === %s\n' "$*"; }
# A command as one would type it, and what it says.
show() {
	local out rc
	printf '#\n# $ %s\n' "$*"
	out=$(bash -c "$*" 2>&1)
	rc=$?
	[ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/#   /'
	return $rc
}
works() {
	if show "$1"; then ok "$2"; else not_ok "$2"; fi
}
refused() {
	if show "$1"; then not_ok "$2"; else ok "$2"; fi
}

plan 18
export HOME=/root TERM=dumb
policy=/root/policy
cd /root || bail "no /root"
cp /usr/bin/jq /root/harmless-name
ln /root/harmless-name /root/hardlink
library=$(readlink -f /usr/lib/x86_64-linux-gnu/libjq.so.1)
cp "$library" /root/libfine.so

say "A stock Debian kernel: $(uname -r). Two programs of Debian's, before any ban"
works "jq --version" "jq runs before the ban"
works "sed --version | head -n 1" "sed runs before the ban"

say "An order, as an authority writes it: it names jq by its content, and its library by build-id"
mkdir -p $policy/orders
cat >$policy/policy.yaml <<'END'
interdict: 1
policy: demonstration
serial: 1
mode: enforce
END
{
	cat <<'END'
interdict: 1
order: demo-jq
title: jq and its library
authority: The demonstration
reference: make demo
reason: to show what a ban does
message: jq is not permitted on this device.
contact: the person who typed make demo
match:
END
	interdict id /usr/bin/jq | grep -A1 sha256
	interdict id "$library" | grep build-id
} >$policy/orders/demo-jq.yaml
show "cat $policy/orders/demo-jq.yaml"
works "interdict check $policy" "the policy is checked"

say "The daemon starts, and the policy is loaded: from here on the kernel decides"
interdict daemon >/root/daemon.log 2>&1 &
daemon=$!
for _ in $(seq 100); do
	[ -S /run/interdict/interdict.sock ] && break
	sleep 0.1
done
interdict watch >/root/watch.log 2>&1 &
watch=$!
works "interdict load $policy" "the policy is loaded"
show "interdict status"

say "The banned program, by every name"
refused "jq --version" "refused under its own name"
refused "/root/harmless-name --version" "refused as a renamed copy"
refused "/root/hardlink --version" "refused through a hard link"
refused "/lib64/ld-linux-x86-64.so.2 /usr/bin/jq --version" "refused through the dynamic loader"
refused "cat /usr/bin/jq | wc -c | grep -v '^0$'" "refused to be read"
refused "cp /usr/bin/jq /root/again" "refused to be copied"
works "LD_PRELOAD=/root/libfine.so /bin/true 2>&1 | grep 'cannot be preloaded'" "its library is refused, renamed, to a program that is not banned"

say "Everything else goes on as before"
works "sed --version | head -n 1" "sed still runs"
works "strace -V | head -n 1" "strace still runs"

say "Why? Whom to ask?"
show "interdict explain /root/harmless-name"
if [ $? = 5 ]; then ok "explain says that it is banned"; else not_ok "explain says that it is banned"; fi

sleep 1
say "The denials, as they came (interdict watch), and the last of them as it is recorded"
show "cat /root/watch.log"
check "six or more denials were streamed" test "$(grep -c demo-jq /root/watch.log)" -ge 6
show "grep '\"event\":\"denied\"' /var/log/interdict/events.jsonl | tail -n 1"

say "The ban is lifted"
works "interdict unload" "the policy is unloaded"
works "jq --version" "jq runs again"
works "/root/harmless-name --version" "its copy runs again"
kill $watch 2>/dev/null
kill $daemon
wait
