// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device has some hundred thousand files in packages. To read, or only to look at, each of them
 * is too much: dpkg and rpm know digests and sizes of theirs, and only what these say is the same
 * is read. Where nothing is known, sizes are looked at.
 */
#include "package_shared.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package_identify.h"
#include "package_ids.h"
#include "package_internal.h"

/* Tables of chains, each of as many heads as there are files to be found, to the next power of two.
 */
struct item {
	struct package_file *file;
	uint32_t next_md5, next_size, next_id; /* 1 + index; 0: the last */
};

struct table {
	struct item *items;
	size_t n;
	uint32_t *md5, *size, *id; /* heads */
	uint32_t mask;
	bool has_ids;
};

struct search {
	const char *root;
	struct table table;
	const struct package *package; /* the unrelated one that is looked at */
	int err;
};

static uint32_t hash_bytes(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */

	while (len--)
		hash = (hash ^ *p++) * 0x100000001b3ULL;
	return (uint32_t)(hash ^ hash >> 32);
}

static void put(struct table *table, uint32_t index)
{
	struct item *item = &table->items[index];
	const struct package_file *file = item->file;
	uint32_t *head;

	if (file->has_md5) {
		head = &table->md5[hash_bytes(file->md5, sizeof(file->md5)) & table->mask];
		item->next_md5 = *head;
		*head = index + 1;
	}
	head = &table->size[hash_bytes(&file->size, sizeof(file->size)) & table->mask];
	item->next_size = *head;
	*head = index + 1;
	if (!file->build_id_len)
		return;
	head = &table->id[hash_bytes(file->build_id, file->build_id_len) & table->mask];
	item->next_id = *head;
	*head = index + 1;
	table->has_ids = true;
}

static void table_free(struct table *table)
{
	free(table->items);
	free(table->md5);
	free(table->size);
	free(table->id);
}

static void put_files(struct table *table, struct package_file *files, size_t n)
{
	size_t f;

	for (f = 0; f < n; f++) {
		if (!files[f].identified || files[f].left)
			continue;
		table->items[table->n].file = &files[f];
		put(table, (uint32_t)table->n++);
	}
}

static int table_fill(struct table *table, struct package_keep *keep, const bool *fresh)
{
	size_t heads = 1;
	size_t n = 0;
	size_t i;

	for (i = 0; i < keep->n; i++)
		n += fresh[i] ? keep->v[i].n + keep->v[i].n_former : 0;
	while (heads < n)
		heads *= 2;
	table->mask = (uint32_t)(heads - 1);
	table->items = calloc(n + 1, sizeof(*table->items));
	table->md5 = calloc(heads, sizeof(*table->md5));
	table->size = calloc(heads, sizeof(*table->size));
	table->id = calloc(heads, sizeof(*table->id));
	if (!table->items || !table->md5 || !table->size || !table->id)
		return -ENOMEM;
	for (i = 0; i < keep->n; i++) {
		if (!fresh[i])
			continue;
		put_files(table, keep->v[i].files, keep->v[i].n);
		put_files(table, keep->v[i].former, keep->v[i].n_former);
	}
	return 0;
}

/* Whether what the manager knows makes it worth a look at the file itself. */
static bool is_candidate(const struct table *table, const struct package_content *content)
{
	uint32_t at;

	if (content->md5) {
		for (at = table->md5[hash_bytes(content->md5, 16) & table->mask]; at;
		     at = table->items[at - 1].next_md5)
			if (!memcmp(table->items[at - 1].file->md5, content->md5, 16))
				return true;
	} else {
		for (at = table->size[hash_bytes(&content->size, sizeof(content->size)) &
				      table->mask];
		     at; at = table->items[at - 1].next_size)
			if (table->items[at - 1].file->size == content->size)
				return true;
	}
	return false;
}

/*
 * A path of another package where the banned one's own file is, by a diversion or because it
 * replaced it: not that other's. Where each package has a directory of its own, links to one file
 * are two.
 */
static bool is_itself(const struct search *search, const struct package_file *file,
		      const struct package_file *other)
{
	return !search->package->place && file->stamp.dev == other->stamp.dev &&
	       file->stamp.ino == other->stamp.ino;
}

static int mark(struct search *search, const struct package_file *other)
{
	const struct table *table = &search->table;
	uint32_t at;

	for (at = table->size[hash_bytes(&other->size, sizeof(other->size)) & table->mask]; at;
	     at = table->items[at - 1].next_size) {
		struct package_file *file = table->items[at - 1].file;

		if (file->left || file->size != other->size || is_itself(search, file, other) ||
		    memcmp(file->sha256, other->sha256, sizeof(file->sha256)) != 0)
			continue;
		if (asprintf(&file->left, "the %s package %s has the same, %s",
			     package_type_name(search->package->type), search->package->id,
			     other->path) < 0) {
			file->left = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static void mark_ids(const struct table *table, const struct package_ids *ids)
{
	size_t i;
	uint32_t at;

	for (i = 0; i < ids->n; i++) {
		const struct package_id *id = &ids->v[i];

		for (at = table->id[hash_bytes(id->value, id->len) & table->mask]; at;
		     at = table->items[at - 1].next_id) {
			struct package_file *file = table->items[at - 1].file;

			file->shared_build_id |= file->build_id_len == id->len &&
						 !memcmp(file->build_id, id->value, id->len);
		}
	}
}

static int compare(void *context, const struct package_content *content)
{
	struct search *search = context;
	struct package_file other;
	bool read;
	int err;

	if (!is_candidate(&search->table, content))
		return 0;
	err = package_identify(search->root, content->path, UINT64_MAX, NULL, &other, &read);
	if (!err && other.identified)
		err = mark(search, &other);
	free(other.path);
	search->err = err == -ENOMEM ? err : 0;
	return search->err;
}

/* The build-ids of one of them. A package whose files cannot be listed is passed by here, too. */
static int compare_ids(struct search *search, struct package_ids_cache *cache)
{
	const struct package_ids *ids;
	int err;

	if (!search->table.has_ids)
		return 0;
	err = package_ids_of(search->root, search->package, cache, &ids);
	if (!err)
		mark_ids(&search->table, ids);
	return err == -ENOMEM ? err : 0;
}

int package_shared_find(const char *root, struct package_keep *keep, const bool *fresh,
			const struct package *const *unrelated, size_t n, size_t *uncompared)
{
	struct search search = { .root = root };
	char why[PACKAGE_WHY_MAX];
	size_t i;
	int err;

	*uncompared = 0;
	err = table_fill(&search.table, keep, fresh);
	for (i = 0; !err && search.table.n && i < n; i++) {
		search.package = unrelated[i];
		if (package_contents(root, unrelated[i], compare, &search, why))
			++*uncompared;
		err = search.err ? search.err : compare_ids(&search, &keep->others);
	}
	/* What was not asked for now may be the next time. */
	for (i = 0; !search.table.has_ids && i < keep->others.n; i++)
		keep->others.v[i].used = true;
	table_free(&search.table);
	return err;
}
