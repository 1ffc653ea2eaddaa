# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Shared by the VM scripts: messages, the cache, and a private view of the machine's own archive.

VM_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034 # used by those who source this file
TREE=$(cd "$VM_DIR/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
BOOKWORM=bookworm
TRIXIE=trixie

# arch_use amd64|arm64: what machines are from now on. What is kept and what is built for another than this
# one is apart. (Not called ARCH: kbuild reads that, and has other names.)
CACHES=${INTERDICT_CACHE:-${HOME:-/root}/.cache/interdict}
arch_use() {
	# shellcheck disable=SC2034 # used by those who source this file
	case $1 in
	amd64)
		VM_ARCH=amd64 CACHE=$CACHES BUILD=build VM_MAKE=(make)
		VM_STRIP='strip' VM_QEMU='qemu-system-x86_64'
		;;
	arm64)
		VM_ARCH=arm64 CACHE=$CACHES/arm64 BUILD=build/arm64 VM_MAKE=(make ARCH=arm64)
		VM_STRIP='aarch64-linux-gnu-strip' VM_QEMU='qemu-system-aarch64'
		;;
	*) printf 'vm: error: no such architecture: %s (there are amd64 and arm64)\n' "$1" >&2; exit 1 ;;
	esac
}
if [ "${ARCH:-}" = arm64 ]; then arch_use arm64; else arch_use amd64; fi

say() { printf 'vm: %s\n' "$*" >&2; }
die() { printf 'vm: error: %s\n' "$*" >&2; exit 1; }

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || die "$tool is missing: run 'make deps' (as root)"
	done
}

need_root() {
	[ "$(id -u)" = 0 ] || die "$1 needs root (it makes device files and owners); run it" \
		"once as root with INTERDICT_CACHE=$CACHES, after that any user can run VMs"
}

# once KEY OUTPUT COMMAND...: runs COMMAND if OUTPUT does not exist. Several runners may ask at the
# same time; one works, the others wait. COMMAND makes OUTPUT by a rename, so a broken run leaves none.
once() {
	local key=$1 output=$2 fd
	shift 2
	[ -e "$output" ] && return 0
	mkdir -p "$CACHE/locks" || die "cannot write to the cache $CACHE (set INTERDICT_CACHE)"
	exec {fd}>"$CACHE/locks/$key"
	flock -n "$fd" || { say "waiting for another run that prepares $key"; flock "$fd"; }
	if ! [ -e "$output" ]; then
		# Not inherited by COMMAND: a stray child must not keep the lock.
		( "$@" ) {fd}>&- || { exec {fd}>&-; die "could not prepare $key"; }
	fi
	exec {fd}>&-
	[ -e "$output" ] || die "could not prepare $key"
}

# vm_slot: waits until fewer VMs of this user's cache run than twice the processors and one, for too many at
# once only make each other run into their timeouts. Held until this shell ends.
vm_slot() {
	local slots n told='' fd
	slots=${INTERDICT_VM_SLOTS:-$((2 * $(nproc) + 1))}
	# A cache that another user keeps can be read only: nothing to count by.
	[ -w "$CACHES/locks" ] || return 0
	while :; do
		for n in $(seq "$slots"); do
			exec {fd}>"$CACHES/locks/vm-slot-$n"
			flock -n "$fd" && return
			exec {fd}>&-
		done
		[ -n "$told" ] || say "waiting: $slots virtual machines run already"
		told=1
		sleep 1
	done
}

# quietly LOG COMMAND...: output goes to LOG, and is shown if the command fails.
quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || { local rc=$?; tail -n 30 "$log" >&2; return "$rc"; }
}

# The mirror that this machine uses, as "URI keyring". LABEL is Debian or Debian-Security.
archive_uri() {
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --format '$(LABEL)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F'|' -v label="$1" '$1 == label && $2 == "main" {print $3; exit}'
}

private_apt_setup() {
	local dir=$CACHE/apt.new uri security keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	uri=$(archive_uri Debian)
	[ -n "$uri" ] || { apt-get update >&2 || true; uri=$(archive_uri Debian); }
	[ -n "$uri" ] || die "this machine's apt knows no Debian archive (component main)"
	[ -e "$keyring" ] || die "$keyring is missing: run 'make deps' (as root)"
	security=$(archive_uri Debian-Security)
	rm -rf "$dir"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	{
		local suite
		for suite in $BOOKWORM $BOOKWORM-updates $TRIXIE-backports; do
			printf 'deb [arch=%s signed-by=%s] %s %s main\n' $VM_ARCH "$keyring" "$uri" "$suite"
		done
		[ -z "$security" ] || printf 'deb [arch=%s signed-by=%s] %s %s-security main\n' \
			$VM_ARCH "$keyring" "$security" "$BOOKWORM"
	} >"$dir/sources.list"
	# For root images. (Not among the lists above, which would only get larger by it.)
	grep -E " $BOOKWORM(-security)? " "$dir/sources.list" >"$dir/$BOOKWORM.list"
	sed -n "s/ $TRIXIE-backports / $TRIXIE /p" "$dir/sources.list" >"$dir/$TRIXIE.list"
	: >"$dir/complete"
	say "reading the package lists of the archive"
	APT_DIR=$dir quietly "$CACHE/apt.log" private_apt apt-get update ||
		die "the archive cannot be reached: see above; kernels and images cannot be fetched"
	rm -rf "$CACHE/apt"
	mv "$dir" "$CACHE/apt"
}

# private_apt TOOL ARGS...: apt-get or apt-cache with lists of its own, the machine's stay as they are.
private_apt() {
	local tool=$1 dir=${APT_DIR:-$CACHE/apt}
	shift
	"$tool" -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache" \
		-o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=60 \
		-o APT::Architecture=$VM_ARCH -o APT::Architectures=$VM_ARCH "$@"
}

private_apt_ready() { once apt "$CACHE/apt/complete" private_apt_setup; }

# fetch_packages DIR PACKAGE...: the .deb files, newest version, into DIR.
fetch_packages() {
	local dir=$1
	shift
	mkdir -p "$dir"
	( cd "$dir" && quietly download.log private_apt apt-get download "$@" ) ||
		die "could not download $*"
}

# unpack_packages DIR PACKAGE...: these and all that they depend on, unpacked and not configured: programs of
# another architecture cannot run here.
unpack_packages() {
	local dir=$1 name deb
	shift
	mkdir -p "$dir"/usr/{bin,sbin,lib} "$dir.deb/partial"
	for name in bin sbin lib; do ln -sfn usr/$name "$dir/$name"; done
	: >"$dir.status"
	quietly "$dir.log" private_apt apt-get -y -o Dir::State::status="$dir.status" -o Dir::Cache::archives="$dir.deb" \
		-o APT::Install-Recommends=false --download-only install "$@" || die "could not download $*"
	for deb in "$dir.deb"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$dir" --keep-directory-symlink -f -
	done
	rm -rf "$dir.deb" "$dir.status"
}
