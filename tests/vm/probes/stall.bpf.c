// SPDX-License-Identifier: GPL-2.0-only
/* Keeps a process where it enters a function of the kernel: see stall.c. */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "tests/vm/probes/stall.h"

char LICENSE[] SEC("license") = "GPL";

__u32 watched; /* thread group */
volatile __u32 state;

/* The most that bpf_loop() takes: BPF_MAX_LOOPS, kernel/bpf/bpf_iter.c. A second under emulation.
 */
#define TURNS (1U << 23)
/* Well below what the kernel calls a stall. */
#define ROUNDS 8

static long turn(__u32 i, void *unused)
{
	return state == STALL_RELEASED;
}

static long turns(__u32 i, void *unused)
{
	bpf_loop(TURNS, turn, NULL, 0);
	return state == STALL_RELEASED;
}

SEC("kprobe")
int stall(void *context)
{
	if (bpf_get_current_pid_tgid() >> 32 != watched ||
	    !__sync_bool_compare_and_swap(&state, STALL_AWAITED, STALL_HERE))
		return 0;
	bpf_loop(ROUNDS, turns, NULL, 0);
	__sync_val_compare_and_swap(&state, STALL_HERE, STALL_EXPIRED);
	return 0;
}
