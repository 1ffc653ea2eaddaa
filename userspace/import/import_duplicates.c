// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the same value. They are sorted and not hashed: a file may hold any values, also such as
 * would all fall into one slot.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

/* Sizes of one hash that are compared: an honest file has one. */
#define SIZES_MAX 16U

/* The first bytes of a row beside its index: most comparisons need not look at the row. */
struct order_key {
	uint64_t begin;
	uint32_t row;
};

static int compare_values(const struct import_row *a, const struct import_row *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return memcmp(a->value, b->value, sizeof(a->value));
}

static int by_value(const void *a, const void *b, void *rows)
{
	const struct order_key *x = a;
	const struct order_key *y = b;
	const struct import_row *r = rows;
	int c;

	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	c = compare_values(&r[x->row], &r[y->row]);
	if (c)
		return c;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* A row without a size says nothing that one with a size does not. Two sizes are both kept, as
 * nobody here knows which is right. Returns whether @row is one of those kept. */
static bool merge_row(struct import_row *const *kept, size_t n_kept, const struct import_row *row)
{
	for (size_t i = 0; i < n_kept; i++) {
		if (row->size && kept[i]->size && kept[i]->size != row->size)
			continue;
		if (!kept[i]->size)
			kept[i]->size = row->size;
		if (!kept[i]->note)
			kept[i]->note = row->note;
		return true;
	}
	return false;
}

/* Of one kind and value, in the order of the file: the first of each size stays. */
static void merge(struct import *im, const struct order_key *keys, size_t n)
{
	struct import_row *kept[SIZES_MAX];
	size_t n_kept = 0;
	size_t lifted = n;

	while (lifted && !im->rows[keys[lifted - 1].row].lifts)
		lifted--;
	for (size_t i = 0; i < lifted; i++)
		import_take_back(im, keys[i].row, IMPORT_SUPERSEDED, "a later rule takes it back");
	for (size_t i = lifted; i < n; i++) {
		struct import_row *row = &im->rows[keys[i].row];

		if (row->gone)
			continue;
		if (merge_row(kept, n_kept, row)) {
			row->gone = true;
			im->duplicates++;
		} else if (n_kept < SIZES_MAX) {
			kept[n_kept++] = row;
		}
	}
}

int import_find_duplicates(struct import *im)
{
	struct order_key *keys;
	size_t from = 0;

	if (!im->n_rows)
		return 0;
	keys = malloc(im->n_rows * sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < im->n_rows; i++) {
		keys[i].row = (uint32_t)i;
		memcpy(&keys[i].begin, im->rows[i].value, sizeof(keys[i].begin));
	}
	qsort_r(keys, im->n_rows, sizeof(*keys), by_value, im->rows);
	for (size_t i = 1; i <= im->n_rows; i++)
		if (i == im->n_rows ||
		    compare_values(&im->rows[keys[from].row], &im->rows[keys[i].row])) {
			if (i - from > 1)
				merge(im, keys + from, i - from);
			from = i;
		}
	free(keys);
	return 0;
}
