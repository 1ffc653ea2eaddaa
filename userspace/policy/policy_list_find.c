// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of a hash list by what they say. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

/*
 * The index is a hash table: the first row of each bucket, and behind these, for each row, the next
 * of its bucket. Rows are numbered from 1; 0: there is none. Buckets are as many as the power of
 * two that is at least a quarter of the rows.
 */
static size_t bucket_count(size_t rows)
{
	size_t n = 1;

	while (n * 4 < rows)
		n *= 2;
	return n;
}

static size_t bucket_of(const uint8_t sha256[32], size_t buckets)
{
	uint64_t word;

	memcpy(&word, sha256, sizeof(word));
	return word & (buckets - 1);
}

int policy_list_index(struct policy_list *list)
{
	size_t buckets = bucket_count(list->n_rows);
	uint32_t *index = calloc(buckets + list->n_rows, sizeof(*index)), *first;

	if (!index)
		return -ENOMEM;
	/* From the last to the first, so that the first of several is found first. */
	for (size_t i = list->n_rows; i-- > 0;) {
		first = &index[bucket_of(list->rows[i].sha256, buckets)];
		index[buckets + i] = *first;
		*first = (uint32_t)i + 1;
	}
	free(list->index);
	list->index = index;
	return 0;
}

static bool matches(const struct policy_row *row, const uint8_t sha256[32], uint64_t size)
{
	return !memcmp(row->sha256, sha256, 32) && (!row->size || row->size == size);
}

size_t policy_list_find(const struct policy_list *list, const uint8_t sha256[32], uint64_t size)
{
	size_t buckets = bucket_count(list->n_rows), i;

	if (!list->index) {
		for (i = 0; i < list->n_rows && !matches(&list->rows[i], sha256, size); i++)
			;
		return i;
	}
	for (i = list->index[bucket_of(sha256, buckets)]; i; i = list->index[buckets + i - 1])
		if (matches(&list->rows[i - 1], sha256, size))
			return i - 1;
	return list->n_rows;
}
