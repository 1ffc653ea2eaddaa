/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules, and rows of lists, as sets of identifiers: sorted, then merged. Private to policy_diff*.c.
 */
#ifndef INTERDICT_POLICY_DIFF_SET_H
#define INTERDICT_POLICY_DIFF_SET_H

#include "policy_diff_internal.h"

/* A rule or a row: 24 bytes, of which there may be ten million. */
struct diff_item {
	uint64_t head;	   /* the first bytes of its value: they tell nearly all apart */
	const void *entry; /* struct policy_rule, or struct policy_row */
	uint32_t tag;	   /* kind << 16 | form << 8 | len */
	bool is_row;
};

struct diff_items {
	struct diff_item *v;
	size_t n;
};

/* What the comparison of two sets found. */
struct diff_changes {
	struct diff_counts added, removed, changed;
	size_t examples; /* how many are wanted */
	json_t *list;	 /* of them; NULL: none are wanted */
	size_t more;
	int err;
};

enum diff_change { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED, DIFF_CHANGES };

/* "added", "removed", "changed". */
const char *diff_change_name(enum diff_change change);

/* Room for @room items; free items->v, also after an error. Returns 0 or -ENOMEM. */
int diff_items_init(struct diff_items *items, size_t room);
/* What is added must fit, and outlive @items. Returns 0 or -ENOMEM. */
int diff_items_add_rules(struct diff_items *items, const struct policy_order *order);
void diff_items_add_rows(struct diff_items *items, const struct policy_list *list);
void diff_items_sort(struct diff_items *items);

/*
 * Compare two sorted sets; what is found goes to @c, c->err is -ENOMEM where memory ran out. @same:
 * sizes and remarks of identifiers that both have are compared, too.
 */
void diff_compare(struct diff_changes *c, const struct diff_items *old,
		  const struct diff_items *new, bool same);

#endif
