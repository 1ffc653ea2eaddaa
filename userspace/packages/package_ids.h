/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Build-ids of what is in packages that are not banned: which of a banned one's others have, too. A
 * package is looked into once, as long as its version stays: that takes the first pages of each
 * program and library of it.
 */
#ifndef INTERDICT_PACKAGE_IDS_H
#define INTERDICT_PACKAGE_IDS_H

#include <jansson.h>

#include "package.h"

struct package_id {
	uint8_t len; /* bytes */
	uint8_t value[POLICY_BUILD_ID_MAX];
};

struct package_ids {
	char *key; /* type, ID, version and place */
	struct package_id *v;
	size_t n, cap;
	bool used; /* in this resolution */
};

struct package_ids_cache {
	struct package_ids *v; /* the first n_sorted by key, then those that were added */
	size_t n, cap, n_sorted;
};

void package_ids_free(struct package_ids_cache *cache);
/*
 * The build-ids of @package's files, from @cache or from the disk. Returns 0 and sets *@ids, valid
 * until the next call; -EBADMSG: its files cannot be listed; -ENOMEM.
 */
int package_ids_of(const char *root, const struct package *package, struct package_ids_cache *cache,
		   const struct package_ids **ids);

/*
 * The same of all of @packages that @cache does not have, for as long as @ms milliseconds, and of
 * one at least: to look into thousands takes seconds, which should have passed before somebody
 * waits for it. Those, and no others, are used. *@left: how many it does not have then. Returns 0
 * or -ENOMEM.
 */
int package_ids_ahead(const char *root, const struct package *const *packages, size_t n,
		      unsigned int ms, struct package_ids_cache *cache, size_t *left);

/* {KEY:["HEX"...]} of those that were used. NULL: no memory. */
json_t *package_ids_json(const struct package_ids_cache *cache);
/* The reverse; what is not of this form is left out. Returns 0 or -ENOMEM. */
int package_ids_read(const json_t *json, struct package_ids_cache *cache);

#endif
