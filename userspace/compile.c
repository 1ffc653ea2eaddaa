// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policies to tables. A counting sort by bucket puts each identifier near its place in two passes
 * over the rules, without a temporary copy of them; the few of one bucket are then sorted.
 * Identical identifiers of several orders become one entry with a match set.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "compile_match.h"

static_assert((int)POLICY_OP_EXEC == INTERDICT_OP_EXEC && (int)POLICY_OP_MAP == INTERDICT_OP_MAP &&
		      (int)POLICY_OP_OPEN == INTERDICT_OP_OPEN &&
		      (int)POLICY_OP_LOAD == INTERDICT_OP_LOAD &&
		      (int)POLICY_OP_COUNT == INTERDICT_OP_COUNT,
	      "policy and tables number the operations alike");
static_assert((int)POLICY_KIND_SHA256 + 1 == INTERDICT_KIND_SHA256 &&
		      (int)POLICY_KIND_PACKAGE + 1 == INTERDICT_KIND_PACKAGE &&
		      (int)POLICY_KIND_COUNT + 1 == INTERDICT_KIND_COUNT,
	      "tables number the kinds from 1");
static_assert(POLICY_ID_MAX < INTERDICT_ID_LEN, "IDs fit");
static_assert(POLICY_BUILD_ID_MAX <= INTERDICT_VALUE_LEN, "build-ids fit");
static_assert(sizeof(struct interdict_entry) == 40, "no holes");
static_assert(sizeof(struct interdict_match) == 64, "no holes");

/* A bucket of four costs two comparisons on average and two bytes of buckets for each entry. */
#define ENTRIES_PER_BUCKET 4
/* Above that an insertion sort is slower than qsort(). */
#define INSERTION_MAX 24

/* Called for each identifier of the orders in force; @order is its index in the tables. */
typedef void (*identifier_fn)(void *data, const uint8_t *value, uint32_t len, uint32_t kind,
			      uint64_t size, uint32_t order);

static bool enforced(const struct policy_rule *rule)
{
	return rule->id.kind == POLICY_KIND_SHA256 || rule->id.kind == POLICY_KIND_BUILD_ID;
}

static inline __attribute__((always_inline)) void each_identifier(const struct compile_plan *plan,
								  identifier_fn fn, void *data)
{
	for (uint32_t o = 0; o < plan->orders; o++) {
		const struct policy_order *order = &plan->policy->orders[plan->force[o]];

		for (size_t i = 0; i < order->n_rules; i++) {
			const struct policy_rule *rule = &order->rules[i];

			if (enforced(rule))
				fn(data, rule->id.value, rule->id.len, rule->id.kind + 1,
				   rule->size, o);
		}
		for (size_t i = 0; i < order->n_lists; i++) {
			const struct policy_list *list = order->lists[i].list;

			for (size_t r = 0; r < list->n_rows; r++)
				fn(data, list->rows[r].sha256, INTERDICT_SHA256_LEN,
				   INTERDICT_KIND_SHA256, list->rows[r].size, o);
		}
	}
}

static uint64_t first_word(const uint8_t *value, uint32_t len)
{
	uint64_t word = 0;

	memcpy(&word, value, len < sizeof(word) ? len : sizeof(word));
	return word;
}

/* A power of two of at least 2; *@shift is what interdict_bucket() takes. */
static uint32_t bucket_count(uint32_t elements, uint32_t *shift)
{
	uint32_t n = 2;

	*shift = 63;
	while (n < elements / ENTRIES_PER_BUCKET) {
		n *= 2;
		--*shift;
	}
	return n;
}

/* ---- counting ---- */

struct tally {
	uint64_t entries, sizes;
	uint32_t kinds;
	bool unsized;
};

static void tally_identifier(void *data, const uint8_t *value, uint32_t len, uint32_t kind,
			     uint64_t size, uint32_t order)
{
	struct tally *tally = data;

	(void)value;
	(void)len;
	(void)order;
	tally->entries++;
	tally->kinds |= 1U << kind;
	if (size)
		tally->sizes++;
	else if (kind == INTERDICT_KIND_SHA256)
		tally->unsized = true;
}

static bool on_device(const char *const *devices, size_t n, const struct compile_context *context)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < context->n_labels; j++)
			if (!strcmp(devices[i], context->labels[j]))
				return true;
	return false;
}

static void sooner(int64_t *next, int64_t time, int64_t now)
{
	if (time > now && time < *next)
		*next = time;
}

/* When something about @order changes on this device. */
static void order_next(const struct policy_order *order, const struct compile_context *context,
		       int64_t *next)
{
	if (order->n_devices && !on_device(order->devices, order->n_devices, context))
		return;
	sooner(next, order->effective, context->now);
	sooner(next, order->expires, context->now);
	for (size_t i = 0; i < order->n_exemptions; i++)
		if (on_device(order->exemptions[i].devices, order->exemptions[i].n_devices,
			      context))
			sooner(next, order->exemptions[i].until, context->now);
}

static void plan_order(struct compile_plan *plan, uint32_t index, enum policy_mode mode)
{
	const struct policy_order *order = &plan->policy->orders[index];
	struct interdict_order *out = &plan->order[plan->orders];

	memset(out, 0, sizeof(*out));
	strncpy(out->id, order->id, sizeof(out->id) - 1);
	if (mode == POLICY_MODE_ENFORCE)
		out->deny = order->operations;
	else
		out->audit = order->operations;
	plan->force[plan->orders++] = index;
}

static void plan_head(struct compile_plan *plan, const struct tally *tally)
{
	const struct policy *policy = plan->policy;
	struct interdict_head *head = &plan->head;

	head->serial = policy->serial;
	snprintf(head->name, sizeof(head->name), "%s", policy->name ? policy->name : "");
	memcpy(head->digest, policy->digest, sizeof(head->digest));
	head->flags = tally->unsized ? INTERDICT_HEAD_UNSIZED : 0;
	if (policy->mode == POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_OFF;
	else if (policy->mode == POLICY_MODE_AUDIT)
		head->flags |= INTERDICT_HEAD_AUDIT;
	if (policy->unidentified_deny && policy->mode != POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_UNIDENTIFIED_DENY;
	if (policy->untrusted_fs_deny && policy->mode != POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_UNTRUSTED_FS_DENY;
	head->kinds = tally->kinds;
	head->orders = plan->orders;
}

int compile_begin(const struct policy *policy, const struct compile_context *context,
		  struct compile_plan *ret)
{
	struct compile_plan plan = { .policy = policy, .next = POLICY_TIME_MAX };
	struct tally tally = { 0 };
	int r = -ENOMEM;

	plan.force = calloc(policy->n_orders + 1, sizeof(*plan.force));
	plan.order = calloc(policy->n_orders + 1, sizeof(*plan.order));
	if (!plan.force || !plan.order)
		goto fail;
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];
		enum policy_mode mode = policy_order_mode(policy, order);

		if (mode == POLICY_MODE_OFF)
			continue;
		order_next(order, context, &plan.next);
		if (policy_order_applies(order, context->labels, context->n_labels, context->now))
			plan_order(&plan, i, mode);
	}
	each_identifier(&plan, tally_identifier, &tally);
	r = -E2BIG;
	if (tally.entries > COMPILE_ENTRIES_MAX)
		goto fail;
	plan_head(&plan, &tally);
	plan.entries = tally.entries ? tally.entries : 1;
	plan.sizes = tally.sizes ? tally.sizes : 1;
	plan.buckets = bucket_count(plan.entries, &plan.head.bucket_shift);
	plan.size_buckets = bucket_count(plan.sizes, &plan.head.size_bucket_shift);
	*ret = plan;
	return 0;
fail:
	compile_end(&plan);
	return r;
}

void compile_end(struct compile_plan *plan)
{
	if (!plan)
		return;
	free(plan->force);
	free(plan->order);
	free(plan->match);
	memset(plan, 0, sizeof(*plan));
}

/* ---- filling ---- */

struct fill {
	struct interdict_entry *entries;
	uint64_t *buckets, *sizes, *size_buckets;
	uint32_t shift, size_shift;
};

/* While filling, a bucket is first << 32 | number of elements put there so far. */
static void count_identifier(void *data, const uint8_t *value, uint32_t len, uint32_t kind,
			     uint64_t size, uint32_t order)
{
	struct fill *fill = data;

	(void)kind;
	(void)order;
	fill->buckets[interdict_bucket(first_word(value, len), fill->shift)]++;
	if (size)
		fill->size_buckets[interdict_bucket(size, fill->size_shift)]++;
}

static void place_identifier(void *data, const uint8_t *value, uint32_t len, uint32_t kind,
			     uint64_t size, uint32_t order)
{
	struct fill *fill = data;
	uint64_t *bucket = &fill->buckets[interdict_bucket(first_word(value, len), fill->shift)];
	struct interdict_entry *entry = &fill->entries[(*bucket >> 32) + (uint32_t)*bucket];

	if (len < sizeof(entry->value))
		memset(entry->value, 0, sizeof(entry->value));
	memcpy(entry->value, value, len);
	entry->kind = kind;
	entry->len = len;
	entry->match = order;
	++*bucket;
	if (size) {
		bucket = &fill->size_buckets[interdict_bucket(size, fill->size_shift)];
		fill->sizes[(*bucket >> 32) + (uint32_t)*bucket] = size;
		++*bucket;
	}
}

static void start_buckets(uint64_t *buckets, uint32_t n)
{
	uint64_t first = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t count = buckets[i];

		buckets[i] = first << 32;
		first += count;
	}
}

static int compare_entries(const void *left, const void *right)
{
	const struct interdict_entry *a = left, *b = right;
	int order = interdict_compare(a, b->kind, b->words, b->len);

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
	return !interdict_compare(a, b->kind, b->words, b->len);
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

	if (n > 1)
		qsort(size, n, sizeof(*size), compare_sizes);
	for (uint32_t i = 0; i < n; i++)
		if (!out || size[out - 1] != size[i])
			size[out++] = size[i];
	return out;
}

int compile_fill(struct compile_plan *plan, struct interdict_entry *entries, uint64_t *buckets,
		 uint64_t *sizes, uint64_t *size_buckets)
{
	struct fill fill = { .entries = entries,
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
	memset(buckets, 0, plan->buckets * sizeof(*buckets));
	memset(size_buckets, 0, plan->size_buckets * sizeof(*size_buckets));
	each_identifier(plan, count_identifier, &fill);
	start_buckets(buckets, plan->buckets);
	start_buckets(size_buckets, plan->size_buckets);
	each_identifier(plan, place_identifier, &fill);

	plan->head.entries = 0;
	for (uint32_t i = 0; i < plan->buckets; i++) {
		struct interdict_entry *entry = &entries[buckets[i] >> 32];
		int64_t n = (uint32_t)buckets[i];

		if (n > 1) {
			sort_entries(entry, n);
			n = merge_entries(&sets, entry, n);
			if (n < 0) {
				r = n;
				goto out;
			}
			buckets[i] = buckets[i] >> 32 << 32 | n;
		}
		plan->head.entries += n;
	}
	plan->head.sizes = 0;
	for (uint32_t i = 0; i < plan->size_buckets; i++) {
		uint32_t n = unique_sizes(&sizes[size_buckets[i] >> 32], size_buckets[i]);

		size_buckets[i] = size_buckets[i] >> 32 << 32 | n;
		plan->head.sizes += n;
	}
	plan->match = match_sets_take(&sets, &plan->matches);
	plan->head.matches = plan->matches;
	if (!plan->orders)
		plan->orders = 1; /* a map has at least one element */
out:
	match_sets_free(&sets);
	return r;
}

/* ---- on the heap ---- */

int compile_image(const struct policy *policy, const struct compile_context *context,
		  struct compile_image *ret)
{
	struct compile_plan plan;
	struct compile_image image = { 0 };
	struct interdict_entry *entries;
	uint64_t *buckets, *sizes, *size_buckets;
	int r;

	r = compile_begin(policy, context, &plan);
	if (r)
		return r;
	entries = calloc(plan.entries, sizeof(*entries));
	buckets = calloc(plan.buckets, sizeof(*buckets));
	sizes = calloc(plan.sizes, sizeof(*sizes));
	size_buckets = calloc(plan.size_buckets, sizeof(*size_buckets));
	image.head = malloc(sizeof(*image.head));
	r = -ENOMEM;
	if (entries && buckets && sizes && size_buckets && image.head)
		r = compile_fill(&plan, entries, buckets, sizes, size_buckets);
	if (r) {
		free(image.head);
		free(entries);
		free(buckets);
		free(sizes);
		free(size_buckets);
		goto out;
	}
	*image.head = plan.head;
	image.tables = (struct interdict_tables){
		.head = image.head,
		.entries = { entries, plan.entries },
		.buckets = { buckets, plan.buckets },
		.sizes = { sizes, plan.sizes },
		.size_buckets = { size_buckets, plan.size_buckets },
		.matches = { plan.match, plan.matches },
		.orders = { plan.order, plan.orders },
	};
	image.next = plan.next;
	plan.match = NULL;
	plan.order = NULL;
	*ret = image;
out:
	compile_end(&plan);
	return r;
}

void compile_image_free(struct compile_image *image)
{
	if (!image)
		return;
	free((void *)image->tables.entries.v);
	free((void *)image->tables.buckets.v);
	free((void *)image->tables.sizes.v);
	free((void *)image->tables.size_buckets.v);
	free((void *)image->tables.matches.v);
	free((void *)image->tables.orders.v);
	free(image->head);
	memset(image, 0, sizeof(*image));
}
