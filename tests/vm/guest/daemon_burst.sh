#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with daemon --timeout 300
# Floods: what is the same is counted, what is not stays a line of its own, and no count is lost with a daemon.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 15

refused() { ! ./"$1" 2>/dev/null; }
# flood N FILE: N refusals by one process image, of the user that runs this.
flood() { python3 -c 'import os, sys
for _ in range(int(sys.argv[1])):
    try: os.close(os.open(sys.argv[2], os.O_RDONLY))
    except PermissionError: continue
    sys.exit("was not refused")' "$1" "$2"; }
flood_as() { setpriv --reuid "$1" --clear-groups python3 -c 'import os, sys
for _ in range(int(sys.argv[1])):
    try: os.close(os.open(sys.argv[2], os.O_RDONLY))
    except PermissionError: continue
    sys.exit("was not refused")' "$2" "$3"; }
# By that program, of a file and user: lines, the sum of the summaries, and both together.
is_flood() { echo "(.file.path | endswith(\"/$1\")) and .process.uid == $2 and (.process.exe | contains(\"python\"))"; }
lines() { count ".event == \"denied\" and $(is_flood "$1" "$2")"; }
counted() { jq -s "map(select(.event == \"summary\" and $(is_flood "$1" "$2")) | .count) | add // 0" $RECORD; }
all_of() { [ $(($(lines "$2" "$3") + $(counted "$2" "$3"))) = "$1" ]; }
has_line() { [ "$(count ".event == \"denied\" and .op == \"exec\" and (.file.path | endswith(\"/$1\"))")" = 1 ]; }

chmod 755 .
make_banned app app
make_banned other other
policy 1
order app-order app
order other-order other
mkdir -p /etc/interdict
printf 'log:\n  burst: {events: 5, within: 3s}\n' >/etc/interdict/interdict.yaml
start_daemon "the daemon starts"
check "and enforces" wait_for enforcing
check "a flood is refused" flood 1000 "$PWD/app"
check "one of another file is, too" refused other
check "and one of another user" flood_as 1001 20 "$PWD/app"
check "the flood is summed up" wait_for all_of 1000 app 0
check "in few lines" [ "$(lines app 0)" -le 50 ]
check "the other file's refusal has its line" has_line other
check "the other user's are counted by themselves" wait_for all_of 20 app 1001
check "what is counted is in the balance" balanced

flood 500 "$PWD/other" &
flooding=$!
for _ in 1 2 3 4 5; do
	kill_daemon
	interdict daemon >/dev/null 2>>"$DAEMON_LOG" </dev/null &
	DAEMON_PID=$!
	pause 1
done
wait "$flooding"
check "a flood while the daemon is killed five times is refused" [ $? = 0 ]
check "a daemon answers" wait_for answers
others() { all_of 500 other 0 || [ "$(status .counters.lost)" != 0 ]; }
check "each of it is recorded or counted" wait_for others
check "and the record is whole" record_is_whole
stop_daemon
check "all of it is signed" interdict log verify
