// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Identifiers into tables, in two passes over the rules, without a copy of them: the first counts
 * what each bucket gets, the second puts each identifier into its bucket, between those that are
 * there. What is too much for that is put behind them, and the bucket is sorted at the end; so is
 * one that has an identifier twice. Identical identifiers become one entry with a match set.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "compile_match.h"
#include "policy/policy_resolution.h"

static_assert(POLICY_BUILD_ID_MAX <= INTERDICT_VALUE_LEN, "build-ids fit");
static_assert(sizeof(struct interdict_entry) == 40, "no holes");

/* Above that an insertion sort is slower than qsort(). */
#define INSERTION_MAX 24
/* While filling, in a bucket's count: its elements have to be sorted and made unique. */
#define LATE (1U << 31)
static_assert(COMPILE_ENTRIES_MAX < LATE && INSERTION_MAX < LATE, "a count and LATE are apart");

struct fill {
	struct interdict_entry *entries;
	uint64_t *buckets, *sizes, *size_buckets;
	uint32_t shift, size_shift;
};

/* ---- counting ---- */

static inline void count_identifier(const struct fill *fill, uint64_t word, uint64_t size)
{
	fill->buckets[interdict_bucket(word, fill->shift)]++;
	if (size)
		fill->size_buckets[interdict_bucket(size, fill->size_shift)]++;
}

static void identifier_value(const struct policy_identifier *id, struct interdict_value *value)
{
	memset(value, 0, sizeof(*value));
	memcpy(value, id->value, id->len);
}

static void count_packages(const struct fill *fill, const struct policy *policy, uint32_t index)
{
	struct interdict_value value;
	size_t n;
	const struct policy_resolved_rule *rules = policy_resolved_rules(policy, index, &n);

	for (size_t i = 0; i < n; i++) {
		identifier_value(&rules[i].id, &value);
		count_identifier(fill, value.words[0], rules[i].size);
	}
}

static void count_order(const struct fill *fill, const struct policy_order *order)
{
	struct interdict_value value;

	for (size_t i = 0; i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];

		if (!compile_takes(rule))
			continue;
		identifier_value(&rule->id, &value);
		count_identifier(fill, value.words[0], rule->size);
	}
	for (size_t i = 0; i < order->n_lists; i++) {
		const struct policy_list *list = order->lists[i].list;

		for (size_t r = 0; r < list->n_rows; r++) {
			memcpy(&value, list->rows[r].sha256, sizeof(value));
			count_identifier(fill, value.words[0], list->rows[r].size);
		}
	}
}

/* From numbers of elements to first << 32; each element that is put there then adds one. */
static void start_buckets(uint64_t *buckets, uint32_t n)
{
	uint64_t first = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t count = buckets[i];

		buckets[i] = first << 32;
		first += count;
	}
}

/* ---- placing ---- */

static inline void place_identifier(const struct fill *fill, const struct interdict_value *value,
				    uint32_t kind, uint32_t len, uint32_t order)
{
	uint64_t *bucket = &fill->buckets[interdict_bucket(value->words[0], fill->shift)];
	struct interdict_entry *first = &fill->entries[*bucket >> 32], *at;
	uint32_t n = *bucket;

	++*bucket;
	at = first + (n & ~LATE);
	if (n < INSERTION_MAX) {
		for (; at > first && at[-1].value.words[0] > value->words[0]; at--)
			*at = at[-1];
		if (at > first && at[-1].value.words[0] == value->words[0])
			*bucket |= LATE;
	} else {
		*bucket |= LATE;
	}
	at->value = *value;
	at->kind = kind;
	at->len = len;
	at->match = order;
}

static inline void place_size(const struct fill *fill, uint64_t size)
{
	uint64_t *bucket = &fill->size_buckets[interdict_bucket(size, fill->size_shift)];
	uint64_t *first = &fill->sizes[*bucket >> 32], *end, *at;
	uint32_t n = *bucket;

	at = end = first + (n & ~LATE);
	if (n < INSERTION_MAX) {
		while (at > first && at[-1] > size)
			at--;
		if (at > first && at[-1] == size)
			return;
		for (; end > at; end--)
			*end = end[-1];
	} else {
		*bucket |= LATE;
	}
	*at = size;
	++*bucket;
}

static void place_rule(const struct fill *fill, const struct policy_identifier *id, uint64_t size,
		       uint32_t index)
{
	struct interdict_value value;

	identifier_value(id, &value);
	place_identifier(fill, &value, INTERDICT_ENTRY_KIND(id->kind + 1U, (uint32_t)id->form),
			 id->len, index);
	if (size)
		place_size(fill, size);
}

static void place_packages(const struct fill *fill, const struct policy *policy, uint32_t order,
			   uint32_t index)
{
	size_t n;
	const struct policy_resolved_rule *rules = policy_resolved_rules(policy, order, &n);

	for (size_t i = 0; i < n; i++)
		place_rule(fill, &rules[i].id, rules[i].size, index);
}

static void place_order(const struct fill *fill, const struct policy_order *order, uint32_t index)
{
	struct interdict_value value;

	for (size_t i = 0; i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];

		if (!compile_takes(rule))
			continue;
		place_rule(fill, &rule->id, rule->size, index);
	}
	for (size_t i = 0; i < order->n_lists; i++) {
		const struct policy_list *list = order->lists[i].list;

		for (size_t r = 0; r < list->n_rows; r++) {
			memcpy(&value, list->rows[r].sha256, sizeof(value));
			place_identifier(fill, &value, INTERDICT_KIND_SHA256, INTERDICT_SHA256_LEN,
					 index);
			if (list->rows[r].size)
				place_size(fill, list->rows[r].size);
		}
	}
}

/* ---- buckets that are sorted late ---- */

static int compare_entries(const void *left, const void *right)
{
	const struct interdict_entry *a = left, *b = right;
	int order = interdict_compare(a, b->kind, &b->value, b->len);

	return order ? order : a->match < b->match ? -1 : a->match > b->match;
}

static int compare_sizes(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void sort_entries(struct interdict_entry *entry, uint32_t n)
{
	if (n > INSERTION_MAX) {
		qsort(entry, n, sizeof(*entry), compare_entries);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		struct interdict_entry moving;
		uint32_t at = i;

		if (compare_entries(&entry[i - 1], &entry[i]) <= 0)
			continue;
		moving = entry[i];
		do {
			entry[at] = entry[at - 1];
			at--;
		} while (at && compare_entries(&entry[at - 1], &moving) > 0);
		entry[at] = moving;
	}
}

static bool same_identifier(const struct interdict_entry *a, const struct interdict_entry *b)
{
	return !interdict_compare(a, b->kind, &b->value, b->len);
}

/* Make one entry of those that are alike. Returns how many are left, or -ENOMEM. */
static int64_t merge_entries(struct match_sets *sets, struct interdict_entry *entry, uint32_t n)
{
	uint32_t out = 0;

	for (uint32_t i = 0, end; i < n; i = end) {
		int64_t match;

		for (end = i + 1; end < n && same_identifier(&entry[i], &entry[end]);)
			end++;
		match = end == i + 1 ? entry[i].match : match_set(sets, &entry[i], end - i);
		if (match < 0)
			return match;
		if (out != i)
			entry[out] = entry[i];
		entry[out++].match = match;
	}
	return out;
}

static uint32_t unique_sizes(uint64_t *size, uint32_t n)
{
	uint32_t out = 0;

	qsort(size, n, sizeof(*size), compare_sizes);
	for (uint32_t i = 0; i < n; i++)
		if (!out || size[out - 1] != size[i])
			size[out++] = size[i];
	return out;
}

static int finish_entries(const struct fill *fill, struct match_sets *sets, uint32_t buckets,
			  uint32_t *total)
{
	*total = 0;
	for (uint32_t i = 0; i < buckets; i++) {
		uint64_t bucket = fill->buckets[i];

		if (bucket & LATE) {
			struct interdict_entry *entry = &fill->entries[bucket >> 32];
			uint32_t n = (uint32_t)bucket & ~LATE;
			int64_t left;

			sort_entries(entry, n);
			left = merge_entries(sets, entry, n);
			if (left < 0)
				return left;
			bucket = bucket >> 32 << 32 | left;
			fill->buckets[i] = bucket;
		}
		*total += bucket;
	}
	return 0;
}

static void finish_sizes(const struct fill *fill, uint32_t buckets, uint32_t *total)
{
	*total = 0;
	for (uint32_t i = 0; i < buckets; i++) {
		uint64_t *bucket = &fill->size_buckets[i], first = *bucket >> 32;
		uint32_t n = *bucket, bits = 0;

		if (n & LATE)
			n = unique_sizes(&fill->sizes[first], n & ~LATE);
		for (uint32_t s = 0; s < n; s++)
			bits |= 1U << interdict_size_bit(fill->sizes[first + s], fill->size_shift);
		*bucket = INTERDICT_SIZES(first, n, bits);
		*total += n;
	}
}

int compile_fill(struct compile_plan *plan, struct interdict_entry *entries, uint64_t *buckets,
		 uint64_t *sizes, uint64_t *size_buckets)
{
	const struct fill fill = { .entries = entries,
				   .buckets = buckets,
				   .sizes = sizes,
				   .size_buckets = size_buckets,
				   .shift = plan->head.bucket_shift,
				   .size_shift = plan->head.size_bucket_shift };
	struct match_sets sets;
	int r;

	r = match_sets_init(&sets, plan->order, plan->orders);
	if (r)
		return r;
	for (uint32_t i = 0; i < plan->orders; i++) {
		if (plan->order[i].flags & INTERDICT_ORDER_PACKAGE)
			count_packages(&fill, plan->policy, plan->force[i]);
		else
			count_order(&fill, compile_order(plan, i));
	}
	start_buckets(buckets, plan->buckets);
	start_buckets(size_buckets, plan->size_buckets);
	for (uint32_t i = 0; i < plan->orders; i++) {
		if (plan->order[i].flags & INTERDICT_ORDER_PACKAGE)
			place_packages(&fill, plan->policy, plan->force[i], i);
		else
			place_order(&fill, compile_order(plan, i), i);
	}
	r = finish_entries(&fill, &sets, plan->buckets, &plan->head.entries);
	if (r)
		goto out;
	finish_sizes(&fill, plan->size_buckets, &plan->head.sizes);
	plan->match = match_sets_take(&sets, &plan->matches);
	plan->head.matches = plan->matches;
	if (!plan->orders)
		plan->orders = 1; /* a map has at least one element */
out:
	match_sets_free(&sets);
	return r;
}
