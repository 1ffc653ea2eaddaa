// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_former.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "package_resolve.h"

static int by_sha256(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

/* The contents that a package has now. */
struct contents {
	const uint8_t **v;
	size_t n;
};

static int contents_of(const struct package_known *known, struct contents *contents)
{
	size_t i;

	contents->n = 0;
	contents->v = calloc(known->n + 1, sizeof(*contents->v));
	if (!contents->v)
		return -ENOMEM;
	for (i = 0; i < known->n; i++)
		if (known->files[i].identified)
			contents->v[contents->n++] = known->files[i].sha256;
	qsort(contents->v, contents->n, sizeof(*contents->v), by_sha256);
	return 0;
}

static int add_file(const struct package_file *file, const struct contents *now,
		    struct package_known *known)
{
	const uint8_t *key = file->sha256;
	struct package_file former = *file;

	if (!file->identified || file->size < PACKAGE_SHORT ||
	    bsearch(&key, now->v, now->n, sizeof(*now->v), by_sha256))
		return 0;
	/* There is no such file: what has its number now is another one. */
	memset(&former.stamp, 0, sizeof(former.stamp));
	former.settled = false;
	former.shared_build_id = false;
	former.left = NULL;
	former.path = strdup(file->path);
	return former.path ? package_known_add_former(known, &former) : -ENOMEM;
}

int package_former_add(const struct package_known *before, struct package_known *known)
{
	struct contents now;
	size_t i;
	int err = contents_of(known, &now);

	/* The oldest first. */
	for (i = 0; i < before->n_former && !err; i++)
		err = add_file(&before->former[i], &now, known);
	for (i = 0; i < before->n && !err; i++)
		err = add_file(&before->files[i], &now, known);
	free(now.v);
	if (!err)
		package_known_trim_former(known, PACKAGE_FORMER_FILES);
	return err;
}

/* Make room for one more. */
static void forget_oldest(struct package_keep *keep)
{
	struct package_known *oldest = NULL;
	size_t n = 0;
	size_t i;

	for (i = 0; i < keep->n; i++) {
		struct package_known *known = &keep->v[i];

		if (!known->gone)
			continue;
		n++;
		if (!oldest || known->gone < oldest->gone)
			oldest = known;
	}
	if (n < PACKAGE_FORMER_PACKAGES)
		return;
	package_known_clear(oldest);
	*oldest = keep->v[--keep->n];
	memset(&keep->v[keep->n], 0, sizeof(keep->v[keep->n]));
}

int package_former_gone(const struct package_known *before, struct package_keep *keep)
{
	struct package_known known = { .gone = before->gone ? before->gone : (int64_t)time(NULL) };
	int err = package_copy(&before->package, &known.package);

	if (!err)
		err = package_former_add(before, &known);
	if (err || !known.n_former) {
		package_known_clear(&known);
		return err;
	}
	forget_oldest(keep);
	return package_keep_add(keep, &known);
}
