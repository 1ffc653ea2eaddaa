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

# minimal_ready, debian_ready: set ROOT_IMAGE.
minimal_ready() {
	ROOT_IMAGE=$CACHE/images/minimal-$(image_key "$MINIMAL_PACKAGES" 2).ext4
	once minimal "$ROOT_IMAGE" minimal_make "$ROOT_IMAGE"
}

debian_make() {
	local dir=$CACHE/images/debian.tree
	[ "$VM_ARCH" = amd64 ] || die "there is no --debian for $VM_ARCH: its packages cannot be configured here"
	say "making the full Debian 12 image (some minutes)"
	rm -rf "$dir"
	mkdir -p "$CACHE/images"
	bootstrap "$BOOKWORM" "$dir" "$DEBIAN_PACKAGES"
	echo interdict-vm >"$dir/etc/hostname"
	# With an ID, so that no first boot takes place, which would enable every unit that is there.
	od -An -N 16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/etc/machine-id"
	# No word of the host's mirror is needed: tests bring their packages by --share.
	printf '[Match]\nName=en*\n[Network]\nDHCP=yes\n' >"$dir/etc/systemd/network/vm.network"
	mkdir -p "$dir/etc/systemd/system/multi-user.target.wants"
	ln -sf /lib/systemd/system/systemd-networkd.service "$dir/etc/systemd/system/multi-user.target.wants/"
	ln -sf /dev/null "$dir/etc/systemd/system/systemd-networkd-wait-online.service"
	ln -sf /lib/systemd/system/multi-user.target "$dir/etc/systemd/system/default.target"
	ln -sf /dev/null "$dir/etc/systemd/system/apt-daily.timer"
	ln -sf /dev/null "$dir/etc/systemd/system/apt-daily-upgrade.timer"
	# For tests that start them: compiling every profile takes long here, and fapolicyd without a database of
	# trusted files refuses everything.
	ln -sf /dev/null "$dir/etc/systemd/system/apparmor.service"
	ln -sf /dev/null "$dir/etc/systemd/system/fapolicyd.service"
	root_image "$dir" "$1.new" 5G
	rm -rf "$dir"
	mv "$1.new" "$1"
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
