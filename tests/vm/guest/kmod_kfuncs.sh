#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vm-test: --with kmod --timeout 300 --virtiofs build/guest/probes --append memmap=64M!1G
# The kfuncs where BPF programs call them: the verifier takes their arguments and results, and they
# identify what is opened, run, mapped, made executable and loaded. Then the control file: what it
# refuses, and links that are held.
set -eu
# shellcheck source=tests/vm/guest/lib.sh
. "${VM_LIB:?}"

mnt=/mnt/kmod
status=/sys/kernel/security/interdict/status
mkdir -p $mnt

modprobe interdict || bail "interdict.ko cannot be loaded"
mountpoint -q /sys/kernel/security || mount -t securityfs securityfs /sys/kernel/security

hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }

# seen COMMAND...: what the programs saw of it, in ./seen
seen() { kfuncs "$@" >seen 2>seen.error || { cat seen.error; return 1; }; }

# saw OP ERROR FLAGS SHA256 PATH [EXE]: such a line, with "*" for anything
saw() {
	awk -v op="$1" -v error="$2" -v flags="$3" -v hash="$4" -v path="$5" -v exe="${6:-*}" '
		function is(have, want) { return want == "*" || have == want }
		is($1, op) && is($2, error) && is($5, flags) && is($6, hash) && is($12, path) && is($11, exe) { found = 1 }
		END { exit !found }' seen || { grep "^$1 " seen; return 1; }
}

plan 28
head -c 300000 /dev/urandom >random
want=$(hash_of random)
true=$(readlink -f /bin/true)

check "programs that call the kfuncs are loaded" seen "$true"
check "open for execution" saw open 0 1 "$(hash_of "$true")" "$true"
check "exec" saw exec 0 1 "$(hash_of "$true")" "$true"
libc=$(awk '$1 == "map" && /libc/ {print $12; exit}' seen)
check "map of a library" saw map 0 1 "$(hash_of "$libc")" "$libc" "$true"

# Cold, in the hook, before ->open().
mkfs.ext4 -q -F -b 4096 -O verity "$SCRATCH_DEV"
mount "$SCRATCH_DEV" $mnt
cp random $mnt/file
cp random $mnt/verity
sync -f $mnt
fsverity enable $mnt/verity
umount $mnt
mount "$SCRATCH_DEV" $mnt
check "a cold file is opened" seen cat $mnt/file $mnt/verity /dev/null
check "and was hashed before" saw open 0 1 "$want" $mnt/file
check "so is one with fs-verity" saw open 0 1 "$want" $mnt/verity
check "a device is no file" saw open EOPNOTSUPP 0 - /dev/null

cat >protect.py <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
fd = os.open(sys.argv[1], os.O_RDONLY)
at = libc.mmap(None, 4096, 1, 2, fd, 0)
sys.exit(libc.mprotect(at, 4096, 5) != 0)
PYTHON
check "made executable later" seen python3 protect.py $mnt/file
check "without sleeping" saw mprotect 0 0 - $mnt/file
judged() { awk -v path=$mnt/file '$1 == "open" && $10 == 1 && $12 == path { found = 1 } END { exit !found }' seen || { cat seen; return 1; }; }
check "and judged by the worker" judged
check "which is counted" grep -qx "judgements-opened 1" $status

modprobe -q overlay
mkdir $mnt/{lower,upper,work,merged}
cp random $mnt/lower/file
mount -t overlay -o "lowerdir=$mnt/lower,upperdir=$mnt/upper,workdir=$mnt/work" overlay $mnt/merged
check "a file under overlayfs" seen cat $mnt/merged/file
check "is hashed" saw open 0 1 "$want" $mnt/merged/file
shared() { awk '$1 == "open" && $12 ~ /\/file$/ && $6 == "'"$want"'" { print $9 }' seen | tr '\n' ' ' | grep -qx '0 1 ' || { cat seen; return 1; }; }
below() { awk '$1 == "open" && $12 == "'$mnt'/merged/file" { print $13 }' seen | grep -qx /lower/file || { cat seen; return 1; }; }
check "and its path below is told" below
plain() { awk '$1 == "open" && $12 !~ /merged/ && $13 != "-" { exit 1 }' seen || { cat seen; return 1; }; }
check "other files have none" plain
check "and has one storage with the file below, whose open is seen too" shared
umount $mnt/merged

module=$(find "/lib/modules/$KREL" -name 'dummy.ko*' | head -n 1)
case $module in
*.xz) python3 -c 'import lzma, sys; sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' "$module" >dummy.ko ;;
*) cp "$module" dummy.ko ;;
esac
check "a module is loaded" seen insmod ./dummy.ko
check "and was hashed" saw load 0 1 "$(hash_of dummy.ko)" "$PWD/dummy.ko"

pmem=
modprobe -q nd_e820 || true
modprobe -q nd_pmem || true
for _ in 1 2 3 4 5; do [ -b /dev/pmem0 ] && pmem=/dev/pmem0 && break; pause 1; done
umount $mnt
if [ -n "$pmem" ]; then
	mkfs.ext4 -q -F -b 4096 $pmem
	mount -o dax $pmem $mnt
	cp "$true" $mnt/true
	check "a program on DAX" seen $mnt/true
	check "is not known when opened" saw open EAGAIN 2 - $mnt/true
	check "but when run" saw exec 0 2 "$(hash_of "$true")" $mnt/true
	umount $mnt
else
	[ "$HOSTTYPE" != x86_64 ] || bail "no persistent memory device"
	for name in "a program on DAX" "is not known when opened" "but when run"; do
		skip_optional "$name" "the emulated machine has no persistent memory"
	done
fi

# --- the control file
check "every bad argument is refused" identify --arguments
kfuncs -h || bail "the links could not be held"
held() { grep -qx "held 3" $status && [ "$(grep -c '^link [0-9]' $status)" = 3 ] && [ "$(bpftool link list | grep -c '^[0-9]*: tracing')" = 3 ]; }
check "links outlive their maker" held
check_fails "and keep the module" rmmod interdict
switch_off() { echo 0 >/proc/sys/kernel/ftrace_enabled && echo 1 >/proc/sys/kernel/ftrace_enabled; } 2>&1
check_fails "ftrace cannot be switched off" switch_off
kfuncs -r
gone() { wait_for rmmod interdict || rmmod interdict; }
check "released, the module goes" gone
case $KREL in
[1-6].*) check "control: without the module ftrace can be" switch_off ;;
*) check_fails "control: 7.x refuses by itself" switch_off ;;
esac
