#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with kmod --timeout 300 --virtiofs build/guest/probes --append memmap=64M!1G
# Files whose page cache must not be read as it comes: cold fs-verity and fscrypt inodes, corrupted
# content, DAX, huge pages, memfds; and reading that has to end: a disk that does not answer, a file
# of 1 TiB. memmap makes a persistent memory device for DAX.
set -eu
# shellcheck source=tests/vm/guest/lib.sh
. "${VM_LIB:?}"

CACHEABLE=1 FOREIGN=2 UNSEALED=4
work=$PWD
mnt=/mnt/kmod
mkdir -p $mnt

modprobe interdict || bail "interdict.ko cannot be loaded"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security

# is FLAGS SHA256 FILE
is() {
	local have
	have=$(identify "$3") || { echo "$have"; return 1; }
	[[ $have == *" $1 $2 "* ]] || { echo "$have, not $1 $2"; return 1; }
}

# fails_with ERROR FILE
fails_with() {
	local have
	have=$(identify "$2") && { echo "$have"; return 1; }
	[[ $have == *" $1 "* ]] || { echo "$have, not $1"; return 1; }
}

hash_of() { local line; line=$(sha256sum "$1") && echo "${line%% *}"; }

cold() {
	umount $mnt
	mount "$SCRATCH_DEV" $mnt
	echo 3 >/proc/sys/vm/drop_caches
}

plan 24
head -c 300000 /dev/urandom >random
want=$(hash_of random)

# --- fs-verity
mkfs.ext4 -q -F -b 4096 -O verity,encrypt "$SCRATCH_DEV"
mount "$SCRATCH_DEV" $mnt
cp random $mnt/verity
cp random $mnt/corrupted
sync -f $mnt
fsverity enable $mnt/verity
fsverity enable $mnt/corrupted
block=$(debugfs -R "bmap /corrupted 40" "$SCRATCH_DEV" 2>/dev/null)
umount $mnt
dd if=/dev/zero of="$SCRATCH_DEV" bs=4096 seek="$block" count=1 conv=notrunc status=none
mount "$SCRATCH_DEV" $mnt
echo 3 >/proc/sys/vm/drop_caches
check "fs-verity: cold" is $CACHEABLE "$want" $mnt/verity
check "fs-verity: warm" is $CACHEABLE "$want" $mnt/verity
check "fs-verity: corrupted, cold" fails_with EIO $mnt/corrupted
check "fs-verity: corrupted, again" fails_with EIO $mnt/corrupted
check_fails "control: it cannot be read either" sh -c "cat $mnt/corrupted >/dev/null"

# --- fscrypt, by ioctls that need no tool (linux/fscrypt.h)
cat >crypt.py <<'PYTHON'
import fcntl, os, struct, sys
mount, directory = sys.argv[1:3]
key = bytes(range(64))
fd = os.open(mount, os.O_RDONLY)
arg = bytearray(struct.pack("=II32sII32s", 2, 0, b"", len(key), 0, b"") + key)
fcntl.ioctl(fd, 0xC0506617, arg)  # FS_IOC_ADD_ENCRYPTION_KEY
identifier = bytes(arg[8:24])
if not os.path.isdir(directory):
    os.mkdir(directory)
    policy = struct.pack("=BBBB4s16s", 2, 1, 4, 3, b"", identifier)
    fcntl.ioctl(os.open(directory, os.O_RDONLY), 0x800C6613, policy)  # FS_IOC_SET_ENCRYPTION_POLICY
PYTHON
python3 crypt.py $mnt $mnt/crypt
cp random $mnt/crypt/file
cp random $mnt/crypt/verity
fsverity enable $mnt/crypt/verity
cold
locked=$(find $mnt/crypt -type f | head -n 1)
check "fscrypt: no key, no content" fails_with ENOKEY "$locked"
python3 crypt.py $mnt $mnt/crypt
echo 3 >/proc/sys/vm/drop_caches
check "fscrypt: cold" is $CACHEABLE "$want" $mnt/crypt/file
check "fscrypt: warm" is $CACHEABLE "$want" $mnt/crypt/file
check "fscrypt and fs-verity: cold" is $CACHEABLE "$want" $mnt/crypt/verity
umount $mnt

# --- a disk that does not answer
modprobe dm-mod
modprobe loop
mkdir -p disk
truncate -s 64M disk.img
loop=$(losetup -f --show disk.img)
dmsetup create kmod-disk --table "0 $(blockdev --getsz "$loop") linear $loop 0"
dmsetup mknodes
mkfs.ext4 -q -F /dev/mapper/kmod-disk
mount /dev/mapper/kmod-disk $mnt
cp random $mnt/file
umount $mnt
mount /dev/mapper/kmod-disk $mnt
identify -w 0 $mnt/file >/dev/null
dmsetup suspend --noflush --nolockfs kmod-disk
identify $mnt/file >stuck.out &
stuck=$!
pause 1
check "it waits for the disk" kill -0 $stuck
# A second one waits for the page that the first one locked.
identify $mnt/file >stuck2.out &
stuck2=$!
pause 1
is_dead() {
	local state
	for _ in {1..300}; do
		state=$(awk '/^State/ {print $2}' "/proc/$1/status" 2>/dev/null || true)
		[ -n "$state" ] && [ "$state" != Z ] || return 0
		pause 0.1
	done
	echo "still $state"
	return 1
}
# A program on the hook waits for it too, and whoever waits for the programs.
kfuncs cat $mnt/file >stuck3.out &
stuck3=$!
wait_for pgrep -P $stuck3 cat
pause 1
identify --quiesce &
quiesce=$!
pause 1
check "running programs are waited for" kill -0 $quiesce
kill -9 $quiesce
check "by one that can be killed" is_dead $quiesce
pkill -9 -P $stuck3 cat || true
kill -9 $stuck2
check "one that waits for a locked page can be killed" is_dead $stuck2
kill -9 $stuck
check "one that waits for its own read can be killed" is_dead $stuck
dmsetup resume kmod-disk
check "and then the file is read" is $CACHEABLE "$want" $mnt/file
umount $mnt
dmsetup remove kmod-disk
losetup -d "$loop"

# --- 1 TiB of nothing
mount "$SCRATCH_DEV" $mnt
truncate -s 1T $mnt/huge
identify $mnt/huge >/dev/null &
huge=$!
pause 1
kill -9 $huge
check "hashing 1 TiB can be killed" is_dead $huge
umount $mnt
mount -t tmpfs -o size=100M tmpfs $mnt
truncate -s 1T $mnt/huge
identify $mnt/huge >/dev/null &
huge=$!
pause 1
kill -9 $huge
check "hashing 1 TiB of tmpfs can be killed" is_dead $huge
check "and took no memory" test "$(du -k $mnt/huge | cut -f 1)" = 0
umount $mnt

# --- foreign ones: by an open of the module's own
pmem=
modprobe -q nd_e820 || true
modprobe -q nd_pmem || true
for _ in 1 2 3 4 5; do [ -b /dev/pmem0 ] && pmem=/dev/pmem0 && break; pause 1; done
if [ -n "$pmem" ]; then
	mkfs.ext4 -q -F -b 4096 $pmem
	mount -o dax $pmem $mnt
	cp random $mnt/file
	check "DAX" is $FOREIGN "$want" $mnt/file
	umount $mnt
elif [ "$HOSTTYPE" != x86_64 ]; then
	skip_optional "DAX" "the emulated machine has no persistent memory"
else
	skip "DAX" "no persistent memory device"
fi

cat >memfd.py <<'PYTHON'
import fcntl, mmap, os, sys
content = open("random", "rb").read()
kind = sys.argv[1]
fd = os.memfd_create(kind, 2 | (4 if kind == "huge" else 0))
os.ftruncate(fd, 2 << 20)
mmap.mmap(fd, 2 << 20)[:len(content)] = content
if kind != "huge":
    os.ftruncate(fd, len(content))
if kind == "sealed":
    fcntl.fcntl(fd, 1033, 15)
open(kind + ".ready", "w").write(str(fd))
sys.stdin.read()
PYTHON
echo 8 >/proc/sys/vm/nr_hugepages
cp random padded
truncate -s 2M padded
memfd() { # KIND FLAGS SHA256
	local pid rc=0
	mkfifo "$1.end" && exec 8<>"$1.end"
	python3 memfd.py "$1" <&8 &
	pid=$!
	wait_for [ -s "$1.ready" ]
	is "$2" "$3" "/proc/$pid/fd/$(cat "$1.ready")" || rc=$?
	kill $pid
	exec 8>&-
	return $rc
}
check "a memfd that may change is no file to remember" memfd open $UNSEALED "$want"
check "a sealed memfd is" memfd sealed $CACHEABLE "$want"
check "a memfd of huge pages" memfd huge $FOREIGN "$(hash_of padded)"

# --- what lies about its size
check "a file that ends early" fails_with EIO /sys/kernel/uevent_seqnum
diag "work directory $work"
rmmod interdict
check "the module is gone" test ! -e /sys/module/interdict
