// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lint: identifiers that an order has twice, and those that add nothing because of another order.
 *
 * Every rule and every row of a list is an occurrence with a number. A hash table holds the numbers
 * (8 bytes for each of ten million hashes), and what an occurrence is, is looked up by its number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint_cover.h"
#include "lint_internal.h"
#include "policy/policy_rule.h"

/* Shown one by one, of each sort: a list that is there twice would say nothing else. */
#define SHOWN_MAX 20U
/* Occurrences of one identifier that are kept, and orders that name one list, to compare with. */
#define COMPARED_MAX 16U
/* Pairs of owners remembered: a power of two. */
#define PAIRS 1024U

/* Who has an occurrence: an order (its index), or a list (behind them). */
struct occurrence {
	struct policy_identifier id;
	uint64_t size;
	struct policy_place at;
	uint32_t owner;
};

enum relation { APART, SAME, COVERED };

struct pair {
	uint32_t later, earlier;
	uint32_t by; /* the order that covers */
	enum relation relation;
	bool known;
};

struct duplicates {
	const struct lint *l;
	struct lint_cover cover;
	size_t n_owners;
	size_t *first;	      /* of each owner's occurrences; and one more */
	uint32_t *orders;     /* that name the lists, list by list */
	size_t *orders_first; /* of each list; and one more */
	uint64_t *slot;	      /* hash << 32 | number + 1; 0: free */
	size_t mask;
	struct pair pairs[PAIRS];
	size_t n_same, n_covered;
};

/* ---- occurrences ---- */

static int resolve(const struct duplicates *d, size_t number, struct occurrence *out)
{
	const struct policy *policy = d->l->policy;
	const struct policy_list *list;
	const struct policy_row *row;
	size_t low = 0;
	size_t high = d->n_owners;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (d->first[middle] <= number)
			low = middle;
		else
			high = middle;
	}
	*out = (struct occurrence){ .owner = (uint32_t)low };
	number -= d->first[low];
	if (low < policy->n_orders) {
		const struct policy_rule *rule = &policy->orders[low].rules[number];

		out->size = rule->size;
		out->at = rule->at;
		return policy_rule_key(rule, &out->id);
	}
	list = policy->lists[low - policy->n_orders];
	row = &list->rows[number];
	out->id.kind = POLICY_KIND_SHA256;
	out->id.len = sizeof(row->sha256);
	memcpy(out->id.value, row->sha256, sizeof(row->sha256));
	out->size = row->size;
	out->at = (struct policy_place){ list->file, policy_row_line(list, number), 1 };
	return 0;
}

static uint64_t hash_of(const struct policy_identifier *id)
{
	uint64_t h = (uint64_t)id->kind << 8 | id->form;
	uint32_t i;

	for (i = 0; i < id->len; i++)
		h = (h ^ id->value[i]) * 0x100000001b3ULL; /* FNV-1a's prime */
	return h ^ h >> 32;
}

/* ---- owners ---- */

/* The orders behind an owner: *@one where it is an order itself. */
static const uint32_t *orders_of(const struct duplicates *d, uint32_t owner, uint32_t *one,
				 size_t *n)
{
	size_t n_orders = d->l->policy->n_orders;

	if (owner < n_orders) {
		*one = owner;
		*n = 1;
		return one;
	}
	*n = d->orders_first[owner - n_orders + 1] - d->orders_first[owner - n_orders];
	return d->orders + d->orders_first[owner - n_orders];
}

/* Whether each order of @later is one of @earlier, or covered by one. */
static enum relation relate(struct duplicates *d, uint32_t later, uint32_t earlier, uint32_t *by)
{
	enum relation relation = SAME;
	uint32_t one[2];
	size_t n_later;
	size_t n_earlier;
	const uint32_t *l = orders_of(d, later, &one[0], &n_later);
	const uint32_t *e = orders_of(d, earlier, &one[1], &n_earlier);
	size_t i;
	size_t k;

	for (i = 0; i < n_later; i++) {
		for (k = 0; k < n_earlier && e[k] != l[i]; k++)
			;
		if (k < n_earlier)
			continue;
		for (k = 0; k < n_earlier && !lint_covers(&d->cover, e[k], l[i]); k++)
			;
		if (k == n_earlier)
			return APART;
		if (relation == SAME)
			*by = e[k];
		relation = COVERED;
	}
	return relation;
}

static const struct pair *relation_of(struct duplicates *d, uint32_t later, uint32_t earlier)
{
	struct pair *pair = &d->pairs[(later * 31U + earlier) % PAIRS];

	if (!pair->known || pair->later != later || pair->earlier != earlier) {
		*pair = (struct pair){ .later = later, .earlier = earlier, .known = true };
		pair->relation = relate(d, later, earlier, &pair->by);
	}
	return pair;
}

/* ---- saying so ---- */

static void say_same(struct duplicates *d, const struct occurrence *o,
		     const struct occurrence *first)
{
	const char *kind = policy_kind_name((enum policy_kind)o->id.kind);

	if (d->n_same++ >= SHOWN_MAX)
		return;
	if (o->size && first->size && o->size != first->size)
		lint_warn(d->l, POLICY_PROBLEM_SIZE, &o->at,
			  "%s: has another size than at %s:%u:%u: one of them is wrong", kind,
			  first->at.file, first->at.line, first->at.col);
	else
		lint_warn(d->l, POLICY_PROBLEM_DUPLICATE, &o->at,
			  "%s: is there already, at %s:%u:%u", kind, first->at.file, first->at.line,
			  first->at.col);
}

static void say_covered(struct duplicates *d, const struct policy_place *at, const char *what,
			uint32_t by, const struct policy_place *there)
{
	if (d->n_covered++ < SHOWN_MAX)
		lint_warn(d->l, POLICY_PROBLEM_SHADOWED, at,
			  "%s: adds nothing: order %s names it, at %s:%u:%u, for the same devices, "
			  "times and operations or for more",
			  what, d->l->policy->orders[by].id, there->file, there->line, there->col);
}

/* What @o adds beside @first, of the same identifier: true where nothing, which is then said. */
static bool adds_nothing(struct duplicates *d, const struct occurrence *o,
			 const struct occurrence *first)
{
	const struct pair *pair = relation_of(d, o->owner, first->owner);

	if (pair->relation == SAME || (o->size && first->size && o->size != first->size)) {
		say_same(d, o, first);
		return true;
	}
	/* With its size also what is no software by its magic bytes is hashed. */
	if (pair->relation != COVERED || (o->size && !first->size))
		return false;
	say_covered(d, &o->at, policy_kind_name((enum policy_kind)o->id.kind), pair->by,
		    &first->at);
	return true;
}

/* ---- the table ---- */

static int see(struct duplicates *d, size_t number)
{
	struct occurrence o;
	struct occurrence other;
	uint64_t hash;
	unsigned int met = 0;
	bool placed = false;
	uint64_t slot;
	size_t i;

	if (resolve(d, number, &o))
		return -ENOMEM;
	if (!o.id.len)
		return 0;
	hash = hash_of(&o.id);
	slot = (hash >> 32 << 32) | (uint32_t)(number + 1);
	for (i = hash & d->mask; d->slot[i]; i = (i + 1) & d->mask) {
		if (d->slot[i] >> 32 != hash >> 32)
			continue;
		if (resolve(d, (uint32_t)d->slot[i] - 1, &other))
			return -ENOMEM;
		if (policy_identifier_compare(&o.id, &other.id) != 0)
			continue;
		if (adds_nothing(d, &o, &other) || ++met == COMPARED_MAX)
			return 0;
		if (relation_of(d, other.owner, o.owner)->relation != COVERED ||
		    !adds_nothing(d, &other, &o))
			continue;
		/* What covers takes the place of the first that it covers. */
		if (!placed)
			d->slot[i] = slot;
		placed = true;
	}
	if (!placed)
		d->slot[i] = slot;
	return 0;
}

/* ---- lists that several orders name ---- */

static const struct policy_place *place_of(const struct policy_order *order,
					   const struct policy_list *list)
{
	size_t i;

	for (i = 0; order->lists[i].list != list; i++)
		;
	return &order->lists[i].at;
}

static void check_shared(struct duplicates *d, size_t index)
{
	const struct policy *policy = d->l->policy;
	const struct policy_list *list = policy->lists[index];
	uint32_t one;
	size_t n;
	const uint32_t *orders = orders_of(d, (uint32_t)(policy->n_orders + index), &one, &n);
	size_t i;
	size_t k;

	n = n < COMPARED_MAX ? n : COMPARED_MAX;
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			/* Of two that cover each other the later one adds nothing. */
			if (i == k || !lint_covers(&d->cover, orders[k], orders[i]) ||
			    (i < k && lint_covers(&d->cover, orders[i], orders[k])))
				continue;
			say_covered(d, place_of(&policy->orders[orders[i]], list), "list",
				    orders[k], place_of(&policy->orders[orders[k]], list));
			break;
		}
}

/* ---- all of it ---- */

static int by_path(const void *path, const void *list)
{
	return strcmp(path, (*(const struct policy_list *const *)list)->path);
}

static size_t index_of(const struct policy *policy, const struct policy_list *list)
{
	struct policy_list **found = bsearch(list->path, policy->lists, policy->n_lists,
					     sizeof(policy->lists[0]), by_path);

	return (size_t)(found - policy->lists);
}

static bool names_before(const struct policy_order *order, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (order->lists[k].list == order->lists[i].list)
			return true;
	return false;
}

/* Which orders name which list: counted, then filled in from the end of each list's part. */
static int find_orders(struct duplicates *d)
{
	const struct policy *policy = d->l->policy;
	size_t total = 0;
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++)
		total += policy->orders[o].n_lists;
	d->orders_first = calloc(policy->n_lists + 2, sizeof(*d->orders_first));
	d->orders = calloc(total + 1, sizeof(*d->orders));
	if (!d->orders_first || !d->orders)
		return -ENOMEM;
	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_lists; i++)
			if (!names_before(&policy->orders[o], i))
				d->orders_first[index_of(policy,
							 policy->orders[o].lists[i].list)]++;
	for (i = 1; i <= policy->n_lists; i++)
		d->orders_first[i] += d->orders_first[i - 1];
	for (o = policy->n_orders; o-- > 0;)
		for (i = policy->orders[o].n_lists; i-- > 0;)
			if (!names_before(&policy->orders[o], i))
				d->orders[--d->orders_first[index_of(
					policy, policy->orders[o].lists[i].list)]] = (uint32_t)o;
	return 0;
}

static int prepare(struct duplicates *d)
{
	const struct policy *policy = d->l->policy;
	size_t room = 16;
	size_t n;
	size_t i;

	d->n_owners = policy->n_orders + policy->n_lists;
	d->first = calloc(d->n_owners + 1, sizeof(*d->first));
	if (!d->first || find_orders(d) || lint_cover_init(&d->cover, policy, d->l->now))
		return -ENOMEM;
	for (i = 0; i < d->n_owners; i++) {
		n = i < policy->n_orders ? policy->orders[i].n_rules :
					   policy->lists[i - policy->n_orders]->n_rows;
		d->first[i + 1] = d->first[i] + n;
	}
	n = d->first[d->n_owners];
	if (n >= UINT32_MAX) /* POLICY_TOTAL_BYTES_MAX has no room for so many */
		return -ENOMEM;
	while (room < n + n / 2)
		room *= 2;
	d->slot = calloc(room, sizeof(*d->slot));
	d->mask = room - 1;
	return d->slot ? 0 : -ENOMEM;
}

static void say_rest(const struct duplicates *d, enum policy_problem problem, size_t n,
		     const char *what)
{
	struct policy_place at = { .file = d->l->policy->file };

	if (n > SHOWN_MAX)
		lint_warn(d->l, problem, &at, "%zu more identifiers %s", n - SHOWN_MAX, what);
}

int lint_duplicates(const struct lint *l)
{
	struct duplicates *d = calloc(1, sizeof(*d));
	size_t i;
	int ret;

	if (!d)
		return -ENOMEM;
	d->l = l;
	ret = prepare(d);
	for (i = 0; !ret && i < l->policy->n_lists; i++)
		check_shared(d, i);
	for (i = 0; !ret && i < d->first[d->n_owners]; i++)
		ret = see(d, i);
	if (!ret) {
		say_rest(d, POLICY_PROBLEM_DUPLICATE, d->n_same, "are there twice");
		say_rest(d, POLICY_PROBLEM_SHADOWED, d->n_covered, "add nothing");
	}
	lint_cover_free(&d->cover);
	free(d->slot);
	free(d->orders);
	free(d->orders_first);
	free(d->first);
	free(d);
	return ret;
}
