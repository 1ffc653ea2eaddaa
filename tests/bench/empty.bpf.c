// SPDX-License-Identifier: GPL-2.0-only
/* The cost of being hooked at all: programs that do nothing, on the hooks that Interdict uses. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define EMPTY(section, name)             \
	SEC(section) int name(void *ctx) \
	{                                \
		(void)ctx;               \
		return 0;                \
	}

EMPTY("lsm.s/bprm_check_security", empty_bprm_check_security)
EMPTY("lsm.s/mmap_file", empty_mmap_file)
EMPTY("lsm/file_mprotect", empty_file_mprotect)
EMPTY("lsm.s/file_open", empty_file_open)
EMPTY("lsm.s/kernel_read_file", empty_kernel_read_file)
EMPTY("lsm/inode_setattr", empty_inode_setattr)

char LICENSE[] SEC("license") = "GPL";
