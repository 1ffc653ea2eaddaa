// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flatpak's installations (flatpak(1), flatpak-metadata(5)), of the system and of users:
 *
 *	app/ID/ARCH/BRANCH/active		a link to the commit that is deployed
 *	app/ID/ARCH/BRANCH/COMMIT/metadata	what it is; runtime/ID/... likewise
 *	app/ID/ARCH/BRANCH/COMMIT/deploy	a GVariant (ssas...): the remote's name comes first
 *	app/ID/ARCH/BRANCH/COMMIT/files/	its files
 *
 * A package is a branch; commits that are there still, as somebody runs them, are its files, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_walk.h"

#define SYSTEM "/var/lib/flatpak"
/* deploy has the metadata of the application in it. */
#define DEPLOY_MAX (1U << 20)
/* What a user puts there is read by us: some bounds. */
#define METADATA_MAX (1U << 20)

/* Branches of one user. */
#define USER_MAX 10000U

struct reading {
	const char *root;
	struct package_set *set;
	char *why;
	const char *kind;	/* "app", "runtime" */
	char path[PATH_MAX];	/* of the directory that is read, from the root */
	size_t ids, archs, end; /* where in it the parts begin: ID, ARCH, BRANCH */
	size_t limit;		/* packages of the set */
	bool strict;		/* the system's: what is broken there is reported */
};

static bool push(struct reading *r, size_t *len, const char *name)
{
	size_t n = strlen(name);

	if (*len + 1 + n >= sizeof(r->path) - 32) /* and /active/metadata */
		return false;
	r->path[*len] = '/';
	memcpy(r->path + *len + 1, name, n + 1);
	*len += 1 + n;
	return true;
}

/* A user's own installation may be in any state; the device's may not. */
static int broken(const struct reading *r, const char *what)
{
	if (!r->strict)
		return 0;
	return package_fail(r->why, -EBADMSG, "%.160s: %s", r->path, what);
}

/* The first string of the deploy data. */
static int read_origin(const struct reading *r, size_t len, char **origin)
{
	char path[PATH_MAX];
	char *data;
	size_t size;
	int err;

	snprintf(path, sizeof(path), "%.*s/active/deploy", (int)len, r->path);
	err = package_read_below(r->root, path, DEPLOY_MAX, &data, &size);
	if (err == -ENOMEM)
		return err;
	if (err)
		return 0;
	if (strlen(data) && strlen(data) < size) {
		*origin = package_field(data, strlen(data));
		err = *origin ? 0 : -ENOMEM;
	}
	free(data);
	return err;
}

static int read_link(const struct reading *r, size_t len, char *target, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.*s/active", (int)len, r->path);
	fd = package_open_below(r->root, path, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return fd;
	n = readlinkat(fd, "", target, size - 1);
	close(fd);
	if (n < 0)
		return -EINVAL; /* no link: the kernel says ENOENT, which it is not */
	target[n] = '\0';
	return 0;
}

static int add(struct reading *r, size_t len, const char *branch)
{
	struct package package = { .type = PACKAGE_FLATPAK };
	char commit[256];
	char meta[PATH_MAX];
	char *text;
	size_t size;
	int err;

	err = read_link(r, len, commit, sizeof(commit));
	if (err == -ENOENT)
		return 0; /* nothing of it is deployed */
	if (err)
		return broken(r, "the active commit cannot be told");
	snprintf(meta, sizeof(meta), "%.*s/active/metadata", (int)len, r->path);
	err = package_read_below(r->root, meta, METADATA_MAX, &text, &size);
	if (err == -ENOMEM)
		return err;
	if (err)
		return broken(r, "there is no metadata");
	free(text);
	package.name = package_field(r->path + r->ids, r->archs - 1 - r->ids);
	package.arch = package_field(r->path + r->archs, r->end - 1 - r->archs);
	package.version = package_field(commit, strlen(commit));
	package.place = package_field(r->path, len);
	if (asprintf(&package.id, "%s/%s/%s/%s", r->kind, package.name, package.arch, branch) < 0)
		package.id = NULL;
	err = read_origin(r, len, &package.origin);
	if (!err &&
	    (!package.name || !package.arch || !package.version || !package.place || !package.id))
		err = -ENOMEM;
	if (err) {
		package_clear(&package);
		return err;
	}
	if (r->set->n >= r->limit) {
		package_clear(&package);
		return -E2BIG;
	}
	return package_set_add(r->set, &package);
}

static int on_branch(void *context, const char *name)
{
	struct reading *r = context;
	size_t len = r->end - 1;

	return push(r, &len, name) ? add(r, len, name) : 0;
}

/* "current" is a link to a branch that is listed, too. */
static int on_arch(void *context, const char *name)
{
	struct reading *r = context;
	size_t len = r->archs - 1;
	int err;

	if (!strcmp(name, "current") || !push(r, &len, name))
		return 0;
	r->end = len + 1;
	err = package_names(r->root, r->path, on_branch, r);
	return err == -ENOENT || err == -ENOTDIR ? 0 : err;
}

static int on_id(void *context, const char *name)
{
	struct reading *r = context;
	size_t len = r->ids - 1;
	int err;

	if (!push(r, &len, name))
		return 0;
	r->archs = len + 1;
	err = package_names(r->root, r->path, on_arch, r);
	return err == -ENOENT || err == -ENOTDIR ? 0 : err;
}

static int read_installation(struct reading *r, const char *path)
{
	static const char *const kinds[] = { "app", "runtime" };
	size_t i;
	int err = 0;

	for (i = 0; i < 2 && (!err || err == -ENOENT); i++) {
		r->kind = kinds[i];
		snprintf(r->path, sizeof(r->path), "%.512s/%s", path, kinds[i]);
		r->ids = strlen(r->path) + 1;
		err = package_names(r->root, r->path, on_id, r);
	}
	return err == -ENOENT ? 0 : err;
}

static int on_user(void *context, const char *name)
{
	struct reading *r = context;
	char path[512];
	int err;

	if (snprintf(path, sizeof(path), PACKAGE_HOMES "%s/.local/share/flatpak", name) >=
	    (int)sizeof(path))
		return 0;
	r->limit = r->set->n + USER_MAX;
	err = read_installation(r, path);
	/* What a user may do to the own home breaks nothing here. */
	return err == -ENOMEM ? err : 0;
}

int package_flatpak_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX])
{
	struct reading *r = calloc(1, sizeof(*r));
	size_t before = set->n;
	bool there;
	int err;
	int fd;

	if (!r)
		return -ENOMEM;
	r->root = root;
	r->set = set;
	r->why = why;
	fd = package_open_below(root, SYSTEM, O_PATH | O_DIRECTORY);
	there = fd >= 0;
	if (there)
		close(fd);
	r->strict = true;
	r->limit = PACKAGES_MAX;
	err = there ? read_installation(r, SYSTEM) : 0;
	r->strict = false;
	if (!err)
		err = package_names(root, PACKAGE_HOMES, on_user, r);
	if (err == -ENOENT)
		err = 0;
	free(r);
	if (err == -E2BIG)
		return package_fail(why, -EBADMSG, "more than %u packages", PACKAGES_MAX);
	if (err && err != -EBADMSG && err != -ENOMEM)
		return package_fail(why, -EBADMSG, SYSTEM ": %s", strerror(-err));
	return !err && !there && set->n == before ? -ENOENT : err;
}

/* ---- files ---- */

struct listing {
	const char *root;
	const struct package *package;
	int (*fn)(void *context, const char *path);
	void *context;
};

static int on_commit(void *context, const char *name)
{
	const struct listing *l = context;
	char path[PATH_MAX];
	int ret;

	if (!strcmp(name, "active") || snprintf(path, sizeof(path), "%s/%s/files",
						l->package->place, name) >= (int)sizeof(path))
		return 0;
	ret = package_walk(l->root, path, l->fn, l->context);
	return ret == -ENOENT || ret == -ENOTDIR ? 0 : ret;
}

int package_flatpak_files(const char *root, const struct package *package,
			  int (*fn)(void *context, const char *path), void *context,
			  char why[PACKAGE_WHY_MAX])
{
	struct listing listing = { root, package, fn, context };
	int ret;

	if (!package->place)
		return package_fail(why, -EBADMSG, "a package has no place");
	ret = package_names(root, package->place, on_commit, &listing);
	if (ret < 0 && ret != -ENOMEM)
		return package_fail(why, -EBADMSG, "%.160s: %s", package->place, strerror(-ret));
	return ret;
}
