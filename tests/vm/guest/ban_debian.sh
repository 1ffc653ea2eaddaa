#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-manual: some minutes: `make check-ban` does it
# A ban from its order to its lifting, on a whole Debian, with real packages in the place of a vendor's suite: four,
# of two source packages, that one maintainer has; a program with a library and scripts, which systemd runs, and a
# user; something else has the library mapped.
# shellcheck source=lib.sh
. "$VM_LIB"
# shellcheck source=daemon-lib.sh
. "${VM_LIB%/*}/daemon-lib.sh"
plan 43

SUITE="nginx nginx-common nginx-light libnginx-mod-http-echo"
MAINTAINER='Debian Nginx Maintainers*'
PROGRAM=/usr/sbin/nginx
LIBRARY=/usr/lib/nginx/modules/ngx_http_echo_module.so
SCRIPT=/etc/init.d/nginx
USER_ID=1000
HERE=$PWD

# copy FILE DIRECTORY: to the same path below it.
copy() { mkdir -p "$2${1%/*}" && cp -a "$1" "$2$1"; }
# repack NAME [VERSION]: what is installed as a .deb again, VERSION with another program.
repack() {
	local path script
	rm -rf pkg
	mkdir -p pkg/DEBIAN repo
	dpkg-query -L "$1" | while read -r path; do
		case $path in
		/bin | /sbin | /lib | /lib64) mkdir -p "pkg$path" ;; # links into /usr
		*) if [ -d "$path" ] && [ ! -L "$path" ]; then mkdir -p "pkg$path"; else copy "$path" pkg; fi ;;
		esac
	done
	dpkg-query -s "$1" | sed -e '/^Status:/d' -e '/^Conffiles:/d' -e '/^ \//d' ${2:+-e "s/^Version:.*/Version: $2/"} >pkg/DEBIAN/control
	for script in preinst postinst prerm postrm conffiles triggers templates config; do
		[ ! -e "/var/lib/dpkg/info/$1.$script" ] || cp -a "/var/lib/dpkg/info/$1.$script" "pkg/DEBIAN/$script"
	done
	[ -z "${2:-}" ] || echo "version $2" >>"pkg$PROGRAM"
	dpkg-deb -b pkg repo/ >/dev/null
}
apt() { DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 "$@" >apt.out 2>&1 || { tail -n 20 apt.out; return 1; }; }
installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
all_installed() { local name; for name in $SUITE; do installed "$name" || { echo "$name is not"; return 1; }; done; }
none_installed() { local name; for name in $SUITE; do ! installed "$name" || return 1; done; }
version() { dpkg-query -W -f '${Version}' nginx; }
# kept_out COMMAND...: it fails and says why.
kept_out() {
	if "$@" >out 2>&1; then cat out; return 1; fi
	cat out
	grep -q "order suite (Order suite) of An authority bans it" out && grep -q "Not permitted." out && grep -q "https://example.org/suite" out
}
hooks() { cp /share/door/interdict.apt.conf /etc/apt/apt.conf.d/50interdict; cp /share/door/interdict.dpkg.cfg /etc/dpkg/dpkg.cfg.d/interdict; }
no_hooks() { rm -f /etc/apt/apt.conf.d/50interdict /etc/dpkg/dpkg.cfg.d/interdict; }
refused() { ! "$@" >/dev/null 2>&1; }
ended() { ! kill -0 "$1" 2>/dev/null || grep -q ') Z ' "/proc/$1/stat"; }
active() { [ "$(systemctl is-active nginx)" = active ]; }
not_active() { ! active; }
serves() { curl -s -o /dev/null "http://127.0.0.1:$1/"; }
event_of() { [ "$(count ".event == \"killed\" and .order == \"suite\" and $1")" -ge 1 ]; }
removed() { [ "$(count ".event == \"removed\" and .order == \"suite\" and $1")" -ge 1 ]; }
patiently() { wait_for "$@" || wait_for "$@" || wait_for "$@"; }
resolved() { count '.event == "policy" and .action == "resolved"'; }
resolved_more() { [ "$(resolved)" -gt "$1" ]; }
# suite SERIAL LINES: the order, with what it says of what runs and is installed.
suite() {
	head_of_order suite "$2"
	echo "  - package: {type: deb, maintainer: '$MAINTAINER'}" >>$POLICY/orders/suite.yaml
	policy "$1"
}

check "control: four packages are installed" all_installed
NEW=$(version).1
for name in $SUITE; do repack "$name" || bail "$name is not packed"; done
repack nginx "$NEW"
(cd repo && dpkg-scanpackages -m . >Packages 2>/dev/null)
# What would install the suite is taken away, too; a tar is nothing of that sort.
tar -cf repo.tar repo
echo "deb [trusted=yes] file:$HERE/repo ./" >/etc/apt/sources.list
apt-get update >/dev/null 2>&1
mkdir -p /home/u/tree own
for file in $PROGRAM $LIBRARY $SCRIPT; do copy "$file" /home/u/tree; done
cp $PROGRAM /home/u/innocent
cp repo/libnginx-mod-http-echo_*.deb /home/u/download
echo "the user's own" >/home/u/notes
chown -R $USER_ID /home/u own
chmod 755 .

# It runs.
systemctl start nginx
check "control: systemd runs it" wait_for active
check "control: it answers" wait_for serves 80
printf 'pid %s/own/pid; error_log %s/own/log; events {}\nhttp { access_log off; %s server { listen 8080; } }\n' "$HERE" "$HERE" \
	"$(for what in client_body proxy fastcgi uwsgi scgi; do echo "${what}_temp_path $HERE/own/$what;"; done)" >own/conf
setpriv --reuid $USER_ID --clear-groups $PROGRAM -c "$HERE/own/conf" -g 'daemon off;' & user=$!
check "control: a user, too" wait_for serves 8080
python3 -c 'import mmap, os, sys, time
fd = os.open(sys.argv[1], os.O_RDONLY)
kept = mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
time.sleep(100000)' $LIBRARY & maps=$!
check "control: a copied tree runs" /home/u/tree$PROGRAM -v
hooks
policy 1
package_order other nothing-of-that-name
start_daemon "the daemon starts, with an order about something else"
wait_for enforcing || bail "not enforcing"
all_go_on() { active && serves 80 && serves 8080 && ! ended $maps; }
check "control: all of it goes on" all_go_on

# The order, which has what runs ended.
suite 2 $'running: kill\ngrace: 2s'
check "the order is loaded" interdict load $POLICY
check "the four match" status_is .daemon.packages.packages 4
check "the service ends" patiently not_active
check "what the user runs ends" patiently ended $user
check "who has the library mapped is reported" wait_for event_of ".op == \"map\" and .process.pid == $maps"
check "and so are the others" wait_for event_of ".process.pid == $user and .file.path == \"$PROGRAM\""
check "systemd cannot start it again" refused systemctl start nginx
check "nor can the user" refused setpriv --reuid $USER_ID --clear-groups $PROGRAM -v
check "its script is refused" refused sh -n $SCRIPT
check "the copied tree is refused: its program" refused /home/u/tree$PROGRAM -v
check "its library" refused cat /home/u/tree$LIBRARY
check "its script" refused sh -n /home/u/tree$SCRIPT
check "what the user has is not" cat /home/u/notes
check "nor is anything else" curl --version

# It does not come.
OLD=$(version)
check "an upgrade by apt is refused" kept_out apt-get -y install "nginx=$NEW"
check "and by dpkg" kept_out dpkg -i "repo/nginx_${NEW}_amd64.deb"
check "the version is the same" [ "$(version)" = "$OLD" ]
no_hooks
before=$(resolved)
check "without the hooks it is unpacked" dpkg --unpack "repo/nginx_${NEW}_amd64.deb"
hooks
check "and resolved" wait_for resolved_more "$before"
check "the new version is refused" refused $PROGRAM -v
check "a copied tree of the old one still is" refused /home/u/tree$PROGRAM -v

# It goes.
suite 3 $'running: kill\ngrace: 2s\ninstalled: remove'
check "the order has it removed" interdict load $POLICY
check "the packages go" patiently none_installed
none_installed || diag "$(dpkg -l '*nginx*'; journalctl -u 'interdict-remove*' --no-pager | tail -n 20; interdict remove --packages)"
check "with an event" wait_for removed '.action == "uninstalled"'
gone() { [ ! -e /home/u/tree$PROGRAM ] && [ ! -e /home/u/innocent ] && [ ! -e /home/u/tree$LIBRARY ] && [ ! -e /home/u/download ]; }
check "the copies, too, and what would install it" patiently gone
gone || diag "$(find /home/u; interdict remove /home/u; tail -n 5 "$DAEMON_LOG")"
check "into quarantine" wait_for removed '.action == "quarantined" and .file.path == "/home/u/innocent"'
check "what the user has stays" grep -q own /home/u/notes
tar -xf repo.tar
check "apt install is refused" kept_out apt-get -y install nginx-light "nginx=$OLD"
tar -xf repo.tar
check "dpkg -i, too" kept_out dpkg -i "repo/nginx-common_${OLD}_all.deb"
check "nothing came in" none_installed

# It is lifted.
rm $POLICY/orders/suite.yaml
policy 4
check "the order is lifted" interdict load $POLICY
restored() { interdict remove --restore /home/u/innocent && interdict remove --restore /home/u/tree$PROGRAM && /home/u/tree$PROGRAM -v; }
check "the copies come back" restored
tar -xf repo.tar
check "apt installs the packages" apt install nginx-light "nginx=$OLD"
starts() { systemctl daemon-reload && systemctl restart nginx && wait_for active && wait_for serves 80; }
check "the service starts" starts
systemctl stop nginx
check "only the order refused anything" test "$(count '.event == "denied" and .order != "suite"')" = 0
check "the record is whole" record_is_whole
stop_daemon
no_hooks
