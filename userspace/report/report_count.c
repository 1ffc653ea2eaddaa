// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "report_internal.h"

static int by_name(const void *a, const void *b)
{
	const struct report_count *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int grow(struct report_counts *counts)
{
	size_t size = counts->size ? counts->size * 2 : 16;
	struct report_count **v;

	if (counts->n < counts->size)
		return 0;
	v = reallocarray(counts->v, size, sizeof(struct report_count *));
	if (!v)
		return -ENOMEM;
	counts->v = v;
	counts->size = size;
	return 0;
}

static int add_new(struct report_counts *counts, const char *name, struct report_count **ret)
{
	struct report_count *new = calloc(1, sizeof(*new));

	if (new)
		new->name = strdup(name);
	if (!new || !new->name || grow(counts) || !tsearch(new, &counts->tree, by_name)) {
		if (new)
			free(new->name);
		free(new);
		return -ENOMEM;
	}
	counts->v[counts->n++] = new;
	*ret = new;
	return 0;
}

int report_count_add(struct report_counts *counts, const char *name, enum report_what what,
		     uint64_t n)
{
	const struct report_count key = { .name = (char *)name };
	struct report_count **found = tfind(&key, &counts->tree, by_name);
	struct report_count *count = found ? *found : NULL;

	if (!count && counts->n >= REPORT_NAMES_MAX)
		count = &counts->rest;
	if (!count && add_new(counts, name, &count))
		return -ENOMEM;
	count->n[what] += n;
	return 0;
}

static uint64_t sum(const struct report_count *count)
{
	uint64_t n = 0;

	for (int what = 0; what < REPORT_WHATS; what++)
		n += count->n[what];
	return n;
}

static int most_first(const void *a, const void *b)
{
	const struct report_count *x = *(struct report_count *const *)a;
	const struct report_count *y = *(struct report_count *const *)b;

	if (sum(x) != sum(y))
		return sum(x) > sum(y) ? -1 : 1;
	return strcmp(x->name, y->name);
}

void report_count_sort(struct report_counts *counts)
{
	if (counts->n)
		qsort(counts->v, counts->n, sizeof(struct report_count *), most_first);
}

static void nothing(void *node)
{
	(void)node;
}

void report_count_free(struct report_counts *counts)
{
	tdestroy(counts->tree, nothing);
	for (size_t i = 0; i < counts->n; i++) {
		free(counts->v[i]->name);
		free(counts->v[i]);
	}
	free(counts->v);
}
