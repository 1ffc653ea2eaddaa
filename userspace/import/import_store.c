// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An order and its lists into a policy's directory: whole, synced, and nothing overwritten. Not
 * atomic_file_write(), which replaces one file by what is in memory: a list is printed to its file,
 * and an order comes after its lists.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_internal.h"

/* Lists, and the order. */
#define FILES_MAX (IMPORT_LISTS_MAX + 1)

struct file {
	char path[POLICY_PATH_MAX + 1];
	const char *name;		  /* the last part of path */
	char aside[POLICY_PATH_MAX + 32]; /* its name until it is whole */
	int dir;			  /* orders/ or lists/; of the store */
	bool written;
	bool placed;
};

struct storing {
	const struct import *im;
	const char *name; /* of the policy's directory */
	int dir, orders, lists;
	bool replace;
	struct file files[FILES_MAX];
	int n;
	char *why;
};

static int failed(const struct storing *s, const char *path, int error)
{
	snprintf(s->why, IMPORT_WHY_MAX, "%.200s/%.100s: %s", s->name, path, strerror(-error));
	return error;
}

static int open_below(const struct storing *s, const char *name, int *fd)
{
	if (mkdirat(s->dir, name, 0777) && errno != EEXIST)
		return failed(s, name, -errno);
	*fd = openat(s->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? failed(s, name, -errno) : 0;
}

static int open_directories(struct storing *s, bool lists)
{
	int err;

	s->dir = open(s->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		err = -errno;
		snprintf(s->why, IMPORT_WHY_MAX, "%.200s: %s", s->name, strerror(-err));
		return err;
	}
	if (faccessat(s->dir, "policy.yaml", F_OK, 0)) {
		err = -errno;
		snprintf(s->why, IMPORT_WHY_MAX,
			 "%.200s has no policy.yaml: it is not the directory of a policy", s->name);
		return err;
	}
	err = open_below(s, "orders", &s->orders);
	return err || !lists ? err : open_below(s, "lists", &s->lists);
}

static int plan(struct storing *s, const char *order, int n_lists)
{
	for (int i = 0; i <= n_lists; i++) {
		struct file *f = &s->files[s->n++];
		struct stat st;

		if (i < n_lists)
			import_list_path(order, i, f->path);
		else
			snprintf(f->path, sizeof(f->path), "orders/%.63s.yaml", order);
		f->dir = i < n_lists ? s->lists : s->orders;
		f->name = strchr(f->path, '/') + 1;
		snprintf(f->aside, sizeof(f->aside), ".%s.%ld", f->name, (long)getpid());
		if (s->replace || fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		snprintf(s->why, IMPORT_WHY_MAX,
			 "%.200s/%.100s is there already; --replace overwrites it", s->name,
			 f->path);
		return -EEXIST;
	}
	return 0;
}

/* @text, or where it is NULL the list. */
static int write_aside(const struct storing *s, struct file *f, const char *text, size_t len,
		       const struct import_list *list)
{
	int fd = openat(f->dir, f->aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0666);
	FILE *out;
	int err = 0;

	if (fd < 0)
		return failed(s, f->path, -errno);
	f->written = true;
	out = fdopen(fd, "w");
	if (!out) {
		close(fd);
		return -ENOMEM;
	}
	if (text)
		fwrite(text, 1, len, out);
	else
		import_list_print(s->im, list, out);
	errno = 0;
	if (fflush(out) || ferror(out) || fsync(fd))
		err = errno ? -errno : -EIO;
	if (fclose(out) && !err)
		err = -errno;
	return err ? failed(s, f->path, err) : 0;
}

/* renameat2(2) does not overwrite, where the file system knows it; link(2) elsewhere. */
static int place(const struct storing *s, struct file *f)
{
	int err = 0;

	if (s->replace) {
		if (renameat(f->dir, f->aside, f->dir, f->name))
			err = -errno;
	} else if (renameat2(f->dir, f->aside, f->dir, f->name, RENAME_NOREPLACE)) {
		err = -errno;
		if (err == -EINVAL)
			err = linkat(f->dir, f->aside, f->dir, f->name, 0) ? -errno : 0;
		if (!err)
			unlinkat(f->dir, f->aside, 0);
	}
	if (err)
		return failed(s, f->path, err);
	f->written = false;
	f->placed = true;
	return 0;
}

static int place_all(struct storing *s)
{
	for (int i = 0; i < s->n; i++) {
		int err = place(s, &s->files[i]);

		/* Lists are there for good before the order that names them is. */
		if (!err && fsync(s->files[i].dir))
			err = failed(s, s->files[i].path, -errno);
		if (err)
			return err;
	}
	return 0;
}

/* What is not whole goes; and new lists that no order will name. */
static void give_up(struct storing *s)
{
	for (int i = 0; i < s->n; i++) {
		struct file *f = &s->files[i];

		if (f->written)
			unlinkat(f->dir, f->aside, 0);
		if (f->placed && !s->replace)
			unlinkat(f->dir, f->name, 0);
	}
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

int import_store(const struct import *im, const char *dir, const char *order, bool replace,
		 const char *text, size_t len, const struct import_list *lists, int n_lists,
		 char why[IMPORT_WHY_MAX])
{
	struct storing s = {
		.im = im,
		.name = dir,
		.dir = -1,
		.orders = -1,
		.lists = -1,
		.replace = replace,
		.why = why,
	};
	int err;

	snprintf(why, IMPORT_WHY_MAX, "out of memory");
	err = open_directories(&s, n_lists > 0);
	if (!err)
		err = plan(&s, order, n_lists);
	for (int i = 0; !err && i < s.n; i++)
		err = write_aside(&s, &s.files[i], i < n_lists ? NULL : text, len,
				  i < n_lists ? &lists[i] : NULL);
	if (!err)
		err = place_all(&s);
	if (err)
		give_up(&s);
	close_fd(s.orders);
	close_fd(s.lists);
	close_fd(s.dir);
	return err;
}
