// SPDX-License-Identifier: GPL-2.0-or-later
/* Which orders of a policy are in force here and now, and how much room their identifiers take. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "policy/policy_resolution.h"

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
static_assert(POLICY_IDENTIFIER_MAX == INTERDICT_VALUE_LEN,
	      "rules and tables have values of one length");
static_assert(sizeof(struct interdict_match) == 64, "no holes");

/*
 * A bucket of four costs two comparisons on average and two bytes of buckets for each entry. With
 * millions of entries memory counts for more: of eight one comparison more, and a byte less.
 */
#define ENTRIES_PER_BUCKET 4
#define MANY_ENTRIES	   (4U << 20)

bool compile_takes(const struct policy_rule *rule)
{
	return rule->id.kind < POLICY_KIND_PACKAGE;
}

/* A power of two of at least 2; *@shift is what interdict_bucket() takes. */
static uint32_t bucket_count(uint32_t elements, uint32_t *shift)
{
	uint32_t n = 2, wanted = elements / ENTRIES_PER_BUCKET;

	if (elements > MANY_ENTRIES)
		wanted /= 2;
	*shift = 63;
	while (n < wanted) {
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

static void tally_order(struct tally *tally, const struct policy_order *order)
{
	for (size_t i = 0; i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];

		if (!compile_takes(rule))
			continue;
		tally->entries++;
		tally->kinds |= 1U << (rule->id.kind + 1);
		if (rule->size)
			tally->sizes++;
		else if (rule->id.kind == POLICY_KIND_SHA256)
			tally->unsized = true;
	}
	for (size_t i = 0; i < order->n_lists; i++) {
		const struct policy_list *list = order->lists[i].list;

		if (!list->n_rows)
			continue;
		tally->entries += list->n_rows;
		tally->kinds |= 1U << INTERDICT_KIND_SHA256;
		tally->sizes += list->n_rows - list->n_sizeless;
		tally->unsized |= list->n_sizeless > 0;
	}
}

static void tally_packages(struct tally *tally, const struct policy *policy, uint32_t index)
{
	size_t n;
	const struct policy_resolved_rule *rules = policy_resolved_rules(policy, index, &n);

	tally->entries += n;
	for (size_t i = 0; i < n; i++) {
		tally->kinds |= 1U << (rules[i].id.kind + 1);
		tally->sizes += rules[i].size != 0;
	}
}

/* Returns the row of @order in the table. */
static struct interdict_order *add_row(struct compile_plan *plan, const struct policy_order *order,
				       enum policy_mode mode)
{
	struct interdict_order *out = &plan->order[plan->orders++];

	memset(out, 0, sizeof(*out));
	strncpy(out->id, order->id, sizeof(out->id) - 1);
	if (mode == POLICY_MODE_ENFORCE)
		out->deny = order->operations;
	else
		out->audit = order->operations;
	return out;
}

static void plan_order(struct compile_plan *plan, uint32_t index, enum policy_mode mode)
{
	plan->force[plan->orders] = index;
	add_row(plan, &plan->policy->orders[index], mode);
}

static void plan_canary(struct compile_plan *plan, const struct policy_order *canary)
{
	if (!canary || plan->policy->mode == POLICY_MODE_OFF)
		return;
	plan->canary = canary;
	add_row(plan, canary, plan->policy->mode)->flags = INTERDICT_ORDER_CANARY;
	plan->head.canary = plan->orders;
}

const struct policy_order *compile_order(const struct compile_plan *plan, uint32_t i)
{
	return plan->order[i].flags & INTERDICT_ORDER_CANARY ?
		       plan->canary :
		       &plan->policy->orders[plan->force[i]];
}

/* A second row for each order in force that packages make rules for: what leads there is told apart
 * from the order's own rules by it. */
static void plan_packages(struct compile_plan *plan)
{
	const uint32_t own = plan->orders;

	for (uint32_t i = 0; i < own; i++) {
		size_t n;

		policy_resolved_rules(plan->policy, plan->force[i], &n);
		if (!n)
			continue;
		plan->order[plan->orders] = plan->order[i];
		plan->order[plan->orders].flags |= INTERDICT_ORDER_PACKAGE;
		plan->force[plan->orders++] = plan->force[i];
	}
}

static void plan_head(struct compile_plan *plan, const struct tally *tally,
		      const struct policy_device *device)
{
	const struct policy *policy = plan->policy;
	struct interdict_head *head = &plan->head;

	head->serial = policy->serial;
	snprintf(head->name, sizeof(head->name), "%s", policy->name ? policy->name : "");
	memcpy(head->digest, policy->digest, sizeof(head->digest));
	head->flags = tally->unsized ? INTERDICT_HEAD_UNSIZED : 0;
	if (policy->mode == POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_OFF;
	else if (policy->mode == POLICY_MODE_AUDIT || device->record_only)
		head->flags |= INTERDICT_HEAD_AUDIT;
	if (policy->unidentified_deny && policy->mode != POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_UNIDENTIFIED_DENY;
	if (policy->untrusted_fs_deny && policy->mode != POLICY_MODE_OFF)
		head->flags |= INTERDICT_HEAD_UNTRUSTED_FS_DENY;
	head->kinds = tally->kinds;
	head->early = device->early;
	head->late = device->late;
}

int compile_begin(const struct policy *policy, const struct policy_device *device,
		  const struct policy_order *canary, struct compile_plan *ret)
{
	struct compile_plan plan = { .policy = policy, .next = policy_changes_in(policy, device) };
	struct tally tally = { 0 };
	int r = -ENOMEM;

	plan.force = calloc(2 * policy->n_orders + 2, sizeof(*plan.force));
	plan.order = calloc(2 * policy->n_orders + 2, sizeof(*plan.order));
	if (!plan.force || !plan.order)
		goto fail;
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];
		enum policy_mode mode = policy_order_mode(policy, order);

		if (mode == POLICY_MODE_OFF)
			continue;
		if (device->record_only)
			mode = POLICY_MODE_AUDIT;
		if (policy_order_applies(order, device))
			plan_order(&plan, i, mode);
	}
	plan.head.orders = plan.orders;
	plan_packages(&plan);
	plan_canary(&plan, canary);
	for (uint32_t i = 0; i < plan.orders; i++) {
		if (plan.order[i].flags & INTERDICT_ORDER_PACKAGE)
			tally_packages(&tally, policy, plan.force[i]);
		else
			tally_order(&tally, compile_order(&plan, i));
	}
	r = -E2BIG;
	if (tally.entries > COMPILE_ENTRIES_MAX)
		goto fail;
	plan_head(&plan, &tally, device);
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

/* ---- on the heap ---- */

int compile_image(const struct policy *policy, const struct policy_device *device,
		  struct compile_image *ret)
{
	struct compile_plan plan;
	struct compile_image image = { 0 };
	struct interdict_entry *entries;
	uint64_t *buckets, *sizes, *size_buckets;
	int r;

	r = compile_begin(policy, device, NULL, &plan);
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
