// SPDX-License-Identifier: GPL-2.0-or-later
#include "running_internal.h"

#include <stdlib.h>
#include <string.h>

/* Entries of the first table: a small system's processes. */
#define SEEN_FIRST 256

struct running_seen_entry {
	struct running_key key;
	bool used;
	uint32_t noted;
};

/* Mixes a key's words (Fibonacci hashing). */
static size_t place(const struct running_key *key, size_t size)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(key->v) / sizeof(*key->v); i++)
		hash = (hash ^ key->v[i] ^ hash >> 29) * 0x9e3779b97f4a7c15ULL;
	return (size_t)(hash >> 20) & (size - 1);
}

static struct running_seen_entry *find(struct running_seen_entry *entries, size_t size,
				       const struct running_key *key)
{
	size_t i = place(key, size);

	while (entries[i].used && memcmp(&entries[i].key, key, sizeof(*key)) != 0)
		i = (i + 1) & (size - 1);
	return &entries[i];
}

static bool grow(struct running_seen *seen)
{
	size_t size = seen->size ? 2 * seen->size : SEEN_FIRST;
	struct running_seen_entry *entries = calloc(size, sizeof(*entries));

	if (!entries)
		return false;
	for (size_t i = 0; i < seen->size; i++)
		if (seen->entries[i].used)
			*find(entries, size, &seen->entries[i].key) = seen->entries[i];
	free(seen->entries);
	seen->entries = entries;
	seen->size = size;
	return true;
}

uint32_t *running_seen_at(struct running_seen *seen, const struct running_key *key)
{
	struct running_seen_entry *entry;

	/* Never more than half full, so that a search ends soon. */
	if (2 * (seen->n + 1) > seen->size && !grow(seen))
		return NULL;
	entry = find(seen->entries, seen->size, key);
	if (!entry->used) {
		*entry = (struct running_seen_entry){ .key = *key, .used = true };
		seen->n++;
	}
	return &entry->noted;
}

void running_seen_free(struct running_seen *seen)
{
	free(seen->entries);
	*seen = (struct running_seen){ 0 };
}
