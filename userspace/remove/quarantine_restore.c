// SPDX-License-Identifier: GPL-2.0-or-later
/* What is in quarantine, and bringing it back. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "escape.h"
#include "quarantine.h"
#include "quarantine_places.h"
#include "read_file.h"
#include "remove_fault.h"

/* Bytes of a manifest: a path, and as many attributes as a file can have. */
#define MANIFEST_MAX (1U << 20)

static void entry_clear(struct quarantine_entry *entry)
{
	free(entry->dir);
	free(entry->path);
	json_decref(entry->manifest);
}

void quarantine_list_free(struct quarantine_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		entry_clear(&list->v[i]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* ---- listing ---- */

/* The path in a manifest, as bytes; NULL: there is none that can be. */
static char *manifest_path(const json_t *manifest)
{
	const char *escaped = json_string_value(json_object_get(manifest, "path"));
	char *path = escaped ? malloc(strlen(escaped) + 1) : NULL;
	long n = path ? unescape_name(escaped, path) : -1;

	if (n > 0 && n < PATH_MAX && path[0] == '/' && !memchr(path, '\0', (size_t)n)) {
		path[n] = '\0';
		return path;
	}
	free(path);
	return NULL;
}

static bool is_manifest(const json_t *manifest, const char *id)
{
	const char *said = json_string_value(json_object_get(manifest, "id"));
	const char *mode = json_string_value(json_object_get(manifest, "mode"));

	return json_integer_value(json_object_get(manifest, "interdict-quarantine")) == 1 && said &&
	       !strcmp(said, id) && mode && strlen(mode) == 4 && strspn(mode, "01234567") == 4;
}

static int read_entry(int dir, const char *where, const char *name, struct quarantine_entry *entry)
{
	size_t len;
	char *text;
	int err = read_file_at(dir, name, MANIFEST_MAX, &text, &len);

	if (err)
		return err;
	snprintf(entry->id, sizeof(entry->id), "%.*s", (int)(strlen(name) - strlen(".json")), name);
	entry->manifest = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	entry->path = manifest_path(entry->manifest);
	if (!entry->path || !is_manifest(entry->manifest, entry->id)) {
		entry_clear(entry);
		return -EBADMSG;
	}
	entry->dir = strdup(where);
	if (entry->dir)
		return 0;
	entry_clear(entry);
	return -ENOMEM;
}

static int list_add(struct quarantine_list *list, const struct quarantine_entry *entry)
{
	struct quarantine_entry *v = reallocarray(list->v, list->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	v[list->n++] = *entry;
	return 0;
}

static int list_place(void *context, const char *where)
{
	struct quarantine_list *list = context;
	int fd = quarantine_open_dir(where), err = 0;
	struct dirent *file;
	DIR *dir;

	if (fd < 0 || quarantine_is_ours(fd)) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	dir = opendir(where);
	while (dir && !err && (file = readdir(dir))) {
		struct quarantine_entry entry = { 0 };
		size_t len = strlen(file->d_name);

		if (len != QUARANTINE_ID_LEN - 1 + strlen(".json") ||
		    strcmp(file->d_name + QUARANTINE_ID_LEN - 1, ".json") != 0)
			continue;
		err = read_entry(fd, where, file->d_name, &entry);
		if (!err) {
			err = list_add(list, &entry);
			if (err)
				entry_clear(&entry);
		} else if (err != -ENOMEM) {
			list->damaged++;
			err = 0;
		}
	}
	if (dir)
		closedir(dir);
	close(fd);
	return err;
}

static int by_path(const void *a, const void *b)
{
	const struct quarantine_entry *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->id, y->id);
}

int quarantine_list(const char *dir, struct quarantine_list *list)
{
	int err;

	memset(list, 0, sizeof(*list));
	err = quarantine_each_place(dir, list_place, list);
	if (err)
		quarantine_list_free(list);
	else if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_path);
	return err;
}

/* ---- bringing back ---- */

int quarantine_open(const struct quarantine_entry *entry)
{
	int dir = quarantine_open_dir(entry->dir), fd;

	if (dir < 0)
		return dir;
	fd = openat(dir, entry->id, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(dir);
	return fd;
}

static int drop_manifest(int place, const struct quarantine_entry *entry)
{
	char name[QUARANTINE_ID_LEN + 8];

	snprintf(name, sizeof(name), "%s.json", entry->id);
	if (unlinkat(place, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return quarantine_sync(place);
}

/* Whether the file is back already: an earlier try was cut off then. */
static bool is_back(const struct quarantine_entry *entry, const struct stat *there)
{
	return there->st_ino == (ino_t)json_integer_value(json_object_get(entry->manifest, "ino"));
}

static int give_back(const struct quarantine_entry *entry, int place, int parent, const char *base)
{
	const char *mode = json_string_value(json_object_get(entry->manifest, "mode"));
	struct stat there, file;
	bool taken = fstatat(parent, base, &there, AT_SYMLINK_NOFOLLOW) == 0;
	int err = 0;

	if (fstatat(place, entry->id, &file, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && taken && is_back(entry, &there) ?
			       drop_manifest(place, entry) :
			       -errno;
	if (!S_ISREG(file.st_mode))
		return -EINVAL;
	if (taken)
		return -EEXIST;
	remove_place("restore");
	if (fchmodat(place, entry->id, (mode_t)strtoul(mode, NULL, 8), 0) < 0 && errno != EPERM &&
	    errno != EOPNOTSUPP)
		return -errno;
	remove_place("restore: mode");
	if (renameat2(place, entry->id, parent, base, RENAME_NOREPLACE) < 0) {
		err = -errno;
		/* Nobody comes to it as it is; this only is how it was found. */
		if (fchmodat(place, entry->id, 0, 0) < 0)
			return err;
		return err;
	}
	remove_place("restore: renamed");
	err = quarantine_sync(parent);
	return err ? err : drop_manifest(place, entry);
}

int quarantine_restore(const struct quarantine_entry *entry, char why[QUARANTINE_WHY_MAX])
{
	int place = quarantine_open_dir(entry->dir), parent = -1, err;
	const char *base;

	why[0] = '\0';
	err = place < 0 ? place : quarantine_is_ours(place);
	if (!err) {
		parent = quarantine_open_parent(entry->path, &base);
		if (parent < 0) {
			err = parent;
			snprintf(why, QUARANTINE_WHY_MAX,
				 "the directory that it was in cannot be had: %s; make it, and try "
				 "again",
				 strerror(-err));
		}
	}
	if (!err) {
		err = give_back(entry, place, parent, base);
		if (err == -EEXIST)
			snprintf(why, QUARANTINE_WHY_MAX,
				 "something is where it was: take that away first");
		else if (err == -ENOENT)
			snprintf(why, QUARANTINE_WHY_MAX, "it is not in quarantine any more");
	}
	if (err && !*why)
		snprintf(why, QUARANTINE_WHY_MAX, "%s", strerror(-err));
	if (parent >= 0)
		close(parent);
	if (place >= 0)
		close(place);
	return err;
}
