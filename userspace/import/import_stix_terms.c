// SPDX-License-Identifier: GPL-2.0-or-later
#include "import_stix_terms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASKS_MORE                                                                      \
	(STIX_ASKS_PROPERTY | STIX_ASKS_OBJECT | STIX_ASKS_NEGATION | STIX_ASKS_PART | \
	 STIX_ASKS_OBSERVATION | STIX_ASKS_QUALIFIER)

int stix_terms_begin(struct stix_terms *t)
{
	if (t->n_lists == STIX_LISTS_MAX)
		return -E2BIG;
	t->lists[t->n_lists++] = t->n;
	return 0;
}

int stix_terms_add(struct stix_terms *t, const struct stix_term *term)
{
	uint32_t cap = t->cap ? t->cap * 2 : 16;
	struct stix_term *terms;

	if (t->n >= STIX_TERMS_MAX)
		return -E2BIG;
	if (t->n == t->cap) {
		terms = realloc(t->terms, cap * sizeof(*terms));
		if (!terms)
			return -ENOMEM;
		t->terms = terms;
		t->cap = cap;
	}
	t->terms[t->n++] = *term;
	return 0;
}

void stix_terms_join(struct stix_terms *t)
{
	t->n_lists--;
}

int stix_terms_ask(struct stix_terms *t, uint32_t n, uint32_t asks)
{
	uint32_t first = t->lists[t->n_lists - n];

	t->work += t->n - first;
	if (t->work > STIX_WORK_MAX)
		return -E2BIG;
	for (uint32_t i = first; i < t->n; i++)
		t->terms[i].asks |= asks;
	return 0;
}

/* Of one file, which has one SHA-256 and one size. */
static struct stix_term both(const struct stix_term *a, const struct stix_term *b)
{
	struct stix_term t = *a;

	t.asks |= b->asks;
	t.others |= b->others;
	if (b->has_sha256) {
		if (a->has_sha256 && memcmp(a->sha256, b->sha256, sizeof(t.sha256)) != 0)
			t.asks |= STIX_ASKS_IMPOSSIBLE;
		memcpy(t.sha256, b->sha256, sizeof(t.sha256));
		t.has_sha256 = true;
	}
	if (b->has_size) {
		if (a->has_size && a->size != b->size)
			t.asks |= STIX_ASKS_IMPOSSIBLE;
		t.size = b->size;
		t.has_size = true;
	}
	return t;
}

int stix_terms_pair(struct stix_terms *t)
{
	uint32_t a = t->lists[t->n_lists - 2];
	uint32_t b = t->lists[t->n_lists - 1];
	uint32_t end = t->n;

	if ((uint64_t)(b - a) * (end - b) + t->work > STIX_WORK_MAX)
		return -E2BIG;
	t->work += (b - a) * (end - b);
	for (uint32_t i = a; i < b; i++)
		for (uint32_t j = b; j < end; j++) {
			struct stix_term term = both(&t->terms[i], &t->terms[j]);
			int err = stix_terms_add(t, &term);

			if (err)
				return err;
		}
	t->n -= end - a;
	memmove(&t->terms[a], &t->terms[end], (t->n - a) * sizeof(*t->terms));
	t->n_lists--;
	return 0;
}

enum import_reason stix_term_refusal(const struct stix_term *t)
{
	if (t->asks & STIX_ASKS_IMPOSSIBLE)
		return IMPORT_NEVER;
	if (t->asks & STIX_ASKS_BAD_VALUE)
		return IMPORT_MALFORMED;
	if (t->has_sha256)
		return t->asks & ASKS_MORE ? IMPORT_NARROWER : IMPORT_REASON_COUNT;
	if (t->asks & STIX_ASKS_NEGATION)
		return IMPORT_NEGATED;
	if (t->asks & STIX_ASKS_PART)
		return IMPORT_PARTIAL;
	/* Of several the strongest, which is the last. */
	for (int reason = IMPORT_SHA3; reason >= IMPORT_MD5; reason--)
		if (t->others & 1U << reason)
			return (enum import_reason)reason;
	return t->others ? IMPORT_OTHER_HASH : IMPORT_NOT_A_HASH;
}
