#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with packages --debian --mem 3072 --share build/deb --timeout 600
# Debian's packages on a real Debian: installed, started again, upgraded while somebody tries without a pause,
# removed, purged. `make deb` builds them. The module comes from the runner, not from DKMS.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 42
export DEBIAN_FRONTEND=noninteractive

quietly() { "$@" >said 2>&1 || { cat said; return 1; }; }
install() { quietly dpkg -i "$@"; }
installed_version() { [ "$(interdict --version)" = "interdict $1" ]; }
said() { grep -q "$1" said; }
refused_by() { interdict load "$1" 2>said; [ $? = 4 ] && said "$2"; }
unit_is() { systemctl -q "is-$1" interdict.service; }
module_gone() { rmmod interdict 2>/dev/null || [ ! -e /sys/module/interdict ]; }

# tries: runs ./banned until ./stop is there; "REFUSED RAN" to ./tried.
cat >tries.py <<'PYTHON'
import os
import time
refused = ran = 0
while not os.path.exists("stop"):
    try:
        os.waitpid(os.posix_spawn("./banned", ["banned"], {}), 0)
        ran += 1
    except PermissionError:
        refused += 1
        if refused == 1:
            open("begun", "w").close()
    time.sleep(0.01)
with open("tried", "w") as file:
    print(refused, ran, file=file)
PYTHON
begin_tries() {
	rm -f stop tried begun
	python3 tries.py 2>tries.log &
	TRIES=$!
	wait_for [ -e begun ]
}
end_tries() {
	: >stop
	wait $TRIES
	read -r refused ran <tried
	diag "$refused refused, $ran ran"
}
denials() { cat $RECORD* | jq -c 'select(.event == "denied" and .op == "exec")' | wc -l; }

make_banned banned
check "control: the program runs" ./banned
# What the runner put there is no package's.
rm -f /usr/bin/interdict /lib/systemd/system/interdict*.service
check_fails "no interdict" type -P interdict
mkdir -p /etc/interdict && no_bursts >/etc/interdict/interdict.yaml
check "the packages install" install /share/interdict_0.1_*.deb /share/interdict-policy-examples_0.1_*.deb
check "the program" installed_version 0.1
check "the unit is enabled" unit_is enabled
check "and runs" unit_is active
check "before any policy it says so" status_is .enforcing false
check "the manual is there" test -e /usr/share/man/man8/interdict-daemon.8.gz
# shellcheck disable=SC2016 # for the inner shell
check "completion" bash -c '. /usr/share/bash-completion/completions/interdict; COMP_WORDS=(interdict lo); COMP_CWORD=1; _interdict interdict; [ "${COMPREPLY[*]}" = "load log" ]'
check "the orders that ship" interdict check /usr/share/interdict/policy/example
check "the hooks of apt and dpkg" test -e /etc/apt/apt.conf.d/50interdict -a -e /etc/dpkg/dpkg.cfg.d/interdict
# shellcheck disable=SC2016 # for the inner shell
check "the directories are as they should be" sh -c '[ "$(stat -c %a:%U /var/lib/interdict)" = 700:root ] && [ -d /etc/interdict/trust.d ]'
check "nothing of the packages was changed since" dpkg --verify interdict interdict-policy-examples
policy 7
order an-order banned
check "a policy is found" wait_for enforcing
check_fails "and enforced" ./banned
check "nothing is outdated" status_is '.versions | .module_outdated or .programs_outdated' false

# As after a boot: no programs, no module.
systemctl stop interdict.service
check_fails "stopped: it is refused still" ./banned
interdict unload >/dev/null
check "nothing is left" wait_for module_gone
check "control: the program runs" ./banned
systemctl start interdict.service
check_fails "the service started: it is refused" ./banned

# ---- upgrades
instance=$(count '.event == "start"')
before=$(denials)
begin_tries
check "an upgrade, of programs of another build" install /share/next/interdict_0.2_*.deb
check "the new one runs" wait_for status_is .daemon.version 0.2
check "with its own programs" wait_for status_is .versions.programs_outdated false
end_tries
check "nothing banned ran meanwhile" [ "$ran" = 0 ]
check "and it was tried often" [ "$refused" -gt 50 ]
check "the balance is right" wait_for balanced
diag "$(($(denials) - before)) refusals of it are in the record"
check "each refusal is in the record" [ $(($(denials) - before)) = "$refused" ]
check "programs of both versions were recorded from" [ "$(count '.event == "start"')" -gt $((instance + 1)) ]
check "of the module the old one stays, and that is said" status_is .versions.module_outdated true
diag "$(interdict status | grep -E '^(module|programs|ENFORCING)')"

before=$(denials)
begin_tries
check "an upgrade, of programs of another layout" install /share/next/interdict_0.3_*.deb
check "the new one runs" wait_for status_is .daemon.version 0.3
check "with its own programs" wait_for enforcing
end_tries
check "nothing banned ran meanwhile" [ "$ran" = 0 ]
check "the log says that events were lost" sh -c 'journalctl -q -o cat -u interdict.service | grep -q "events that they kept are lost"'
diag "$refused refused, $(($(denials) - before)) of them in the record"
check "the record is whole" record_is_whole

# ---- removal
check "it can be removed" quietly dpkg -r interdict
check "which switches it off" ./banned
check "store and record stay" sh -c '[ -s /var/lib/interdict/store ] && [ -s /var/log/interdict/events.jsonl ]'
policy 6
mkdir lower && cp -r $POLICY/. lower/
mv $POLICY aside
check "installed again" install /share/interdict_0.1_*.deb
check "it does not go back to a lower serial" refused_by lower 'serial'
check "purged" quietly dpkg -P interdict
check "nothing of its own is left" sh -c '[ ! -e /var/lib/interdict ] && [ ! -e /var/log/interdict ] && [ ! -e /lib/systemd/system/interdict.service ]'
