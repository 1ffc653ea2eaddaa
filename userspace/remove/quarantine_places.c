// SPDX-License-Identifier: GPL-2.0-or-later
#include "quarantine_places.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "atomic_file.h"
#include "escape.h"
#include "quarantine.h"
#include "read_file.h"

/* Bytes of the list of places: thousands of mounts. */
#define PLACES_MAX (1U << 20)

int quarantine_open_dir(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int quarantine_open_parent(const char *path, const char **base)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	size_t len;

	if (path[0] != '/' || !slash[1])
		return -EINVAL;
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	*base = slash + 1;
	return quarantine_open_dir(dir);
}

int quarantine_is_ours(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077) ? 0 : -EPERM;
}

int quarantine_sync(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return err;
}

/* Make and open the directory @name in @parent. */
static int make_in(int parent, const char *name)
{
	int fd, err;

	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? -EPERM : -errno;
	err = quarantine_is_ours(fd);
	if (!err)
		err = quarantine_sync(parent);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int quarantine_open_main(const char *dir)
{
	const char *base;
	int parent = quarantine_open_parent(dir, &base), fd;

	if (parent < 0)
		return parent;
	fd = make_in(parent, base);
	close(parent);
	return fd;
}

/* ---- where ---- */

struct where {
	uint64_t mount;
	uint32_t dev_major, dev_minor;
};

static int where_is(int fd, struct where *where)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &stx) < 0)
		return -errno;
	*where = (struct where){ stx.stx_mnt_id, stx.stx_dev_major, stx.stx_dev_minor };
	return 0;
}

static bool same(const struct where *a, const struct where *b, bool device)
{
	return a->mount == b->mount &&
	       (!device || (a->dev_major == b->dev_major && a->dev_minor == b->dev_minor));
}

/* The highest directory of @path, a directory's, that is on the same mount, and with @device on the
 * same device, too: cut @path to it. */
static void climb(char *path, const struct where *at, bool device)
{
	for (;;) {
		char *slash = strrchr(path, '/');
		struct where above = { 0 };
		char up[PATH_MAX];
		int fd;

		if (!slash[1])
			return;
		snprintf(up, sizeof(up), "%.*s", slash == path ? 1 : (int)(slash - path), path);
		fd = quarantine_open_dir(up);
		if (fd < 0)
			return;
		if (where_is(fd, &above) || !same(at, &above, device)) {
			close(fd);
			return;
		}
		close(fd);
		slash[slash == path ? 1 : 0] = '\0';
	}
}

/* Write @where down, if it is not yet. */
static int remember(const char *dir, const char *where)
{
	char file[PATH_MAX], *text = NULL, *escaped, *all = NULL, *line;
	size_t len = 0;
	bool there = false;
	int err;

	if (snprintf(file, sizeof(file), "%s/places", dir) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	escaped = escape_name(where, strlen(where), ESCAPE_TERMINAL);
	if (!escaped)
		return -ENOMEM;
	err = read_file_at(AT_FDCWD, file, PLACES_MAX, &text, &len);
	if (err == -ENOENT)
		err = 0;
	for (char *at = text; at && at < text + len && !there; at = line + 1) {
		line = memchr(at, '\n', (size_t)(text + len - at));
		if (!line)
			break;
		there = (size_t)(line - at) == strlen(escaped) &&
			!memcmp(at, escaped, strlen(escaped));
	}
	if (!err && !there && asprintf(&all, "%.*s%s\n", (int)len, text ? text : "", escaped) < 0)
		err = -ENOMEM;
	else if (!err && !there)
		err = atomic_file_write(file, all, strlen(all), 0600);
	free(all);
	free(text);
	free(escaped);
	return err;
}

int quarantine_place(const char *dir, const char *path, int parent, unsigned int n, char **where)
{
	char top[PATH_MAX];
	struct where at = { 0 }, ours = { 0 };
	int fd = quarantine_open_main(dir), err;

	if (fd < 0)
		return fd;
	err = where_is(parent, &at);
	if (!err)
		err = where_is(fd, &ours);
	if (!err && n == 0 && same(&at, &ours, false)) {
		*where = strdup(dir);
		if (*where)
			return fd;
		err = -ENOMEM;
	}
	close(fd);
	if (err)
		return err;
	if (n > 2)
		return -ENOENT;
	snprintf(top, sizeof(top), "%.*s",
		 strrchr(path, '/') == path ? 1 : (int)(strrchr(path, '/') - path), path);
	/* The mount's top, the top of what has the same device number, and beside the file. */
	if (n < 2)
		climb(top, &at, n == 1);
	fd = quarantine_open_dir(top);
	if (fd < 0)
		return fd;
	parent = make_in(fd, QUARANTINE_TOP);
	close(fd);
	if (parent < 0)
		return parent;
	if (asprintf(where, "%s/" QUARANTINE_TOP, top[1] ? top : "") < 0) {
		close(parent);
		return -ENOMEM;
	}
	err = remember(dir, *where);
	if (!err)
		return parent;
	close(parent);
	free(*where);
	return err;
}

int quarantine_each_place(const char *dir, int (*fn)(void *context, const char *where),
			  void *context)
{
	char file[PATH_MAX], *text = NULL, *line, *save = NULL;
	size_t len;
	int err = fn(context, dir);

	if (err || snprintf(file, sizeof(file), "%s/places", dir) >= (int)sizeof(file))
		return err;
	if (read_file_at(AT_FDCWD, file, PLACES_MAX, &text, &len))
		return 0;
	text[len ? len - 1 : 0] = '\0'; /* in place of the last newline */
	for (line = strtok_r(text, "\n", &save); line && !err; line = strtok_r(NULL, "\n", &save)) {
		char where[PATH_MAX];
		long n = strlen(line) < sizeof(where) ? unescape_name(line, where) : -1;

		if (n <= 0 || n >= (long)sizeof(where))
			continue;
		where[n] = '\0';
		err = fn(context, where);
	}
	free(text);
	return err;
}
