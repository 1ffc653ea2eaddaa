// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a policy's directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy_dir.h"

/* Directories below lists/: bounds the walk; paths of POLICY_PATH_MAX bytes hold no more use. */
#define LISTS_DEPTH_MAX 8U

int policy_dir_open(struct policy_dir *dir, const char *name, struct policy_errors *errs)
{
	size_t len = strlen(name);
	int ret;

	*dir = (struct policy_dir){ .fd = -1, .errs = errs };
	while (len > 1 && name[len - 1] == '/')
		len--;
	dir->name = strndup(name, len);
	if (!dir->name)
		return -ENOMEM;
	dir->fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0) {
		ret = -errno;
		policy_errors_add(errs, POLICY_ERROR, dir->name, 0, 0,
				  "the policy's directory cannot be read: %s", strerror(-ret));
		return ret;
	}
	return 0;
}

void policy_dir_close(struct policy_dir *dir)
{
	size_t i;

	for (i = 0; i < dir->n; i++) {
		free(dir->members[i]->path);
		free(dir->members[i]->file);
		free(dir->members[i]->buf);
		free(dir->members[i]);
	}
	free(dir->members);
	free(dir->name);
	if (dir->fd >= 0)
		close(dir->fd);
	*dir = (struct policy_dir){ .fd = -1 };
}

bool policy_dir_plain_path(const char *path)
{
	const char *p;
	bool start = true;

	for (p = path; *p; p++) {
		if (start && (*p == '.' || *p == '-' || *p == '/'))
			return false;
		start = *p == '/';
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= '0' && *p <= '9') && !strchr("/._+-", *p))
			return false;
	}
	return !start;
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

static int read_all(int fd, size_t max, char **ret_buf, size_t *ret_len)
{
	struct stat st;
	size_t room;
	size_t len = 0;
	char *buf;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -EFBIG;
	/* One byte more than it has: the read that finds the end then needs no more room. */
	room = (size_t)st.st_size + 1;
	buf = malloc(room);
	if (!buf)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, buf + len, room - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			free(buf);
			return (int)n;
		}
		if (!n)
			break;
		len += (size_t)n;
		if (len == room) { /* it grew while we read: what we have is no state of the file */
			free(buf);
			return -EAGAIN;
		}
	}
	*ret_buf = buf;
	*ret_len = len;
	return 0;
}

static const char *reason(int error)
{
	switch (error) {
	case -ELOOP:
	case -ENOTDIR:
		return "is not a file of the policy's directory; symbolic links are not followed";
	case -EISDIR:
		return "is not a regular file";
	case -EFBIG:
		return "is too large";
	case -EAGAIN:
		return "changed while it was read";
	case -E2BIG:
		return "the policy's files are larger than 1 GiB together";
	default:
		return strerror(-error);
	}
}

static int add_member(struct policy_dir *dir, const char *path, struct policy_member **ret)
{
	struct policy_member **members;
	struct policy_member *m;

	members = realloc(dir->members, (dir->n + 1) * sizeof(struct policy_member *));
	if (!members)
		return -ENOMEM;
	dir->members = members;
	m = calloc(1, sizeof(*m));
	if (!m)
		return -ENOMEM;
	m->path = strdup(path);
	if (!m->path || asprintf(&m->file, "%s/%s", dir->name, path) < 0) {
		free(m->path);
		free(m);
		return -ENOMEM;
	}
	dir->members[dir->n++] = m;
	*ret = m;
	return 0;
}

int policy_dir_read(struct policy_dir *dir, const char *path, size_t max,
		    struct policy_member **ret, const char **why)
{
	struct policy_member *m;
	char *buf = NULL;
	size_t len = 0;
	int err;
	int fd;

	fd = open_below(dir->fd, path);
	err = fd < 0 ? fd : read_all(fd, max, &buf, &len);
	if (fd >= 0)
		close(fd);
	if (!err && dir->total + len > POLICY_TOTAL_BYTES_MAX)
		err = -E2BIG;
	if (!err)
		err = add_member(dir, path, &m);
	if (err) {
		free(buf);
		*why = reason(err);
		return err;
	}
	m->buf = buf;
	m->len = len;
	dir->total += len;
	*ret = m;
	return 0;
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

__attribute__((format(printf, 4, 5))) static void
say(struct policy_dir *dir, enum policy_severity severity, const char *path, const char *fmt, ...)
{
	char *text = NULL;
	char *file = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (asprintf(&file, "%s/%s", dir->name, path) < 0)
		file = NULL;
	policy_errors_add_problem(
		dir->errs, severity == POLICY_WARNING ? POLICY_PROBLEM_FILES : POLICY_PROBLEM_TEXT,
		severity, &(struct policy_place){ .file = file ? file : path }, "%s",
		text ? text : fmt);
	free(text);
	free(file);
}

/* The policy's directory itself: hidden files there (.git) are nobody's mistake. */
static int warn_unknown(struct policy_dir *dir)
{
	struct names names = { 0 };
	size_t i;
	int ret;
	int fd;

	fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : list_names(fd, &names);
	if (ret) {
		say(dir, POLICY_ERROR, ".", "cannot be listed: %s", strerror(-ret));
		return ret;
	}
	for (i = 0; i < names.n; i++)
		if (names.v[i][0] != '.' && strcmp(names.v[i], "policy.yaml") &&
		    strcmp(names.v[i], "orders") && strcmp(names.v[i], "lists"))
			say(dir, POLICY_WARNING, names.v[i], "is not part of the policy");
	free_names(&names);
	return 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

/* Whether orders/@name is an order; if not, or not a usable one, says so. */
static bool is_order(struct policy_dir *dir, const char *path, const char *name)
{
	if (name[0] == '.' || !has_suffix(name, ".yaml")) {
		say(dir, POLICY_WARNING, path,
		    "is not part of the policy: an order's file is named NAME.yaml");
		return false;
	}
	if (!policy_dir_plain_path(path) || strlen(path) > POLICY_PATH_MAX) {
		say(dir, POLICY_ERROR, path,
		    "a file name of a policy has only A-Z, a-z, 0-9, '.', '_', '+' and '-', and with "
		    "its directory at most %u bytes",
		    POLICY_PATH_MAX);
		return false;
	}
	return true;
}

int policy_dir_orders(struct policy_dir *dir, char ***paths, size_t *n)
{
	struct names names = { 0 };
	char *path;
	size_t kept = 0;
	size_t i;
	int ret;
	int fd;

	ret = warn_unknown(dir);
	if (ret)
		return ret;
	fd = openat(dir->fd, "orders", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	ret = fd < 0 ? -errno : list_names(fd, &names);
	if (ret == -ENOENT) {
		*paths = NULL;
		*n = 0;
		return 0;
	}
	if (ret) {
		say(dir, POLICY_ERROR, "orders", "%s",
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
		if (is_order(dir, path, names.v[i])) {
			free(names.v[i]);
			names.v[i] = NULL;
			free(names.v[kept]);
			names.v[kept] = path;
			kept++;
		} else {
			free(path);
		}
	}
	if (!ret && kept > POLICY_ORDERS_MAX) {
		say(dir, POLICY_ERROR, "orders", "has %zu orders; at most %u are allowed", kept,
		    POLICY_ORDERS_MAX);
		ret = -E2BIG;
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

static bool is_member(const struct policy_dir *dir, const char *path)
{
	size_t i;

	for (i = 0; i < dir->n; i++)
		if (!strcmp(dir->members[i]->path, path))
			return true;
	return false;
}

/* @fd, a directory at @path, is closed. */
static int warn_unused(struct policy_dir *dir, int fd, const char *path, unsigned int depth)
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
			ret = warn_unused(dir, sub, below, depth + 1);
		} else {
			if (sub >= 0)
				close(sub);
			if (!is_member(dir, below))
				say(dir, POLICY_WARNING, below,
				    "is not part of the policy: no order names this list");
		}
		free(below);
	}
	free_names(&names);
	close(fd);
	return ret == -ENOMEM ? ret : 0;
}

int policy_dir_unused_lists(struct policy_dir *dir)
{
	int fd = openat(dir->fd, "lists", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? 0 : warn_unused(dir, fd, "lists", 1);
}
