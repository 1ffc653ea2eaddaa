#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with plain --timeout 300
# What the daemon writes: each event's keys and types, and what the verbs say about it.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 33

# The keys of an event that the kernel made, in their order, and a type for each.
# shellcheck disable=SC2016 # jq's variables
KERNEL_EVENT='
	def hex($n): type == "string" and test("^[0-9a-f]{\($n)}$");
	def name: . == null or type == "string";
	def without($optional): keys_unsorted - $optional;
	without(["error","match","reference","message"]) == ["v","seq","host","boot","k","time","event",
		"op","order","rule","claimed","also","provider","labels","file","process","policy","lost",
		"prev"] and
	(.match | type == "object") and .provider == "kmod" and .labels == [] and
	(.reference | type == "string") and .message == "Not permitted." and
	.v == 1 and (.seq | type == "number") and (.host | hex(32)) and (.boot | hex(32)) and
	(.k | type == "number") and
	(.time | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{9}Z$")) and
	(.event | IN("denied","audited","unidentified")) and (.op | IN("exec","map","open","load")) and
	(.order | name) and (.rule | name) and (.claimed | type == "boolean") and
	(.also | type == "array") and
	(.file | without(["real"]) == ["path","sha256","size","dev","ino","build_id","publisher",
			"have","flags"] and
		(.path | name) and (.sha256 == null or (.sha256 | hex(64))) and
		(.size | type == "number") and (.dev | test("^[0-9]+:[0-9]+$")) and
		(.ino | type == "number") and (.build_id | name) and .publisher == null and
		(.have | index("sha256") != null) and (.flags | type == "array")) and
	(.process | without(["exec_args","exec_args_cut","args_cut","tty"]) == ["pid","ns_pid","ppid",
			"uid","auid","session","comm","exe","args","cgroup","container","namespaces",
			"parents"] and
		([.pid, .ns_pid, .ppid, .uid, .auid] | all(type == "number")) and
		(.comm | type == "string") and (.args | length > 0) and
		(.namespaces | length == 7 and all(type == "number")) and .container == null and
		(.exe | name) and (.cgroup | type == "string") and
		(.parents | type == "array" and all(type == "string"))) and
	(.policy | keys_unsorted == ["name","serial","digest"] and (.name | type == "string") and
		(.serial | type == "number") and (.digest | hex(64))) and
	(.lost | type == "number") and (.prev | hex(64))'

last() { jq -c "select($1)" "$RECORD" | tail -n 1; }
last_is() { last "$1" | jq -e "$2"; }
has() { [ "$(count "$1")" -gt 0 ]; }

make_banned banned
make_banned library map
make_banned recorded audit
weird=$'we\\ird\xff\e[31m"name'
make_banned "$weird" weird
make_banned later later
policy 1
order an-order banned
order weird-order "$weird"
order audit-order recorded "mode: audit"
order also-order banned
order later-order later "effective: 2099-01-01T00:00:00Z"

check "control: the program runs without a policy" ./banned
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check_fails "the banned program is refused" ./banned
check_fails "reading it is refused" cat banned
check_fails "the one with the strange name too" "./$weird"
check "what is only audited runs" ./recorded
check "what is not banned yet runs" ./later
check "the counters balance" wait_for balanced

bad=$(jq -c "select(.k) | select(($KERNEL_EVENT) | not)" "$RECORD")
[ -z "$bad" ] || diag "$bad"
check "every event has the keys and types of the schema" test -z "$bad"
check "there are events" has .k
check "exec is recorded, once" test "$(count '.event == "denied" and .op == "exec" and .file.path == "'"$PWD"'/banned"')" = 1
check "open is recorded, once" test "$(count '.event == "denied" and .op == "open" and .process.comm == "cat"')" = 1
check "the event names order, rule, file and process" last_is '.process.comm == "cat"' \
	'.order == "also-order" and .also == ["an-order"] or .order == "an-order" and .also == ["also-order"]'
check "with the content's hash, size and place" last_is '.process.comm == "cat"' \
	".rule == \"sha256\" and .claimed == false and .file.size == $(stat -c %s banned) and
	.file.ino == $(stat -c %i banned) and .process.comm == \"cat\" and .process.uid == 0 and
	(.process.exe | endswith(\"/cat\")) and (.process.parents | length > 0)"
check "audited is recorded" has '.event == "audited" and .order == "audit-order"'
check "a name that is not UTF-8 can be had back" last_is '.order == "weird-order"' \
	'.file.path | endswith("/we\\\\ird\\xff\u001b[31m\"name")'
check "start comes first" test "$(head -n 1 "$RECORD" | jq -r .event)" = start
check "the policy's load is recorded" has '.event == "policy" and .action == "loaded"'
check "the record is whole" record_is_whole

interdict status >status.txt
check "status says so, with status 0" test $? = 0
check "status says mode, policy and daemon" grep -q '^policy:   test, serial 1, .* mode enforce' status.txt
rc=0
interdict explain banned >explain.txt || rc=$?
check "explain of a file that may not be read ends with 5" test "$rc" = 5
check "and quotes the order" grep -q 'https://example.org/an-order' explain.txt
check "and the place of its rule" grep -q "$POLICY/orders/an-order.yaml:11: sha256" explain.txt
rc=0
interdict explain later >explain.txt || rc=$?
check "explain of what is not in force ends with 0" test "$rc" = 0
check "and says why not" grep -q 'it begins at 2099-01-01T00:00:00Z' explain.txt
check "id of a refused file" test "$(interdict id banned | grep -c 'sha256\|size')" = 2
balanced || true
before=$(status .counters.attempts)
interdict explain banned >/dev/null
interdict id banned >/dev/null
check "id and explain make no denials" test "$(status .counters.attempts)" = "$before"

policy 2 "mode: wrong"
rc=0
interdict load $POLICY >load.txt 2>&1 || rc=$?
check "a wrong policy is refused" test "$rc" = 1
check "with file, line and column" grep -q 'policy.yaml:4:7' load.txt
check "an event says so" wait_for has '.event == "policy" and .action == "refused"'
check_fails "and the old one stays" ./banned
stop_daemon
