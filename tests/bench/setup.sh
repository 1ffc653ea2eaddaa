# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the bench's guest scripts share: the file system, the empty programs, the policies.

BENCH=/share
dir=/mnt/bench

bench_begin() {
	# Where a program lies in memory decides how many page tables it takes, and each is zeroed.
	echo 0 >/proc/sys/kernel/randomize_va_space
	mkfs.ext4 -q -F "$SCRATCH_DEV"
	mkdir -p $dir
	mount "$SCRATCH_DEV" $dir
	cp "$BENCH/static" $dir/static
	head -c 4097 /dev/zero >$dir/miss
	if [ -e "$BENCH/pe" ]; then
		cp "$BENCH/pe" $dir/pe
		{ cat "$BENCH/static"; head -c 100M /dev/zero; } | head -c 100000000 >$dir/elf
	fi
	modprobe sha256-ssse3 || true
}

empty_attach() {
	mkfifo /tmp/stop
	"$BENCH/empty" "$BENCH/empty.bpf.o" </tmp/stop >/tmp/attached &
	empty=$!
	exec 9>/tmp/stop
	until grep -q attached /tmp/attached; do kill -0 "$empty" && sleep 0.1; done
}

# The kernel takes programs from the hooks only after grace periods.
grace() { sleep 5; }

empty_detach() {
	exec 9>&-
	wait "$empty"
	grace
}

# policy_write RULES SERIAL
policy_write() { rm -rf "/tmp/rules-$1" && "$BENCH/mkpolicy" "/tmp/rules-$1" "$1" "$2"; }
# policy_load RULES SERIAL
policy_load() { policy_write "$1" "$2" && interdict load "/tmp/rules-$1"; }

# publisher_load SERIAL: one rule, by what signatures tell.
publisher_load() {
	"$BENCH/mkpolicy" /tmp/publisher 0 "$1" || return 1
	cat >/tmp/publisher/orders/publisher.yaml <<-'EOF'
	interdict: 1
	order: publisher
	title: A publisher that signed nothing here
	authority: the bench
	reference: none
	reason: to be looked for
	match:
	  - publisher: Nobody and Sons
	EOF
	interdict load /tmp/publisher
}
