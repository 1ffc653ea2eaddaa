# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Root images, made by mmdebstrap, shared by all VMs (each writes to a snapshot of its own).

MINIMAL_PACKAGES="bash coreutils util-linux mount kmod e2fsprogs xfsprogs btrfs-progs dosfstools
	squashfs-tools erofs-utils f2fs-tools genisoimage keyutils fsverity fscrypt jq strace procps
	python3-minimal libpython3-stdlib libbpf1 libelf1 libyaml-0-2 libjansson4 libssl3 libsystemd0
	libcap-ng0 libcap2-bin fuse3 libfuse3-3 bpftool attr acl acct liburing2 iproute2 nfs-kernel-server
	uidmap openssl dmsetup libaudit1 libarchive13"

# The second root: a Debian as people run it, with systemd and several hundred packages.
DEBIAN_PACKAGES="systemd systemd-sysv dbus udev kmod build-essential gcc-12 make bpftool jq strace
	procps psmisc iproute2 iputils-ping podman crun uidmap fuse-overlayfs openssh-client git curl
	python3 perl less vim-tiny nano file xz-utils zstd e2fsprogs xfsprogs btrfs-progs dosfstools
	squashfs-tools keyutils fsverity libbpf1 libelf1 libyaml-0-2 libjansson4 libssl3 libsystemd0
	libcap-ng0 libcap2-bin fuse3 libfuse3-3 attr acl rsync cron rsyslog man-db sudo
	bash-completion ca-certificates gnupg lsof tmux bc openssl sqlite3 zip unzip tree htop socat
	netcat-openbsd bind9-dnsutils tcpdump ethtool parted nginx-light wget libaudit1 auditd
	rsyslog-gnutls libarchive13 apparmor fapolicyd"

# The third: a Debian 13 with other package managers than its own: its rpm is the first whose plug-in interface is public.
MANAGERS_PACKAGES="systemd systemd-sysv dbus udev kmod gcc libc6-dev librpm-dev rpm flatpak ostree snapd
	squashfs-tools jq python3-minimal libpython3-stdlib procps iproute2 libbpf1 libelf1t64 libyaml-0-2 libjansson4
	libssl3t64 libsystemd0 libaudit1 libncursesw6 libtinfo6 libarchive13t64 libsqlite3-0 zlib1g"

image_key() { printf '%s' "$*" | sha256sum | cut -c 1-12; }

# bootstrap SUITE DIR PACKAGES: mmdebstrap is several times faster than debootstrap (it does not sync
# each file), and apt resolves what the packages need.
bootstrap() {
	local suite=$1 dir=$2
	shift 2
	need mmdebstrap
	need_root "making a root image"
	private_apt_ready
	quietly "$dir.log" mmdebstrap --mode=root --variant=minbase --format=directory \
		--include="$(echo "$*" | tr -s ' \t\n' ',' | sed 's/^,//; s/,$//')" \
		--aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io "$suite" "$dir" "$CACHE/apt/$suite.list" ||
		die "the $suite image could not be made, see above"
	rm -f "$dir/etc/apt/sources.list" "$dir"/etc/apt/sources.list.d/*
}

# What other packages take for granted, and name nowhere.
ESSENTIAL_PACKAGES="base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname
	libc-bin login mawk ncurses-base perl-base sed tar util-linux"

# bootstrap_foreign DIR PACKAGES: the same for another architecture, without what packages' scripts would do,
# as far as tests need it.
bootstrap_foreign() {
	local dir=$1
	shift
	need_root "making a root image"
	private_apt_ready
	# shellcheck disable=SC2048,SC2086 # lists of names
	unpack_packages "$dir" $ESSENTIAL_PACKAGES $*
	cp "$dir/usr/share/base-passwd/passwd.master" "$dir/etc/passwd"
	cp "$dir/usr/share/base-passwd/group.master" "$dir/etc/group"
	mkdir -p "$dir"/{mnt,opt,srv,media}
	ln -sf mawk "$dir/usr/bin/awk"
	ln -sf ../proc/self/mounts "$dir/etc/mtab"
	# Python's scripts are compiled here once, and not in each guest again.
	python3 -m compileall -q -s "$dir" "$dir"/usr/lib/python3* >/dev/null || true
}

# root_image DIR FILE SIZE: an image of DIR.
root_image() {
	rm -f "$2"
	rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*_*
	mke2fs -q -t ext4 -O ^has_journal,verity,encrypt -m 0 -d "$1" "$2" "$3" >/dev/null
}

minimal_make() {
	local dir=$CACHE/images/minimal.tree
	say "making the minimal root image (about a minute)"
	rm -rf "$dir"
	mkdir -p "$CACHE/images"
	if [ "$VM_ARCH" = amd64 ]; then
		bootstrap "$BOOKWORM" "$dir" "$MINIMAL_PACKAGES"
	else
		bootstrap_foreign "$dir" "$MINIMAL_PACKAGES"
	fi
	: >"$dir/etc/machine-id"
	echo interdict-vm >"$dir/etc/hostname"
	rm -rf "$dir"/usr/share/{doc,man,locale}/*
	root_image "$dir" "$1.new" 2G
	rm -rf "$dir"
	mv "$1.new" "$1"
}

# minimal_ready, debian_ready, managers_ready: set ROOT_IMAGE.
minimal_ready() {
	ROOT_IMAGE=$CACHE/images/minimal-$(image_key "$MINIMAL_PACKAGES" 2).ext4
	once minimal "$ROOT_IMAGE" minimal_make "$ROOT_IMAGE"
}

# system_image SUITE NAME PACKAGES FILE SIZE: one with systemd, that starts nothing that tests have no use for.
system_image() {
	local dir=$CACHE/images/$2.tree units unit
	[ "$VM_ARCH" = amd64 ] || die "there is no --$2 for $VM_ARCH: its packages cannot be configured here"
	rm -rf "$dir"
	mkdir -p "$CACHE/images"
	bootstrap "$1" "$dir" "$3"
	echo interdict-vm >"$dir/etc/hostname"
	# With an ID, so that no first boot takes place, which would enable every unit that is there.
	od -An -N 16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/etc/machine-id"
	# No word of the host's mirror is needed: tests bring their packages by --share.
	units=$dir/etc/systemd/system
	mkdir -p "$dir/etc/systemd/network" "$units/multi-user.target.wants"
	printf '[Match]\nName=en*\n[Network]\nDHCP=yes\n' >"$dir/etc/systemd/network/vm.network"
	ln -sf /lib/systemd/system/systemd-networkd.service "$units/multi-user.target.wants/"
	ln -sf /dev/null "$units/systemd-networkd-wait-online.service"
	ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
	ln -sf /dev/null "$units/apt-daily.timer"
	ln -sf /dev/null "$units/apt-daily-upgrade.timer"
	# For tests that start them: compiling every profile takes long here, and fapolicyd without a database of
	# trusted files refuses everything; snapd takes longer to begin than all else.
	for unit in apparmor.service fapolicyd.service snapd.service snapd.socket snapd.seeded.service; do
		ln -sf /dev/null "$units/$unit"
	done
	root_image "$dir" "$4.new" "$5"
	rm -rf "$dir"
	mv "$4.new" "$4"
}

debian_make() {
	say "making the full Debian 12 image (some minutes)"
	system_image "$BOOKWORM" debian "$DEBIAN_PACKAGES" "$1" 5G
}

managers_make() {
	say "making a Debian 13 with rpm, Flatpak and snapd (some minutes)"
	system_image "$TRIXIE" managers "$MANAGERS_PACKAGES" "$1" 4G
}

# What programs for another architecture are compiled and linked with: the development packages of tests/deps.
sysroot_make() {
	local dir=$1.new link
	say "unpacking libraries of $VM_ARCH to link with"
	rm -rf "$dir"
	mkdir -p "$dir"
	private_apt_ready
	# shellcheck disable=SC2046 # a list of names
	unpack_packages "$dir" libc6-dev $(sysroot_packages)
	# Links that lead out of it.
	find "$dir/usr/lib" -type l -lname '/*' | while read -r link; do
		ln -sfn "$1$(readlink "$link")" "$link"
	done
	mv "$dir" "$1"
}
sysroot_packages() { grep -E '^(lib.*|zlib1g)-dev$' "$TREE/tests/deps" | grep -vE '^lib(clang|cmocka)'; }

# sysroot_ready: sets SYSROOT.
sysroot_ready() {
	SYSROOT=$CACHE/sysroot-$(image_key "$(sysroot_packages)" 2)
	once sysroot "$SYSROOT" sysroot_make "$SYSROOT"
}

debian_ready() {
	ROOT_IMAGE=$CACHE/images/debian-$(image_key "$DEBIAN_PACKAGES" 4).ext4
	once debian "$ROOT_IMAGE" debian_make "$ROOT_IMAGE"
}

managers_ready() {
	ROOT_IMAGE=$CACHE/images/managers-$(image_key "$MANAGERS_PACKAGES" 2).ext4
	once managers "$ROOT_IMAGE" managers_make "$ROOT_IMAGE"
}
