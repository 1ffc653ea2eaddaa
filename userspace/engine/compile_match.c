// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "compile_match.h"

#define SLOTS_MIN 64

int match_sets_init(struct match_sets *sets, const struct interdict_order *order, uint32_t n_orders)
{
	memset(sets, 0, sizeof(*sets));
	sets->order = order;
	sets->n_orders = n_orders;
	sets->n = n_orders ? n_orders : 1;
	sets->cap = sets->n + SLOTS_MIN;
	sets->slots = SLOTS_MIN;
	sets->v = calloc(sets->cap, sizeof(*sets->v));
	sets->slot = calloc(sets->slots, sizeof(*sets->slot));
	if (!sets->v || !sets->slot) {
		match_sets_free(sets);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < n_orders; i++) {
		sets->v[i].count = 1;
		sets->v[i].orders[0] = i;
	}
	return 0;
}

static uint32_t hash_set(const struct interdict_match *set)
{
	uint64_t hash = set->more;

	for (uint32_t i = 0; i < set->count; i++)
		hash = (hash ^ set->orders[i]) * 0x9e3779b97f4a7c15ULL;
	return hash >> 32;
}

static uint32_t *find_slot(const struct match_sets *sets, const struct interdict_match *set)
{
	uint32_t at = hash_set(set);

	for (;; at++) {
		uint32_t *slot = &sets->slot[at & (sets->slots - 1)];

		if (!*slot || !memcmp(&sets->v[*slot - 1], set, sizeof(*set)))
			return slot;
	}
}

static int grow(struct match_sets *sets)
{
	struct match_sets bigger = *sets;

	if (sets->n == sets->cap) {
		struct interdict_match *v =
			reallocarray(sets->v, (size_t)sets->cap * 2, sizeof(*v));

		if (!v)
			return -ENOMEM;
		sets->v = v;
		sets->cap *= 2;
	}
	if ((sets->n - sets->n_orders) * 2 < sets->slots)
		return 0;
	bigger = *sets;
	bigger.slots *= 2;
	bigger.slot = calloc(bigger.slots, sizeof(*bigger.slot));
	if (!bigger.slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < sets->slots; i++)
		if (sets->slot[i])
			*find_slot(&bigger, &sets->v[sets->slot[i] - 1]) = sets->slot[i];
	free(sets->slot);
	*sets = bigger;
	return 0;
}

/* Add what has not been added and is worth it in this round; at most what fits. */
static void add_orders(const struct match_sets *sets, const struct interdict_entry *entry,
		       uint32_t n, int round, struct interdict_match *set)
{
	uint32_t deny = 0, audit = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		deny |= sets->order[set->orders[i]].deny;
		audit |= sets->order[set->orders[i]].audit;
	}
	for (uint32_t i = 0; i < n && set->count < INTERDICT_MATCH_ORDERS; i++) {
		const struct interdict_order *order = &sets->order[entry[i].match];
		bool there = i && entry[i].match == entry[i - 1].match;

		for (uint32_t j = 0; j < set->count && !there; j++)
			there = set->orders[j] == entry[i].match;
		if (there || (round == 0 && !(order->deny & ~deny)) ||
		    (round == 1 && !(order->audit & ~audit)) || (round == 2 && !order->deny))
			continue;
		set->orders[set->count++] = entry[i].match;
		deny |= order->deny;
		audit |= order->audit;
	}
}

int64_t match_set(struct match_sets *sets, const struct interdict_entry *entry, uint32_t n)
{
	struct interdict_match set = { 0 };
	uint32_t distinct = 1, *slot;

	for (uint32_t i = 1; i < n; i++)
		distinct += entry[i].match != entry[i - 1].match;
	if (distinct == 1)
		return entry[0].match;
	/* Those first that together have every bit, so that what does not fit changes no verdict.
	 */
	for (int round = 0; round < 4; round++)
		add_orders(sets, entry, n, round, &set);
	set.more = distinct - set.count;
	slot = find_slot(sets, &set);
	if (*slot)
		return *slot - 1;
	if (grow(sets))
		return -ENOMEM;
	slot = find_slot(sets, &set);
	sets->v[sets->n] = set;
	*slot = ++sets->n;
	return sets->n - 1;
}

struct interdict_match *match_sets_take(struct match_sets *sets, uint32_t *n)
{
	struct interdict_match *v = sets->v;

	*n = sets->n;
	sets->v = NULL;
	return v;
}

void match_sets_free(struct match_sets *sets)
{
	free(sets->v);
	free(sets->slot);
	sets->v = NULL;
	sets->slot = NULL;
}
