#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --only 6.12 --with outputs --debian --mem 3072 --share userspace --timeout 500
# The outputs on a real systemd: what journald, auditd and rsyslog read, and what is in files, is what the record
# says, also of files with hostile names; and while all three stand still, the record gets everything, and no
# refusal takes longer. Metrics, as Prometheus' library reads them, say what status does.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 38

SOCKET=/run/interdict-test.sock
LOGS=/var/log/interdict-test
METRICS=/var/lib/interdict-test
FLOOD=${VM_LIB%/*}/../bin/probes/flood

output_is() { status_is ".daemon.outputs[] | select(.to == \"$1\" and .format == \"$2\") | $3" "$4"; }
type_is() { status_is ".daemon.outputs[] | select(.type == \"$1\") | $2" "$3"; }
settled() {
	[ "$(status '[.daemon.outputs[] | select(.queued > 0 or .error != null)] | length')" = 0 ]
}
same_file() { cmp "$1" "$2"; }
# What came is the record, but for what was before the outputs.
lines_same() { sed 's/^ //' "$1" | cmp - "$RECORD"; }

compare() { python3 "${VM_LIB%/*}/outputs.py" "$1" "$RECORD"; }
journal_same() { journalctl -q -o json --all -t interdict _TRANSPORT=journal | compare journal; }
audit_same() { ausearch --input-logs --raw -m USER_AVC -m TRUSTED_APP | compare audit; }
ecs_same() { compare ecs <$LOGS/ecs; }
ocsf_same() { compare ocsf <$LOGS/ocsf; }
cef_same() { compare cef <$LOGS/cef; }
ecs_file_same() { compare ecs <$LOGS/ecs.jsonl; }

# Of one moment: nothing is refused meanwhile.
metrics_same() {
	interdict status --json >status.json
	PYTHONPATH=${VM_LIB%/*}/../bin/python python3 "${VM_LIB%/*}/metrics.py" status.json
}
metrics_file_same() { metrics_same <$METRICS/interdict.prom; }
metrics_socket_same() { ask_metrics | metrics_same; }
ask_metrics() { curl -sS --fail --unix-socket /run/interdict-metrics.sock http://localhost/metrics; }

# rsyslog as a server: a socket, TCP and TLS (by GnuTLS), each format to a file of its own.
configure_rsyslog() {
	mkdir -p $LOGS
	for ca in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj "/CN=$ca" \
			-keyout $LOGS/$ca.key -out $LOGS/$ca.pem
	done
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
		-keyout $LOGS/server.key -out $LOGS/server.csr
	echo subjectAltName=DNS:localhost >$LOGS/ext
	openssl x509 -req -in $LOGS/server.csr -CA $LOGS/ca.pem -CAkey $LOGS/ca.key -CAcreateserial -days 9 \
		-extfile $LOGS/ext -out $LOGS/server.pem
	cat >/etc/rsyslog.conf <<-CONF
		global(maxMessageSize="64k" defaultNetstreamDriver="gtls"
			defaultNetstreamDriverCAFile="$LOGS/ca.pem"
			defaultNetstreamDriverCertFile="$LOGS/server.pem"
			defaultNetstreamDriverKeyFile="$LOGS/server.key")
		module(load="imuxsock" SysSock.Use="off")
		module(load="imtcp")
		template(name="message" type="string" string="%msg%\n")
		ruleset(name="local") { action(type="omfile" file="$LOGS/local" template="message") }
		ruleset(name="tls") { action(type="omfile" file="$LOGS/tls" template="message") }
		ruleset(name="ecs") { action(type="omfile" file="$LOGS/ecs" template="message") }
		ruleset(name="ocsf") { action(type="omfile" file="$LOGS/ocsf" template="message") }
		ruleset(name="cef") { action(type="omfile" file="$LOGS/cef" template="message") }
		input(type="imuxsock" Socket="$SOCKET" UseSpecialParser="off" ParseHostname="on" ruleset="local"
			RateLimit.Interval="0")
		input(type="imtcp" address="127.0.0.1" port="10601" ruleset="ecs" StreamDriver.Mode="0")
		input(type="imtcp" address="127.0.0.1" port="10602" ruleset="ocsf" StreamDriver.Mode="0")
		input(type="imtcp" address="127.0.0.1" port="10603" ruleset="cef" StreamDriver.Mode="0")
		input(type="imtcp" address="127.0.0.1" port="10604" ruleset="tls" StreamDriver.Name="gtls"
			StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
	CONF
	# Its 90 s are not enough where the processor is emulated, and others use it too.
	mkdir -p /etc/systemd/system/rsyslog.service.d
	printf '[Service]\nTimeoutSec=600\n' >/etc/systemd/system/rsyslog.service.d/test.conf
	systemctl daemon-reload
	systemctl restart rsyslog.service
}

# outputs [CA]: the configuration.
outputs() {
	no_bursts >/etc/interdict/interdict.yaml
	cat >>/etc/interdict/interdict.yaml <<-YAML
		metrics: {file: $METRICS/interdict.prom, socket: /run/interdict-metrics.sock}
		outputs:
		  - {type: file, to: $LOGS/copy.jsonl}
		  - {type: file, to: $LOGS/ecs.jsonl, format: ecs}
		  - journald
		  - {type: audit}
		  - {type: syslog, to: $SOCKET}
		  - {type: syslog, to: "tcp://127.0.0.1:10601", format: ecs}
		  - {type: syslog, to: "tcp://127.0.0.1:10602", format: ocsf}
		  - {type: syslog, to: "tcp://127.0.0.1:10603", format: cef}
		  - {type: syslog, to: "tls://localhost:10604", ca: $LOGS/${1:-ca}.pem}
	YAML
}

[ -x /usr/bin/interdict ] || install -m 755 "$(type -P interdict)" /usr/bin/interdict
install -m 644 /share/interdict.service /etc/systemd/system/interdict.service
install -m 644 /share/interdict.catalog /usr/lib/systemd/catalog/interdict.catalog
mkdir -p /etc/interdict /etc/systemd/journald.conf.d
# A flood is no news here.
printf '[Journal]\nRateLimitIntervalSec=0\n' >/etc/systemd/journald.conf.d/test.conf
systemctl restart systemd-journald.service
systemctl daemon-reload
check "the unit is right" systemd-analyze verify --man=no /etc/systemd/system/interdict.service
check "the catalog is right" journalctl --update-catalog
check "rsyslog starts" configure_rsyslog
check "auditd starts" systemctl start auditd.service
auditctl -e 1 >/dev/null

mkdir -p $METRICS
make_banned banned
mkdir names
# shellcheck disable=SC1003 # a backslash
for name in $'line\nline' 'quote"quote' "it's" 'pipe|pipe' 'back\slash' 'a=b' $'esc\e[2J\e]0;x\a' \
	$'\xff\xfe' $'\xc2\x9b31m' $'\xe2\x80\xaeevil' '] [x@1 a="b"]' ' res=success' "$(printf 'x%.0s' {1..250})"; do
	cp banned "names/$name"
done
policy 1
order an-order banned
outputs
systemctl start interdict.service
check "it enforces" wait_for enforcing
for name in names/*; do
	# Run, and read.
	"./$name" 2>/dev/null
	cat "$name" >/dev/null 2>&1
done
names_recorded() { [ "$(jq -r 'select(.event == "denied") | .file.ino' "$RECORD" | sort -u | wc -l)" = 13 ]; }
check "all names are recorded" wait_for names_recorded
check "all are recorded" wait_for balanced
check "all are sent" wait_for settled
status_text=$(interdict status)
diag "$(grep ^output: <<<"$status_text")"
check "a local socket: the record's very lines" wait_for lines_same $LOGS/local
check "TLS: the record's very lines" wait_for lines_same $LOGS/tls
check "the journal: the record's lines, and their fields" wait_for journal_same
check "the audit log: what the record says" wait_for audit_same
check "ECS: what the record says" wait_for ecs_same
check "OCSF: what the record says" wait_for ocsf_same
check "CEF: what the record says" wait_for cef_same
check "a file: the record's very lines" wait_for lines_same $LOGS/copy.jsonl
check "a file of ECS: what the record says" wait_for ecs_file_same
# No control character but the newline, C1 and what turns text around among them.
harmless() { ! grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]' "$1"; }
export -f harmless
check "the record's lines act on no terminal" env LC_ALL=C bash -c "harmless $RECORD"
check_fails "control: the names do" env LC_ALL=C bash -c 'harmless <(ls -N --show-control-chars names)'
check "metrics in a file: what status says" wait_for metrics_file_same
check "which others may read" setpriv --reuid 65534 --clear-groups grep -q ^interdict_enforcing $METRICS/interdict.prom
check "metrics from the socket: what status says" metrics_socket_same
check "ausearch finds a name by its interpretation" \
	grep -q 'path=.*/names/quote"quote' <(ausearch --input-logs -i -m USER_AVC)
check "and the program that tried" grep -q 'comm=' <(ausearch --input-logs -x /usr/bin/cat -m USER_AVC)
check "the journal explains an event" grep -q 'An order of the policy in force bans' \
	<(journalctl -q -x -t interdict INTERDICT_EVENT=denied -n 1)

# All of them stand still. What is refused is recorded, at the same speed, and refused at the same speed: the
# best of three rounds with them and of three without, as other machines are timed by the same clock.
# So few that sockets hold them: a server that takes nothing for 10 s gets the event that it hung at again.
refuse() { # sets TOOK: ms until 40 refusals are in the record; and EACH: ns that one takes
	local before line
	now_ms
	before=$NOW
	line=$("$FLOOD" 40 open 0 "$PWD/banned" | tail -n 1)
	EACH=$((${line##* } / 40))
	wait_for balanced
	now_ms
	TOOK=$((NOW - before))
}
denials() { count '.event == "denied"'; }
pids="$(pidof auditd) $(pidof rsyslogd) $(pidof systemd-journald)"
running=600000 stopped=600000 each_running=1000000000 each_stopped=1000000000 lost=0
for _ in 1 2 3; do
	refuse
	[ "$TOOK" -ge "$running" ] || running=$TOOK
	[ "$EACH" -ge "$each_running" ] || each_running=$EACH
	before=$(denials)
	# shellcheck disable=SC2086 # numbers
	kill -STOP $pids
	refuse
	[ "$TOOK" -ge "$stopped" ] || stopped=$TOOK
	[ "$EACH" -ge "$each_stopped" ] || each_stopped=$EACH
	[ "$(denials)" = $((before + 40)) ] || lost=1
	# shellcheck disable=SC2086 # numbers
	kill -CONT $pids
done
check "journald, auditd and rsyslog stopped: the record gets all" [ $lost = 0 ]
diag "40 refusals until recorded: $running ms, and $stopped ms with all three stopped"
diag "a refusal takes $((each_running / 1000)) us, and $((each_stopped / 1000)) us with all three stopped"
# A hanging output would take seconds for each; an emulated machine that is busy takes up to twice the time.
check "in no more than twice the time that it takes otherwise" [ $stopped -le $((2 * running + 2000)) ]
check "and no refusal takes longer than twice that" [ $each_stopped -le $((2 * each_running + 1000000)) ]
check "they get it when they go on" wait_for settled
check "rsyslog all of it" wait_for lines_same $LOGS/tls
check "and the journal" wait_for journal_same

# As logrotate does it: what came before the reload is in the old file, the rest in a new one.
mv $LOGS/copy.jsonl $LOGS/copy.jsonl.1
systemctl reload interdict.service
./banned 2>/dev/null
wait_for balanced
both_same() { cat $LOGS/copy.jsonl.1 $LOGS/copy.jsonl | cmp - "$RECORD"; }
check "a file that was renamed: old and new one have all" wait_for both_same
check "and the new one has some" test -s $LOGS/copy.jsonl

# A server that is verified with another authority is none; the others go on.
outputs other
systemctl reload interdict.service
./banned 2>/dev/null
check "a wrong authority: status says so" \
	wait_for output_is tls://localhost:10604 native '(.error | test("TLS: .*certificate"))' true
check "in text, too" grep -q 'output:.*tls://localhost:10604 as native:.*FAILING: ' <(interdict status)
check "an output that was not changed counts on" wait_for lines_same $LOGS/local
outputs
systemctl reload interdict.service
systemctl stop interdict.service
systemctl start interdict.service
wait_for balanced
check "its checkpoint at the stop is with auditd" wait_for audit_same
check "the record is whole" record_is_whole
