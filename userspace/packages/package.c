// SPDX-License-Identifier: GPL-2.0-or-later
#include "package.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "package_internal.h"

static const char *const type_names[] = { "deb", "rpm", "flatpak", "snap", "appimage" };
static_assert(sizeof(type_names) / sizeof(type_names[0]) == PACKAGE_TYPE_COUNT, "a name for each");

const char *package_type_name(enum package_type type)
{
	return type < PACKAGE_TYPE_COUNT ? type_names[type] : "?";
}

enum package_type package_type_by_name(const char *name)
{
	enum package_type type;

	for (type = 0; type < PACKAGE_TYPE_COUNT; type++)
		if (!strcmp(type_names[type], name))
			break;
	return type;
}

/* ---- a package ---- */

#define STRINGS 9

static void strings_of(struct package *package, char **strings[STRINGS])
{
	strings[0] = &package->name;
	strings[1] = &package->version;
	strings[2] = &package->arch;
	strings[3] = &package->maintainer;
	strings[4] = &package->vendor;
	strings[5] = &package->origin;
	strings[6] = &package->id;
	strings[7] = &package->source;
	strings[8] = &package->place;
}

void package_clear(struct package *package)
{
	char **strings[STRINGS];
	size_t i;

	strings_of(package, strings);
	for (i = 0; i < STRINGS; i++)
		free(*strings[i]);
	memset(package, 0, sizeof(*package));
}

int package_copy(const struct package *package, struct package *copy)
{
	struct package made = *package;
	char **strings[STRINGS];
	bool ok = true;
	size_t i;

	strings_of(&made, strings);
	for (i = 0; i < STRINGS; i++) {
		if (!*strings[i])
			continue;
		*strings[i] = ok ? strdup(*strings[i]) : NULL;
		ok = *strings[i];
	}
	if (!ok) {
		package_clear(&made);
		return -ENOMEM;
	}
	*copy = made;
	return 0;
}

bool package_is_in_home(const struct package *package)
{
	return package->place && !strncmp(package->place, PACKAGE_HOMES, strlen(PACKAGE_HOMES));
}

char *package_field(const char *text, size_t len)
{
	return strndup(text, len < PACKAGE_FIELD_MAX ? len : PACKAGE_FIELD_MAX);
}

int package_fail(char why[PACKAGE_WHY_MAX], int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, PACKAGE_WHY_MAX, fmt, args);
	va_end(args);
	return err;
}

/* ---- files below a root ---- */

/* @dir is closed. */
static int open_at(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	/* In a root that others write to, a lookup can be raced with; then it is tried again. */
	do
		fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	if (fd < 0)
		fd = -errno;
	close(dir);
	return fd;
}

/* An automounter's directory is not looked into: that would mount it. */
static bool is_foreign(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) || fs.f_type == AUTOFS_SUPER_MAGIC ||
	       fs.f_type == FUSE_SUPER_MAGIC || fs.f_type == NFS_SUPER_MAGIC;
}

static int open_in_home(int root, const char *path, int flags)
{
	const char *user = path + strlen(PACKAGE_HOMES);
	size_t len = strcspn(user, "/");
	char *home = strndup(path, strlen(PACKAGE_HOMES) + len);
	int fd;

	if (!home) {
		close(root);
		return -ENOMEM;
	}
	fd = open_at(root, home, O_PATH | O_DIRECTORY | O_NOFOLLOW, RESOLVE_IN_ROOT);
	free(home);
	if (fd < 0)
		return fd;
	if (is_foreign(fd)) {
		close(fd);
		return -EXDEV;
	}
	return open_at(fd, user[len] ? user + len + 1 : ".", flags,
		       RESOLVE_BENEATH | RESOLVE_NO_XDEV);
}

int package_open_below(const char *root, const char *path, int flags)
{
	int dir = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return -errno;
	if (!strncmp(path, PACKAGE_HOMES, strlen(PACKAGE_HOMES)))
		return open_in_home(dir, path, flags);
	return open_at(dir, path, flags, RESOLVE_IN_ROOT);
}

/* The size may change while it is read: what is read counts. */
static int read_all(int fd, size_t max, char **ret_buf, size_t *ret_len)
{
	struct stat st;
	size_t len = 0;
	size_t cap;
	char *buf;
	int err = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	cap = (size_t)st.st_size < max ? (size_t)st.st_size + 1 : max + 1;
	buf = malloc(cap + 1);
	while (buf && !err) {
		ssize_t n = read(fd, buf + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : 0;
			break;
		}
		len += (size_t)n;
		if (len > max) {
			err = -EFBIG;
		} else if (len == cap) {
			char *more = realloc(buf, cap * 2 + 1);

			if (!more)
				break;
			buf = more;
			cap *= 2;
		}
	}
	if (!buf || (!err && len == cap))
		err = -ENOMEM;
	if (err) {
		free(buf);
		return err;
	}
	buf[len] = '\0';
	*ret_buf = buf;
	*ret_len = len;
	return 0;
}

int package_read_below(const char *root, const char *path, size_t max, char **buf, size_t *len)
{
	int fd = package_open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	int err;

	if (fd < 0)
		return fd;
	err = read_all(fd, max, buf, len);
	close(fd);
	return err;
}

/* ---- sets ---- */

void package_set_free(struct package_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		package_clear(&set->v[i]);
	free(set->v);
	memset(set, 0, sizeof(*set));
}

int package_set_add(struct package_set *set, struct package *package)
{
	int err = 0;

	if (set->n >= PACKAGES_MAX) {
		err = -E2BIG;
	} else if (set->n == set->cap) {
		size_t cap = set->cap ? set->cap * 2 : 256;
		struct package *v = reallocarray(set->v, cap, sizeof(*v));

		if (v) {
			set->v = v;
			set->cap = cap;
		} else {
			err = -ENOMEM;
		}
	}
	if (err) {
		package_clear(package);
		return err;
	}
	set->v[set->n++] = *package;
	memset(package, 0, sizeof(*package));
	return 0;
}

/* What knows how to read a type; NULL: it has no database. */
static const struct {
	int (*read)(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX]);
	int (*files)(const char *root, const struct package *package,
		     int (*fn)(void *context, const char *path), void *context,
		     char why[PACKAGE_WHY_MAX]);
	/* NULL, or -ENOENT: the sizes of its files are looked at. */
	int (*contents)(const char *root, const struct package *package,
			int (*fn)(void *context, const struct package_content *content),
			void *context, char why[PACKAGE_WHY_MAX]);
} readers[PACKAGE_TYPE_COUNT] = {
	[PACKAGE_DEB] = { package_deb_read, package_deb_files, package_deb_contents },
	[PACKAGE_RPM] = { package_rpm_read, package_rpm_files, package_rpm_contents },
	[PACKAGE_FLATPAK] = { package_flatpak_read, package_flatpak_files, NULL },
	[PACKAGE_SNAP] = { package_snap_read, package_snap_files, NULL },
};

int package_set_read(const char *root, unsigned int types, struct package_set *ret)
{
	struct package_set set = { 0 };
	enum package_type type;
	int broken = 0;

	memset(ret, 0, sizeof(*ret));
	for (type = 0; type < PACKAGE_TYPE_COUNT; type++) {
		size_t before = set.n;
		char *why = set.databases.of[type].why;
		int err;

		if (!(types & PACKAGE_TYPE_BIT(type)) || !readers[type].read)
			continue;
		err = readers[type].read(root, &set, why);
		if (err == -ENOMEM) {
			package_set_free(&set);
			return err;
		}
		if (!err) {
			set.databases.of[type].state = PACKAGE_DATABASE_READ;
			set.databases.of[type].packages = set.n - before;
			continue;
		}
		while (set.n > before)
			package_clear(&set.v[--set.n]);
		if (err == -ENOENT) {
			*why = '\0';
			continue;
		}
		if (!*why)
			package_fail(why, err, "%s", strerror(-err));
		set.databases.of[type].state = PACKAGE_DATABASE_BROKEN;
		broken = -EBADMSG;
	}
	*ret = set;
	return broken;
}

int package_each(const char *root, unsigned int types,
		 int (*fn)(void *context, const struct package *package), void *context,
		 struct package_databases *databases)
{
	struct package_set set;
	int err = package_set_read(root, types, &set);
	int ret = 0;
	size_t i;

	if (databases)
		*databases = set.databases;
	for (i = 0; i < set.n && !ret; i++)
		ret = fn(context, &set.v[i]);
	package_set_free(&set);
	return ret ? ret : err;
}

int package_files(const char *root, const struct package *package,
		  int (*fn)(void *context, const char *path), void *context,
		  char why[PACKAGE_WHY_MAX])
{
	why[0] = '\0';
	if (package->type >= PACKAGE_TYPE_COUNT || !readers[package->type].files)
		return 0;
	return readers[package->type].files(root, package, fn, context, why);
}

struct sizes {
	const char *root;
	int (*fn)(void *context, const struct package_content *content);
	void *context;
};

static int look_at_size(void *context, const char *path)
{
	const struct sizes *sizes = context;
	struct package_content content = { .path = path };
	struct stat st;
	int fd = package_open_below(sizes->root, path, O_PATH | O_NOFOLLOW);
	int ret = 0;

	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		content.size = (uint64_t)st.st_size;
		ret = sizes->fn(sizes->context, &content);
	}
	close(fd);
	return ret;
}

int package_contents(const char *root, const struct package *package,
		     int (*fn)(void *context, const struct package_content *content), void *context,
		     char why[PACKAGE_WHY_MAX])
{
	struct sizes sizes = { root, fn, context };
	int err = -ENOENT;

	why[0] = '\0';
	if (package->type < PACKAGE_TYPE_COUNT && readers[package->type].contents)
		err = readers[package->type].contents(root, package, fn, context, why);
	return err == -ENOENT ? package_files(root, package, look_at_size, &sizes, why) : err;
}

/* ---- rules ---- */

static bool fits(const char *pattern, const char *field)
{
	return !pattern || (field && !fnmatch(pattern, field, 0));
}

bool package_matches(const struct policy_package *rule, const struct package *package)
{
	return rule->type && !strcmp(rule->type, package_type_name(package->type)) &&
	       fits(rule->name, package->name) && fits(rule->maintainer, package->maintainer) &&
	       fits(rule->vendor, package->vendor) && fits(rule->origin, package->origin);
}

const struct policy_rule *package_rule_of(const struct policy_order *order,
					  const struct package *package)
{
	for (size_t i = 0; i < order->n_rules; i++)
		if (order->rules[i].package && package_matches(order->rules[i].package, package))
			return &order->rules[i];
	return NULL;
}
