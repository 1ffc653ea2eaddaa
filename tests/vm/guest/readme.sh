#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# What README.md has an administrator and an auditor type does what it says there.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 16

PROGRAM=/opt/example/bin/example
# type_in NAME: the lines of that block, as at a shell, to NAME.out.
type_in() {
	# There may be no systemd here, and a daemon is there.
	{ echo 'systemctl() { :; }'; cat "$(dirname "$(type -P identify)")/readme-$1"; } >"$1.sh"
	bash "$1.sh" >"$1.out" 2>&1
}
says() { grep -qE "$2" "$1.out" || { cat "$1.out"; return 1; }; }

mkdir -p "${PROGRAM%/*}"
make_banned $PROGRAM
start_daemon "a daemon, without a policy"
check "control: the program runs" $PROGRAM
type_in admin
ok "an administrator bans it: status $?"
check "the policy has no mistakes" says admin '^errors: 0'
check "the first line of status is that it enforces" says admin '^ENFORCING 1 order'
check "the program is refused" says admin 'Operation not permitted'
check_fails "and is now" $PROGRAM
check "explain has the order" says admin 'no-example'
check "scan finds it" says admin "$PROGRAM.*no-example|no-example.*$PROGRAM"
check "remove would take it away" says admin "quarantine"
check "and has not" [ -e $PROGRAM ]
check "an auditor's commands" type_in audit
check "the refusal is listed" says audit 'denied.*exec.*no-example|denied.*no-example.*exec'
check "what of the record is proved is said" says audit '^proved up to seq'
check "and what is not" says audit 'cut off'
check "the report is written" grep -q '<svg' report.html
stop_daemon
interdict unload >/dev/null 2>&1
rm -rf /opt/example
