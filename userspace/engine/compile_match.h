/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Match sets: which orders an identifier belongs to, each set once. Private to the compiler. */
#ifndef INTERDICT_COMPILE_MATCH_H
#define INTERDICT_COMPILE_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/tables.h"

struct match_sets {
	const struct interdict_order *order;
	struct interdict_match *v; /* the first n_orders are the sets of one order */
	uint32_t n, cap;
	uint32_t *slot; /* open addressing: index in v plus 1, or 0 */
	uint32_t slots; /* power of two, more than twice what is in it */
	uint32_t n_orders;
};

/* @order must outlive the sets. Returns 0 or -ENOMEM. */
int match_sets_init(struct match_sets *sets, const struct interdict_order *order,
		    uint32_t n_orders);
/* The index of the set of the orders in entry[].match, which are ascending and may repeat; or
 * -ENOMEM. */
int64_t match_set(struct match_sets *sets, const struct interdict_entry *entry, uint32_t n);
/* Hand the array over; there is at least one element. The caller frees it. */
struct interdict_match *match_sets_take(struct match_sets *sets, uint32_t *n);
void match_sets_free(struct match_sets *sets);

#endif
