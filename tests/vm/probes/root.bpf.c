// SPDX-License-Identifier: GPL-2.0-only
/* Programs by which root tries to take enforcement away: see root.c. */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include "tests/vm/probes/root.h"

char LICENSE[] SEC("license") = "GPL";

/* In the place of interdict_enter(): no policy is active. */
SEC("freplace")
__u64 no_policy(void)
{
	return 0;
}

/* The first word of each element becomes 0; of the state that says the same. */
SEC("iter/bpf_map_elem")
int wipe(struct bpf_iter__bpf_map_elem *element)
{
	__u64 *value = element->value;

	if (value)
		*value = 0;
	return 0;
}
