// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * snapd's snaps:
 *
 *	/var/lib/snapd/snaps/NAME_REVISION.snap		NAME_KEY_REVISION of parallel instances
 *	/snap/NAME/REVISION, or /var/lib/snapd/snap/...	where it is mounted, with meta/snap.yaml
 *	/var/lib/snapd/assertions/asserts-v0/		who published it, as the store signed it:
 *	  snap-declaration/SERIES/ID/active*		snap-name, publisher-id
 *	  account/ID/active*				display-name
 *
 * The headers of an assertion are fields as in Debian's control data. The signatures are snapd's to
 * verify; only root writes there.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_walk.h"

#define SNAPS	   "/var/lib/snapd/snaps"
#define ASSERTIONS "/var/lib/snapd/assertions/asserts-v0"
#define SUFFIX	   ".snap"
/* snapd's own limit of a file in meta/ is 1 MiB or less; an assertion's is 2 MiB. */
#define TEXT_MAX (2U << 20)

static const char *const mounts[] = { "/snap", "/var/lib/snapd/snap" };

struct reading {
	const char *root;
	struct package_set *set;
	char *why;
};

/* The value of "KEY: value" at the beginning of a line, in the lines before an empty one, without
 * quotes. Returns 0 and sets *@value (NULL: there is none), or -ENOMEM. */
static int find_header(const char *text, const char *key, char **value)
{
	size_t len = strlen(key);

	*value = NULL;
	while (*text && *text != '\n') {
		size_t line = strcspn(text, "\n");

		if (line > len && !strncmp(text, key, len) && text[len] == ':') {
			const char *begin = text + len + 1;
			const char *end = text + line;

			while (begin < end && strchr(" \t'\"", *begin))
				begin++;
			while (end > begin && strchr(" \t\r'\"", end[-1]))
				end--;
			if (begin == end)
				return 0;
			*value = package_field(begin, (size_t)(end - begin));
			return *value ? 0 : -ENOMEM;
		}
		text += line + (text[line] == '\n');
	}
	return 0;
}

/* ---- who published it ---- */

struct publisher {
	const char *root;
	const char *name; /* the snap's */
	char *id;	  /* of its publisher */
	char dir[PATH_MAX];
};

/* "active", "active.1": the newer format. Each says the same; the last is taken. */
static int read_assertion(const char *root, const char *dir, char **text)
{
	static const char *const names[] = { "active.9", "active.8", "active.7", "active.6",
					     "active.5", "active.4", "active.3", "active.2",
					     "active.1", "active" };
	char path[PATH_MAX + 16];
	size_t len;
	size_t i;
	int err = -ENOENT;

	for (i = 0; i < sizeof(names) / sizeof(names[0]) && err == -ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		err = package_read_below(root, path, TEXT_MAX, text, &len);
	}
	return err;
}

static int on_declaration(void *context, const char *name)
{
	struct publisher *p = context;
	char dir[PATH_MAX + 256];
	char *text;
	char *of = NULL;
	int err;

	if (snprintf(dir, sizeof(dir), "%.2000s/%.255s", p->dir, name) >= PATH_MAX)
		return 0;
	err = read_assertion(p->root, dir, &text);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = find_header(text, "snap-name", &of);
	if (!err && of && !strcmp(of, p->name)) {
		free(p->id);
		err = find_header(text, "publisher-id", &p->id);
	}
	free(of);
	free(text);
	return err ? err : p->id != NULL;
}

static int on_series(void *context, const char *name)
{
	struct publisher *p = context;
	int ret;

	snprintf(p->dir, sizeof(p->dir), ASSERTIONS "/snap-declaration/%.255s", name);
	ret = package_names(p->root, p->dir, on_declaration, p);
	return ret == 1 || ret == -ENOMEM ? ret : 0;
}

/* What the store says; without it the snap was installed from elsewhere, or it cannot be told. */
static int find_publisher(const char *root, struct package *package)
{
	struct publisher *p = calloc(1, sizeof(*p));
	char dir[PATH_MAX];
	char *text;
	int err;

	if (!p)
		return -ENOMEM;
	p->root = root;
	p->name = package->name;
	err = package_names(root, ASSERTIONS "/snap-declaration", on_series, p);
	if (err == 1 && !strchr(p->id, '/')) {
		package->origin = strdup("store");
		snprintf(dir, sizeof(dir), ASSERTIONS "/account/%.1024s", p->id);
		err = package->origin ? read_assertion(root, dir, &text) : -ENOMEM;
		if (!err) {
			err = find_header(text, "display-name", &package->vendor);
			free(text);
		}
	}
	free(p->id);
	free(p);
	return err == -ENOMEM ? err : 0;
}

/* ---- snaps ---- */

static int find_place(const char *root, const char *instance, const char *revision, char **place)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		char *path;
		int fd;

		if (asprintf(&path, "%s/%s/%s", mounts[i], instance, revision) < 0)
			return -ENOMEM;
		fd = package_open_below(root, path, O_PATH | O_DIRECTORY);
		if (fd >= 0) {
			close(fd);
			*place = path;
			return 0;
		}
		free(path);
	}
	return 0;
}

static int read_version(const char *root, struct package *package)
{
	char path[PATH_MAX];
	char *text;
	size_t len;
	int err;

	if (!package->place ||
	    snprintf(path, sizeof(path), "%s/meta/snap.yaml", package->place) >= (int)sizeof(path))
		return 0;
	err = package_read_below(root, path, TEXT_MAX, &text, &len);
	if (err)
		return err == -ENOMEM ? err : 0;
	err = find_header(text, "version", &package->version);
	free(text);
	return err;
}

/* Letters, digits and hyphens; and the key of an instance behind an underscore. */
static bool is_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
			return false;
	return i && name[0] != '_';
}

static int on_snap(void *context, const char *name)
{
	const struct reading *r = context;
	struct package package = { .type = PACKAGE_SNAP };
	size_t len = strlen(name);
	char *instance;
	char *revision;
	int err = -ENOMEM;

	if (len <= strlen(SUFFIX) || strcmp(name + len - strlen(SUFFIX), SUFFIX) != 0)
		return 0;
	instance = strndup(name, len - strlen(SUFFIX));
	if (!instance)
		return -ENOMEM;
	revision = strrchr(instance, '_');
	if (!revision || revision == instance) {
		free(instance);
		return 0;
	}
	*revision++ = '\0';
	if (!is_name(instance) || !is_name(revision)) {
		free(instance);
		return 0;
	}
	package.id = strdup(instance);
	package.name = strndup(instance, strcspn(instance, "_"));
	package.source = strdup(name);
	if (package.id && package.name && package.source)
		err = find_place(r->root, instance, revision, &package.place);
	if (!err)
		err = read_version(r->root, &package);
	if (!err && revision[0] != 'x')
		err = find_publisher(r->root, &package);
	free(instance);
	if (err) {
		package_clear(&package);
		return err;
	}
	return package_set_add(r->set, &package);
}

int package_snap_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX])
{
	struct reading reading = { root, set, why };
	int err = package_names(root, SNAPS, on_snap, &reading);

	if (err && err != -ENOENT && err != -ENOMEM)
		return package_fail(why, -EBADMSG, SNAPS ": %s", strerror(-err));
	return err;
}

int package_snap_files(const char *root, const struct package *package,
		       int (*fn)(void *context, const char *path), void *context,
		       char why[PACKAGE_WHY_MAX])
{
	char path[sizeof(SNAPS) + 256];
	int ret;

	/* The file itself: what is mounted from elsewhere is refused by it, too. */
	snprintf(path, sizeof(path), SNAPS "/%.255s", package->source ? package->source : "");
	ret = fn(context, path);
	if (!ret && package->place)
		ret = package_walk(root, package->place, fn, context);
	if (ret < 0 && ret != -ENOMEM)
		return package_fail(why, -EBADMSG, "%.160s: %s", package->place, strerror(-ret));
	return ret;
}
