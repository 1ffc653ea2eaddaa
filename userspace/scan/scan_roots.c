// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "scan_mounts.h"
#include "scan_namespaces.h"

static void root_free(struct scan_root *root)
{
	free(root->path);
	free(root->source);
	free(root->inside);
}

void scan_roots_free(struct scan_roots *roots)
{
	for (size_t i = 0; i < roots->n; i++)
		root_free(&roots->v[i]);
	for (size_t i = 0; i < roots->n_skipped; i++) {
		free(roots->skipped[i].path);
		free(roots->skipped[i].type);
	}
	free(roots->v);
	free(roots->skipped);
	*roots = (struct scan_roots){ 0 };
}

static int add_skipped(struct scan_roots *roots, const char *path, const char *type,
		       enum scan_filesystem sort, enum scan_skip why, int err)
{
	struct scan_skipped *v, skipped = { strdup(path), strdup(type), sort, why, err };

	v = realloc(roots->skipped, (roots->n_skipped + 1) * sizeof(*v));
	if (v)
		roots->skipped = v;
	if (!v || !skipped.path || !skipped.type) {
		free(skipped.path);
		free(skipped.type);
		return -ENOMEM;
	}
	v[roots->n_skipped++] = skipped;
	return 0;
}

/* Takes over what is in @root. */
static int add_root(struct scan_roots *roots, struct scan_root *root)
{
	struct scan_root *v = realloc(roots->v, (roots->n + 1) * sizeof(*v));

	if (!v) {
		root_free(root);
		return -ENOMEM;
	}
	roots->v = v;
	v[roots->n++] = *root;
	return 0;
}

/* @path, on @mount, which may be NULL; @fd is open on it. */
static int add(struct scan_roots *roots, const char *path, const char *real, int fd,
	       const struct scan_mount *mount)
{
	struct scan_root root = { .path = strdup(path) };
	const char *below = mount ? scan_path_below(real, mount->path) : NULL;
	struct stat st;

	if (!root.path || fstat(fd, &st)) {
		int err = root.path ? -errno : -ENOMEM;

		free(root.path);
		return err;
	}
	root.dev_major = mount ? mount->dev_major : major(st.st_dev);
	root.dev_minor = mount ? mount->dev_minor : minor(st.st_dev);
	if (mount) {
		root.source = strdup(mount->source);
		root.whole = below && !*below && !strcmp(mount->root, "/");
		if (!root.source ||
		    (below && asprintf(&root.inside, "%s%s",
				       *below && !mount->root[1] ? "" : mount->root, below) < 0)) {
			root_free(&root);
			return -ENOMEM;
		}
	}
	return add_root(roots, &root);
}

/* ---- what was named ---- */

static uint64_t mount_id(int fd, const char *path)
{
	struct statx stx;

	if (statx(fd, path, fd < 0 ? AT_NO_AUTOMOUNT : AT_EMPTY_PATH, STATX_MNT_ID, &stx) ||
	    !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return stx.stx_mnt_id;
}

static int add_named(struct scan_roots *roots, const char *path, const char *real,
		     const struct scan_mounts *mounts)
{
	int fd = open(path, O_PATH | O_CLOEXEC), err;
	const struct scan_mount *mount;
	enum scan_filesystem sort;
	struct statfs fs;

	if (fd < 0)
		return -errno;
	mount = scan_mounts_find(mounts, mount_id(fd, ""));
	if (fstatfs(fd, &fs)) {
		err = -errno;
	} else {
		sort = mount ? scan_filesystem_named(mount->type) :
			       scan_filesystem_type((uint64_t)fs.f_type);
		if (sort == SCAN_PSEUDO)
			err = add_skipped(roots, path, mount ? mount->type : "", sort,
					  SCAN_SKIP_TYPE, 0);
		else
			err = add(roots, path, real, fd, mount);
	}
	close(fd);
	return err;
}

/* ---- what is mounted below ---- */

/* Whether the layer @path of an overlay is there, below @above, and on a file system that is
 * scanned without being named. */
static bool layer_is_scanned(const char *path, const char *above)
{
	char *real = *path == '/' ? realpath(path, NULL) : NULL;
	struct statfs fs;
	bool scanned = real && scan_path_below(real, above) && !statfs(real, &fs) &&
		       scan_filesystem_type((uint64_t)fs.f_type) == SCAN_LOCAL;

	free(real);
	return scanned;
}

/* Of @options, those named @name, separated by colons: whether all of them are. Sets *@any. */
static bool layers_are_scanned(const char *options, const char *name, const char *above, bool *any)
{
	char *copy = strdup(options), *rest = copy, *option, *layers, *layer;
	bool all = copy;

	while (all && (option = strsep(&rest, ","))) {
		if (strncmp(option, name, strlen(name)) != 0)
			continue;
		layers = option + strlen(name);
		while (all && (layer = strsep(&layers, ":"))) {
			*any = true;
			all = layer_is_scanned(layer, above);
		}
	}
	free(copy);
	return all;
}

/* Whether all that @mount, an overlay, shows is seen where it lies. A name with a comma or a colon
 * is not found: it is scanned as it is, then. */
static bool overlay_is_scanned(const struct scan_mount *mount, const char *above)
{
	bool any = false;

	return layers_are_scanned(mount->options, "lowerdir=", above, &any) &&
	       layers_are_scanned(mount->options, "upperdir=", above, &any) && any;
}

static int add_below(struct scan_roots *roots, const struct scan_mount *mount, const char *above)
{
	enum scan_filesystem sort = scan_filesystem_named(mount->type);
	int fd, err;

	/* Of these nothing is asked that their servers have to answer. */
	if (sort != SCAN_LOCAL && sort != SCAN_OVERLAY)
		return add_skipped(roots, mount->path, mount->type, sort, SCAN_SKIP_TYPE, 0);
	if (mount_id(-1, mount->path) != mount->id)
		return add_skipped(roots, mount->path, mount->type, sort, SCAN_SKIP_COVERED, 0);
	if (sort == SCAN_OVERLAY && overlay_is_scanned(mount, above))
		return add_skipped(roots, mount->path, mount->type, sort, SCAN_SKIP_LAYERS, 0);
	fd = open(mount->path, O_PATH | O_CLOEXEC);
	if (fd < 0) /* unmounted since, or not for us: the walk that meets it says so */
		return errno == ENOMEM ? -ENOMEM : 0;
	err = add(roots, mount->path, mount->path, fd, mount);
	close(fd);
	return err;
}

static int add_path(struct scan_roots *roots, const char *path, unsigned int flags,
		    const struct scan_mounts *mounts)
{
	char *real = realpath(path, NULL);
	const char *below;
	int err;

	if (!real)
		return -errno;
	err = add_named(roots, path, real, mounts);
	for (size_t i = 0; !err && i < mounts->n && !(flags & SCAN_ROOTS_ONE); i++) {
		below = scan_path_below(mounts->v[i].path, real);
		if (below && *below)
			err = add_below(roots, &mounts->v[i], real);
	}
	free(real);
	return err;
}

/* ---- once each ---- */

/* Whether a walk of @a passes by all of @b. */
static bool covers(const struct scan_root *a, const struct scan_root *b, bool copies)
{
	const char *below;

	if (!a->inside || !b->inside || a->dev_major != b->dev_major ||
	    a->dev_minor != b->dev_minor)
		return false;
	below = scan_path_below(b->inside, a->inside);
	/* Without a copy, something else may be mounted over it there. */
	return below && (copies || !*below);
}

/* ---- what others have mounted ---- */

/* A file system that only @pid's mount namespace has: through its root. */
static int add_elsewhere(struct scan_roots *roots, const struct scan_mount *mount, pid_t pid)
{
	const enum scan_filesystem sort = scan_filesystem_named(mount->type);
	const struct scan_root there = {
		.inside = mount->root,
		.dev_major = mount->dev_major,
		.dev_minor = mount->dev_minor,
	};
	char *path;
	int fd = -1, err = 0;

	if (sort == SCAN_PSEUDO || (sort == SCAN_OVERLAY && overlay_is_scanned(mount, "/")))
		return 0;
	for (size_t i = 0; i < roots->n; i++)
		if (covers(&roots->v[i], &there, true))
			return 0;
	if (asprintf(&path, "/proc/%d/root%s", pid, mount->path[1] ? mount->path : "") < 0)
		return -ENOMEM;
	if (sort != SCAN_LOCAL && sort != SCAN_OVERLAY)
		err = add_skipped(roots, path, mount->type, sort, SCAN_SKIP_TYPE, 0);
	else if (mount_id(-1, path) == mount->id)
		fd = open(path, O_PATH | O_CLOEXEC);
	if (fd >= 0) {
		err = add(roots, path, mount->path, fd, mount);
		close(fd);
	}
	free(path);
	return err;
}

static int add_namespace(void *context, pid_t pid)
{
	struct scan_roots *roots = context;
	struct scan_mounts mounts;
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", pid);
	/* Else it has ended. */
	if (scan_mounts_read(path, &mounts))
		return 0;
	err = 0;
	for (size_t i = 0; i < mounts.n && !err; i++)
		err = add_elsewhere(roots, &mounts.v[i], pid);
	scan_mounts_free(&mounts);
	return err;
}

static void drop_repeated(struct scan_roots *roots, bool copies)
{
	size_t kept = 0;

	for (size_t i = 0; i < roots->n; i++) {
		bool repeated = false;

		for (size_t j = 0; j < roots->n && !repeated; j++)
			repeated = j != i && roots->v[j].path &&
				   covers(&roots->v[j], &roots->v[i], copies) &&
				   (j < i || !covers(&roots->v[i], &roots->v[j], copies));
		if (repeated) {
			root_free(&roots->v[i]);
			roots->v[i] = (struct scan_root){ 0 };
		}
	}
	for (size_t i = 0; i < roots->n; i++)
		if (roots->v[i].path)
			roots->v[kept++] = roots->v[i];
	roots->n = kept;
}

int scan_roots_find(char *const *paths, size_t n, unsigned int flags, struct scan_roots *ret)
{
	struct scan_roots roots = { 0 };
	struct scan_mounts mounts = { 0 };
	int err;

	/* Without /proc there are the paths, and what is mounted below is not known. */
	err = scan_mounts_read("/proc/self/mountinfo", &mounts);
	if (err == -ENOENT)
		err = 0;
	for (size_t i = 0; i < n && !err; i++) {
		err = add_path(&roots, paths[i], flags, &mounts);
		if (err && err != -ENOMEM)
			err = add_skipped(&roots, paths[i], "", SCAN_LOCAL, SCAN_SKIP_ERROR, err);
	}
	scan_mounts_free(&mounts);
	if (!err && flags & SCAN_ROOTS_NAMESPACES)
		err = scan_namespaces(add_namespace, &roots);
	if (err == -ENOENT)
		err = 0;
	if (err) {
		scan_roots_free(&roots);
		return err;
	}
	drop_repeated(&roots, flags & SCAN_ROOTS_COPIES);
	*ret = roots;
	return 0;
}

/* ---- opening ---- */

bool scan_roots_can_copy(void)
{
	int fd = open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int scan_root_open(const struct scan_root *root, bool *copied)
{
	int fd = open_tree(AT_FDCWD, root->path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	*copied = fd >= 0;
	if (fd < 0)
		fd = open(root->path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

uint64_t scan_roots_inodes(const struct scan_roots *roots)
{
	uint64_t inodes = 0;
	struct statfs fs;

	for (size_t i = 0; i < roots->n; i++) {
		if (!roots->v[i].whole || statfs(roots->v[i].path, &fs) || !fs.f_files)
			return 0;
		inodes += fs.f_files - fs.f_ffree;
	}
	return inodes;
}
