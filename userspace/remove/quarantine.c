// SPDX-License-Identifier: GPL-2.0-or-later
#include "quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "atomic_file.h"
#include "escape.h"
#include "events/event_line.h"
#include "policy/policy.h"
#include "quarantine_places.h"
#include "remove_fault.h"
#include "remove_json.h"

void (*remove_fault)(const char *place);

/* Bytes of the names of extended attributes, and of a value: as much as the kernel gives. */
#define XATTR_BYTES (64U << 10)

__attribute__((format(printf, 3, 4))) static int fail(char why[QUARANTINE_WHY_MAX], int err,
						      const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, QUARANTINE_WHY_MAX, fmt, args);
	va_end(args);
	return err;
}

/* ---- the file ---- */

static int look_at(int fd, struct quarantine_file *file)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	file->ino = st.st_ino;
	file->size = (uint64_t)st.st_size;
	file->mode = st.st_mode & 07777;
	file->names = (uint32_t)st.st_nlink;
	file->dev_major = major(st.st_dev);
	file->dev_minor = minor(st.st_dev);
	file->uid = st.st_uid;
	file->gid = st.st_gid;
	file->atime = st.st_atim;
	file->mtime = st.st_mtim;
	file->ctime = st.st_ctim;
	return 0;
}

static int open_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int quarantine_look(const char *path, struct quarantine_file *file)
{
	const char *base;
	int parent = quarantine_open_parent(path, &base), fd, err;

	if (parent < 0)
		return parent;
	fd = open_file(parent, base);
	close(parent);
	if (fd < 0)
		return fd;
	file->path = path;
	err = look_at(fd, file);
	close(fd);
	return err;
}

static bool is_same(const struct quarantine_file *a, const struct quarantine_file *b)
{
	return a->ino == b->ino && a->size == b->size && a->ctime.tv_sec == b->ctime.tv_sec &&
	       a->ctime.tv_nsec == b->ctime.tv_nsec;
}

void quarantine_id(const struct quarantine_file *file, const uint8_t sha256[32],
		   char id[QUARANTINE_ID_LEN])
{
	/* FNV-1a: it tells files of the same content apart, no more. */
	uint32_t hash = 2166136261U;
	char hex[65];

	for (const char *at = file->path; *at; at++)
		hash = (hash ^ (uint8_t)*at) * 16777619U;
	for (unsigned int i = 0; i < 64; i += 8)
		hash = (hash ^ (uint8_t)(file->ino >> i)) * 16777619U;
	event_hex(sha256, 32, hex);
	snprintf(id, QUARANTINE_ID_LEN, "%s-%08x", hex, hash);
}

bool quarantine_has(const char *dir, const char *path)
{
	const char *slash = strrchr(path, '/'), *name;
	char above[PATH_MAX];
	size_t len = strlen(dir);
	bool ours;
	int fd;

	if (!strncmp(path, dir, len) && path[len] == '/')
		return true;
	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(above))
		return false;
	snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
	name = strrchr(above, '/');
	if (!name || strcmp(name + 1, QUARANTINE_TOP) != 0)
		return false;
	fd = quarantine_open_dir(above);
	if (fd < 0)
		return false;
	ours = !quarantine_is_ours(fd);
	close(fd);
	return ours;
}

/* ---- manifests ---- */

static json_t *xattrs_json(int fd)
{
	char path[32], *names = malloc(XATTR_BYTES), *value = malloc(XATTR_BYTES);
	json_t *json = json_object();
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = names && value ? listxattr(path, names, XATTR_BYTES) : -1;
	for (char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) {
		ssize_t n = getxattr(path, name, value, XATTR_BYTES);
		char *hex = n < 0 ? NULL : malloc(2 * (size_t)n + 1);
		char *safe = escape_name(name, strlen(name), 0);

		if (hex && safe) {
			event_hex((uint8_t *)value, (size_t)n, hex);
			json_object_set_new(json, safe, json_string(hex));
		}
		free(hex);
		free(safe);
	}
	free(names);
	free(value);
	return json;
}

static char *manifest_text(const struct quarantine_file *file, int fd, const char *id,
			   const json_t *about)
{
	char *path = escape_name(file->path, strlen(file->path), 0), *text = NULL;
	char now[21];
	json_t *json = path ? json_pack("{s:i, s:s, s:s, s:I}", "interdict-quarantine", 1, "id", id,
					"path", path, "size", (json_int_t)file->size) :
			      NULL;

	policy_format_time(time(NULL), now);
	if (json && !json_object_update(json, (json_t *)about) &&
	    !json_object_update_new(
		    json,
		    json_pack("{s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:I, s:o}", "time", now, "mode",
			      json_sprintf("%04o", file->mode), "uid", (json_int_t)file->uid, "gid",
			      (json_int_t)file->gid, "atime", remove_time_json(&file->atime),
			      "mtime", remove_time_json(&file->mtime), "ctime",
			      remove_time_json(&file->ctime), "ino", (json_int_t)file->ino,
			      "xattrs", xattrs_json(fd))))
		text = json_dumps(json, JSON_INDENT(1));
	json_decref(json);
	free(path);
	return text;
}

/* In an open directory, by the name that it has in /proc: what writes files takes paths. */
static void path_in(int dir, const char *id, const char *suffix, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "/proc/self/fd/%d/%s%s", dir, id, suffix);
}

static int write_manifest(int place, const struct quarantine_file *file, int fd, const char *id,
			  const json_t *about)
{
	char path[PATH_MAX], *text;
	int err;

	path_in(place, id, ".json", path);
	/* One that is there is of an earlier try, when the file was as it had been. */
	if (faccessat(place, strrchr(path, '/') + 1, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	text = manifest_text(file, fd, id, about);
	if (!text)
		return -ENOMEM;
	err = atomic_file_write(path, text, strlen(text), 0600);
	free(text);
	return err;
}

static int drop_manifest(int place, const char *id)
{
	char path[PATH_MAX];

	path_in(place, id, ".json", path);
	if (unlinkat(place, strrchr(path, '/') + 1, 0) < 0 && errno != ENOENT)
		return -errno;
	return quarantine_sync(place);
}

/* ---- putting ---- */

static const char *reason(int err)
{
	switch (err) {
	case -EROFS:
		return "its file system is mounted read-only: mount it writable, or take away what "
		       "it is from; the kernel refuses the file meanwhile";
	case -EPERM:
		return "it may not be moved: it or its directory is immutable (chattr -i), or "
		       "the directory " QUARANTINE_TOP " beside it is not root's alone; try "
		       "--delete where the file system keeps no owners";
	case -ESTALE:
		return "another file is there by now, or it was changed: make a new plan";
	default:
		return strerror(-err);
	}
}

/* Make it nobody's to use. A file system without modes has none to take away. */
static int lock_away(int place, const char *id, struct quarantine_file *file)
{
	struct stat st;

	remove_place("chmod");
	if ((fchmodat(place, id, 0, 0) < 0 && errno != EPERM && errno != EOPNOTSUPP) ||
	    fstatat(place, id, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	file->ctime = st.st_ctim;
	return quarantine_sync(place);
}

static bool is_file_of(int fd, int dir, const char *name)
{
	struct stat wanted, st;

	return fstat(fd, &wanted) == 0 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       wanted.st_ino == st.st_ino && wanted.st_dev == st.st_dev;
}

/* Rename, and see that it was the one that @fd is open on: others may write to its directory. */
static int move(int parent, const char *base, int fd, int place, const char *id)
{
	remove_place("rename");
	if (renameat2(parent, base, place, id, RENAME_NOREPLACE) < 0)
		return errno == ENOENT ? -ESTALE : -errno;
	remove_place("renamed");
	if (is_file_of(fd, place, id))
		return quarantine_sync(parent);
	if (renameat2(place, id, parent, base, RENAME_NOREPLACE) < 0)
		return -errno;
	return -ESTALE;
}

/* The file is in quarantine already, and somebody who had another name of it gave it this one
 * again: it goes. */
static int move_again(int parent, const char *base, int fd, int place, const char *id)
{
	char again[QUARANTINE_ID_LEN + sizeof(".again")];
	int err;

	if (!is_file_of(fd, place, id))
		return -EEXIST;
	snprintf(again, sizeof(again), "%s.again", id);
	if (is_file_of(fd, place, again) && unlinkat(place, again, 0) < 0)
		return -errno;
	err = move(parent, base, fd, place, again);
	return !err && unlinkat(place, again, 0) < 0 ? -errno : err;
}

struct search {
	const char *id;
	int place;    /* found: its descriptor */
	bool is_file; /* the file is there, too, not only its manifest */
};

static int search_place(void *context, const char *where)
{
	struct search *search = context;
	char path[PATH_MAX];
	int dir = quarantine_open_dir(where);

	if (dir < 0)
		return 0;
	path_in(dir, search->id, ".json", path);
	if (quarantine_is_ours(dir) ||
	    faccessat(dir, strrchr(path, '/') + 1, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		close(dir);
		return 0;
	}
	if (search->place >= 0)
		close(search->place);
	search->place = dir;
	search->is_file = faccessat(dir, search->id, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	return search->is_file; /* a manifest alone may have been left elsewhere */
}

/* Of an earlier try: bring it to its end, as far as it came. */
static int finish(const char *dir, struct quarantine_file *file, const char *id,
		  enum quarantine_outcome *outcome)
{
	struct search search = { .id = id, .place = -1 };
	int err = quarantine_each_place(dir, search_place, &search);

	*outcome = QUARANTINE_GONE;
	if (err < 0 || search.place < 0)
		return err < 0 ? err : 0;
	if (search.is_file) {
		*outcome = QUARANTINE_WAS_PUT;
		err = lock_away(search.place, id, file);
	} else {
		err = drop_manifest(search.place, id);
	}
	close(search.place);
	return err;
}

static int put_somewhere(const char *dir, struct quarantine_file *file, int parent,
			 const char *base, int fd, const char *id, const json_t *about)
{
	int err = -EXDEV;

	for (unsigned int n = 0; err == -EXDEV; n++) {
		char *where;
		int place = quarantine_place(dir, file->path, parent, n, &where);

		if (place < 0)
			return place == -ENOENT ? -EXDEV : place;
		free(where);
		remove_place("manifest");
		err = write_manifest(place, file, fd, id, about);
		if (!err)
			err = move(parent, base, fd, place, id);
		if (err == -EEXIST)
			err = move_again(parent, base, fd, place, id);
		if (err && faccessat(place, id, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			drop_manifest(place, id);
		else if (!err)
			err = lock_away(place, id, file);
		close(place);
	}
	return err;
}

int quarantine_put(const char *dir, struct quarantine_file *file, const char *id,
		   const json_t *about, enum quarantine_outcome *outcome,
		   char why[QUARANTINE_WHY_MAX])
{
	struct quarantine_file now = { 0 };
	const char *base;
	int parent, fd = -1, err;

	why[0] = '\0';
	parent = quarantine_open_parent(file->path, &base);
	err = parent < 0 ? parent : 0;
	if (!err) {
		fd = open_file(parent, base);
		err = fd < 0 ? fd : look_at(fd, &now);
	}
	if (err == -ENOENT || err == -ENOTDIR || err == -ELOOP || err == -EINVAL ||
	    (!err && !is_same(file, &now))) {
		/* Whoever it was, our file may be where it belongs. */
		bool other = err == -EINVAL || !err;

		err = finish(dir, file, id, outcome);
		if (!err && other && *outcome == QUARANTINE_GONE)
			err = -ESTALE;
	} else if (!err) {
		err = put_somewhere(dir, file, parent, base, fd, id, about);
		*outcome = QUARANTINE_PUT;
	}
	if (fd >= 0)
		close(fd);
	if (parent >= 0)
		close(parent);
	return err ? fail(why, err, "%s", reason(err)) : 0;
}

int quarantine_delete(const char *dir, struct quarantine_file *file, const char *id,
		      const json_t *about, enum quarantine_outcome *outcome,
		      char why[QUARANTINE_WHY_MAX])
{
	struct search search = { .id = id, .place = -1 };
	int err = quarantine_put(dir, file, id, about, outcome, why), fd;
	struct stat st;

	if (err || *outcome == QUARANTINE_GONE)
		return err;
	err = quarantine_each_place(dir, search_place, &search);
	if (err < 0 || search.place < 0)
		return fail(why, err < 0 ? err : -ENOENT, "%s", reason(err < 0 ? err : -ENOENT));
	fd = open_file(search.place, id);
	remove_place("unlink");
	err = unlinkat(search.place, id, 0) < 0 && errno != ENOENT ? -errno : 0;
	remove_place("unlinked");
	if (fd >= 0 && fstat(fd, &st) == 0)
		file->ctime = st.st_ctim;
	if (!err)
		err = drop_manifest(search.place, id);
	if (fd >= 0)
		close(fd);
	close(search.place);
	return err ? fail(why, err, "%s", reason(err)) : 0;
}
