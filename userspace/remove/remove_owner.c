// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_owner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint/lint_files.h"
#include "remove_json.h"

/*
 * Whether what a manager lists as @listed is what lies at @path. Where /bin, /sbin and /lib are
 * links to directories in /usr, databases still have the names of before (file-hierarchy(7)).
 */
static bool is_path(const char *listed, const char *path)
{
	if (!strcmp(listed, path))
		return true;
	return !strncmp(path, "/usr/", 5) && !strcmp(listed, path + 4) &&
	       (!strncmp(listed, "/bin/", 5) || !strncmp(listed, "/sbin/", 6) ||
		!strncmp(listed, "/lib", 4));
}

static bool is_below(const char *path, const char *place)
{
	size_t len = strlen(place);

	return len && !strncmp(path, place, len) && path[len] == '/';
}

static int is_one_of(void *context, const char *listed)
{
	const struct lint_files *files = context;

	for (size_t i = 0; i < files->n; i++)
		if (is_path(listed, files->v[i].path))
			return 1;
	return 0;
}

int remove_owner_has(const char *root, const struct package *package,
		     const struct lint_files *files)
{
	char why[PACKAGE_WHY_MAX];
	int r = files ? package_files(root, package, is_one_of, (void *)files, why) : 0;

	return r == 1 || r == -ENOMEM ? r : 0;
}

/* ---- many ---- */

struct wanted {
	char *path;
	json_t *file;
};

struct owners {
	const char *root;
	struct wanted *v;
	size_t n;
	const struct package *package;
	int (*fn)(void *context, const struct package *package, json_t *file);
	void *context;
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct wanted *)a)->path, ((const struct wanted *)b)->path);
}

static int look_up(struct owners *owners, const char *path)
{
	const struct wanted key = { .path = (char *)path };
	const struct wanted *wanted =
		bsearch(&key, owners->v, owners->n, sizeof(*owners->v), by_path);

	return wanted ? owners->fn(owners->context, owners->package, wanted->file) : 0;
}

static int look_up_listed(void *context, const char *listed)
{
	char *usr;
	int err = look_up(context, listed);

	if (err || (strncmp(listed, "/bin/", 5) != 0 && strncmp(listed, "/sbin/", 6) != 0 &&
		    strncmp(listed, "/lib", 4) != 0))
		return err;
	if (asprintf(&usr, "/usr%s", listed) < 0)
		return -ENOMEM;
	err = look_up(context, usr);
	free(usr);
	return err;
}

static int look_at_package(void *context, const struct package *package)
{
	struct owners *owners = context;
	char why[PACKAGE_WHY_MAX];
	int err = 0;

	owners->package = package;
	if (!package->place) {
		err = package_files(owners->root, package, look_up_listed, owners, why);
		return err == -EBADMSG ? 0 : err;
	}
	for (size_t i = 0; i < owners->n && !err; i++)
		if (is_below(owners->v[i].path, package->place))
			err = owners->fn(owners->context, package, owners->v[i].file);
	return err;
}

int remove_owner_find(const char *root, const json_t *files,
		      int (*fn)(void *context, const struct package *package, json_t *file),
		      void *context)
{
	struct owners owners = { .root = root, .fn = fn, .context = context };
	json_t *file;
	size_t i;
	int err = 0;

	owners.v = calloc(json_array_size(files) + 1, sizeof(*owners.v));
	if (!owners.v)
		return -ENOMEM;
	json_array_foreach(files, i, file)
	{
		char *path = remove_json_name(json_object_get(file, "path"));

		if (!path)
			continue;
		if (!strncmp(path, root, strlen(root)))
			memmove(path, path + strlen(root), strlen(path + strlen(root)) + 1);
		owners.v[owners.n++] = (struct wanted){ path, json_incref(file) };
	}
	qsort(owners.v, owners.n, sizeof(*owners.v), by_path);
	err = package_each(root, PACKAGE_TYPES_ALL, look_at_package, &owners, NULL);
	for (i = 0; i < owners.n; i++) {
		free(owners.v[i].path);
		json_decref(owners.v[i].file);
	}
	free(owners.v);
	return err == -EBADMSG ? 0 : err;
}
