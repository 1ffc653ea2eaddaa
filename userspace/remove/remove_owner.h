/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which package a file came with. Private to userspace/remove. */
#ifndef INTERDICT_REMOVE_OWNER_H
#define INTERDICT_REMOVE_OWNER_H

#include <jansson.h>

#include "packages/package.h"

struct lint_files;

/* Whether @package has one of @files, which may be NULL: 1, 0 (also where its list cannot be read),
 * or -ENOMEM. */
int remove_owner_has(const char *root, const struct package *package,
		     const struct lint_files *files);

/*
 * Call @fn for each of @files (an array of a plan's files, whose paths begin with @root) that a
 * package has. Returns 0, what @fn returns, or -ENOMEM.
 */
int remove_owner_find(const char *root, const json_t *files,
		      int (*fn)(void *context, const struct package *package, json_t *file),
		      void *context);

#endif
