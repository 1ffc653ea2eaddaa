// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint: identifiers that a policy has twice. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint_internal.h"

/* Duplicates shown one by one: a list that is there twice would say nothing else. */
#define DUPLICATES_SHOWN 20U

/* A hash table of places, open addressing; a value is found again by its bytes. */
struct seen {
	const uint8_t *value;
	struct policy_place at;
	uint32_t len;
	uint32_t kind; /* with the form: kind << 8 | form */
};

struct duplicates {
	struct seen *seen;
	size_t mask;
	size_t count;
};

static size_t slot_of(const uint8_t *value, uint32_t len)
{
	uint64_t h = len;
	uint32_t i;

	for (i = 0; i < len; i++)
		h = (h ^ value[i]) * 0x100000001b3ULL; /* FNV-1a's prime */
	return (size_t)(h ^ h >> 32);
}

static void see(const struct lint *l, struct duplicates *d, const struct seen *s)
{
	size_t i = slot_of(s->value, s->len) & d->mask;

	for (; d->seen[i].value; i = (i + 1) & d->mask) {
		const struct seen *first = &d->seen[i];

		if (first->len != s->len || first->kind != s->kind ||
		    memcmp(first->value, s->value, s->len))
			continue;
		if (d->count++ < DUPLICATES_SHOWN)
			lint_warn(l, &s->at, "%s: is there already, at %s:%u:%u",
				  policy_kind_name(s->kind >> 8), first->at.file, first->at.line,
				  first->at.col);
		return;
	}
	d->seen[i] = *s;
}

int lint_duplicates(const struct lint *l)
{
	const struct policy *policy = l->policy;
	struct duplicates d = { 0 };
	size_t room = 16;
	size_t n = 0;
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++)
		n += policy->orders[o].n_rules;
	for (o = 0; o < policy->n_lists; o++)
		n += policy->lists[o]->n_rows;
	while (room < n + n / 2)
		room *= 2;
	d.seen = calloc(room, sizeof(*d.seen));
	if (!d.seen)
		return -ENOMEM;
	d.mask = room - 1;
	for (o = 0; o < policy->n_orders; o++)
		for (i = 0; i < policy->orders[o].n_rules; i++) {
			const struct policy_rule *r = &policy->orders[o].rules[i];
			struct seen s = { r->id.value, r->at, r->id.len,
					  (uint32_t)r->id.kind << 8 | r->id.form };

			if (s.len)
				see(l, &d, &s);
		}
	for (o = 0; o < policy->n_lists; o++)
		for (i = 0; i < policy->lists[o]->n_rows; i++) {
			const struct policy_row *row = &policy->lists[o]->rows[i];
			struct seen s = { row->sha256,
					  { policy->lists[o]->file, row->line, 1 },
					  32,
					  POLICY_KIND_SHA256 << 8 };

			see(l, &d, &s);
		}
	free(d.seen);
	if (d.count > DUPLICATES_SHOWN)
		policy_errors_add(l->errs, POLICY_WARNING, policy->name, 0, 0,
				  "%zu more identifiers are there twice",
				  d.count - DUPLICATES_SHOWN);
	return 0;
}
