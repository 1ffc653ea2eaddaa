// SPDX-License-Identifier: GPL-2.0-or-later
#include "package_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct walk {
	char path[PATH_MAX];
	int (*fn)(void *context, const char *path);
	void *context;
};

static int walk_below(struct walk *walk, int fd, size_t len, unsigned int depth);

static int visit(struct walk *walk, int dir, const struct dirent *entry, size_t len,
		 unsigned int depth)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_BENEATH,
	};
	size_t name = strlen(entry->d_name);
	int ret;
	int fd;

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return 0;
	if (len + 1 + name >= sizeof(walk->path))
		return -ENAMETOOLONG;
	walk->path[len] = '/';
	memcpy(walk->path + len + 1, entry->d_name, name + 1);
	ret = walk->fn(walk->context, walk->path);
	if (ret || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
		return ret;
	/* Nor are mounts: what is mounted in a package's directory is not the package's. */
	fd = (int)syscall(SYS_openat2, dir, entry->d_name, &how, sizeof(how));
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EXDEV ?
			       0 :
			       -errno;
	return walk_below(walk, fd, len + 1 + name, depth + 1);
}

/* @fd is closed. */
static int walk_below(struct walk *walk, int fd, size_t len, unsigned int depth)
{
	DIR *dir = depth < PACKAGE_WALK_DEPTH ? fdopendir(fd) : NULL;
	struct dirent *entry;
	int ret = 0;

	if (!dir) {
		ret = depth < PACKAGE_WALK_DEPTH ? -errno : -ELOOP;
		close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		ret = visit(walk, dirfd(dir), entry, len, depth);
	closedir(dir);
	return ret;
}

int package_walk(const char *root, const char *path, int (*fn)(void *context, const char *path),
		 void *context)
{
	struct walk walk = { .fn = fn, .context = context };
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(walk.path))
		return -ENAMETOOLONG;
	memcpy(walk.path, path, len + 1);
	fd = package_open_below(root, path, O_RDONLY | O_DIRECTORY);
	return fd < 0 ? fd : walk_below(&walk, fd, len, 0);
}

int package_names(const char *root, const char *path, int (*fn)(void *context, const char *name),
		  void *context)
{
	int fd = package_open_below(root, path, O_RDONLY | O_DIRECTORY);
	struct dirent *entry;
	int ret = 0;
	DIR *dir;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		ret = -errno;
		close(fd);
		return ret;
	}
	while (!ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = fn(context, entry->d_name);
	closedir(dir);
	return ret;
}
