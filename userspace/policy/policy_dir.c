// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a policy's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_source.h"
#include "read_file.h"

/* Directories below lists/: bounds the walk; paths of POLICY_PATH_MAX bytes hold no more use. */
#define LISTS_DEPTH_MAX 8U

struct policy_dir {
	struct policy_source source;
	int fd;
};

static struct policy_dir *of(struct policy_source *source)
{
	return (struct policy_dir *)source;
}

static void close_dir(struct policy_source *source)
{
	struct policy_dir *dir = of(source);

	if (dir->fd >= 0)
		close(dir->fd);
	free(dir);
}

/* Component by component, so that no link leads elsewhere, on kernels without openat2(2) too. */
static int open_below(int dir, const char *path)
{
	const char *slash = strchr(path, '/');
	char name[POLICY_PATH_MAX + 1];
	int parent;
	int fd;

	if (!slash) {
		fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		return fd < 0 ? -errno : fd;
	}
	if ((size_t)(slash - path) >= sizeof(name))
		return -ENAMETOOLONG;
	memcpy(name, path, (size_t)(slash - path));
	name[slash - path] = '\0';
	parent = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (parent < 0)
		return -errno;
	fd = open_below(parent, slash + 1);
	close(parent);
	return fd;
}

static const char *reason(int error)
{
	switch (error) {
	case -ELOOP:
	case -ENOTDIR:
		return "is not a file of the policy's directory; symbolic links are not followed";
	default:
		return read_file_reason(error);
	}
}

/* Links are not followed, so that what is read is what an archive of the directory would hold. */
static int read_below(struct policy_source *source, const char *path, size_t max, const char **buf,
		      size_t *len, char **owned, const char **why)
{
	int fd = open_below(of(source)->fd, path);
	int err = fd < 0 ? fd : read_file(fd, max, owned, len);

	if (fd >= 0)
		close(fd);
	if (err)
		*why = reason(err);
	else
		*buf = *owned;
	return err;
}

/* ---- what lies in the directory ---- */

struct names {
	char **v;
	size_t n;
};

static void free_names(struct names *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(names->v[i]);
	free(names->v);
	*names = (struct names){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All entries of the directory @fd, which is closed, sorted. */
static int list_names(int fd, struct names *names)
{
	const struct dirent *entry;
	int ret = 0;
	DIR *d;

	d = fdopendir(fd);
	if (!d) {
		ret = -errno;
		close(fd);
		return ret;
	}
	for (;;) {
		char **v;

		errno = 0;
		entry = readdir(d);
		if (!entry) {
			ret = -errno;
			break;
		}
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		ret = -ENOMEM;
		v = realloc(names->v, (names->n + 1) * sizeof(char *));
		if (!v)
			break;
		names->v = v;
		v[names->n] = strdup(entry->d_name);
		if (!v[names->n])
			break;
		names->n++;
	}
	closedir(d);
	if (ret)
		free_names(names);
	else if (names->n)
		qsort(names->v, names->n, sizeof(char *), by_bytes);
	return ret;
}

/* The policy's directory itself: hidden files there (.git) are nobody's mistake. */
static int warn_unknown(struct policy_source *source)
{
	struct names names = { 0 };
	size_t i;
	int ret;
	int fd;

	fd = openat(of(source)->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : list_names(fd, &names);
	if (ret) {
		policy_source_say(source, POLICY_ERROR, ".", "cannot be listed: %s",
				  strerror(-ret));
		return ret;
	}
	for (i = 0; i < names.n; i++)
		if (names.v[i][0] != '.' && strcmp(names.v[i], "policy.yaml") &&
		    strcmp(names.v[i], "orders") && strcmp(names.v[i], "lists"))
			policy_source_say(source, POLICY_WARNING, names.v[i],
					  "is not part of the policy");
	free_names(&names);
	return 0;
}

static int list_orders(struct policy_source *source, char ***paths, size_t *n)
{
	struct names names = { 0 };
	char *path;
	size_t kept = 0;
	size_t i;
	int ret;
	int fd;

	ret = warn_unknown(source);
	if (ret)
		return ret;
	fd = openat(of(source)->fd, "orders", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ret = fd < 0 ? -errno : list_names(fd, &names);
	if (ret == -ENOENT) {
		*paths = NULL;
		*n = 0;
		return 0;
	}
	if (ret) {
		policy_source_say(source, POLICY_ERROR, "orders", "%s",
				  ret == -ENOTDIR || ret == -ELOOP ?
					  "is not a directory; symbolic links are not followed" :
					  strerror(-ret));
		return ret;
	}
	for (i = 0; i < names.n; i++) {
		if (asprintf(&path, "orders/%s", names.v[i]) < 0) {
			ret = -ENOMEM;
			break;
		}
		if (policy_source_is_order(source, POLICY_WARNING, path)) {
			free(names.v[i]);
			names.v[i] = NULL;
			free(names.v[kept]);
			names.v[kept] = path;
			kept++;
		} else {
			free(path);
		}
	}
	if (ret) {
		free_names(&names);
		return ret;
	}
	for (i = kept; i < names.n; i++)
		free(names.v[i]);
	*paths = names.v;
	*n = kept;
	return 0;
}

static bool is_member(const struct policy_source *source, const char *path)
{
	size_t i;

	for (i = 0; i < source->n; i++)
		if (!strcmp(source->members[i]->path, path))
			return true;
	return false;
}

/* @fd, a directory at @path, is closed. */
static int warn_unused(struct policy_source *source, int fd, const char *path, unsigned int depth)
{
	struct names names = { 0 };
	size_t i;
	int again;
	int ret;

	again = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (again < 0) {
		close(fd);
		return 0;
	}
	ret = list_names(again, &names);
	for (i = 0; !ret && i < names.n; i++) {
		char *below;
		int sub;

		if (asprintf(&below, "%s/%s", path, names.v[i]) < 0) {
			ret = -ENOMEM;
			break;
		}
		sub = openat(fd, names.v[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (sub >= 0 && depth < LISTS_DEPTH_MAX) {
			ret = warn_unused(source, sub, below, depth + 1);
		} else {
			if (sub >= 0)
				close(sub);
			if (!is_member(source, below))
				policy_source_say(
					source, POLICY_WARNING, below,
					"is not part of the policy: no order names this list");
		}
		free(below);
	}
	free_names(&names);
	close(fd);
	return ret == -ENOMEM ? ret : 0;
}

static int unused_lists(struct policy_source *source)
{
	int fd = openat(of(source)->fd, "lists", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? 0 : warn_unused(source, fd, "lists", 1);
}

static const struct policy_source_ops ops = {
	.read = read_below,
	.orders = list_orders,
	.unused = unused_lists,
	.close = close_dir,
};

int policy_source_dir(const char *name, struct policy_errors *errs, struct policy_source **ret)
{
	struct policy_dir *dir = calloc(1, sizeof(*dir));
	size_t len = strlen(name);
	int err;

	if (!dir)
		return -ENOMEM;
	while (len > 1 && name[len - 1] == '/')
		len--;
	dir->source = (struct policy_source){
		.ops = &ops, .join = "/", .name = strndup(name, len), .errs = errs
	};
	dir->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	err = dir->fd < 0 ? -errno : 0;
	if (!dir->source.name)
		err = -ENOMEM;
	else if (err)
		policy_errors_add(errs, POLICY_ERROR, dir->source.name, 0, 0,
				  "the policy's directory cannot be read: %s", strerror(-err));
	if (err) {
		policy_source_free(&dir->source);
		return err;
	}
	*ret = &dir->source;
	return 0;
}
