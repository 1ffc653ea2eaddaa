// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>
#include <zlib.h>

#include "record.h"

#define PACKED ".gz"
/* Of what unpacking hands on. */
#define CHUNK (256U << 10)

static bool ends_packed(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(PACKED) && !strcmp(name + len - strlen(PACKED), PACKED);
}

/* Whether rotation makes files of this name: digits and what stands between them in dates. */
static bool is_rotated(const char *name, const char *of, size_t of_len)
{
	size_t len = strlen(name);

	if (ends_packed(name))
		len -= strlen(PACKED);
	if (len < of_len + 2 || memcmp(name, of, of_len) != 0 ||
	    (name[of_len] != '.' && name[of_len] != '-') || name[of_len + 1] < '0' ||
	    name[of_len + 1] > '9')
		return false;
	return of_len + 1 + strspn(name + of_len + 1, "0123456789-.:TZ") >= len;
}

/* zlib reads what is not packed as it is. */
static int open_zlib(const char *path, gzFile *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err;

	if (fd < 0)
		return -errno;
	*ret = gzdopen(fd, "rb");
	err = *ret ? 0 : -ENOMEM;
	if (err)
		close(fd);
	return err;
}

/* The seq of the first line. Returns 1; 0: the file is empty; or -errno. */
static int read_first(const char *path, uint64_t *seq)
{
	char *line = malloc(RECORD_LINE_MAX);
	json_t *json;
	gzFile in = NULL;
	json_int_t value = 0;
	int err = line ? open_zlib(path, &in) : -ENOMEM;

	if (err) {
		free(line);
		return err;
	}
	if (gzgets(in, line, (int)RECORD_LINE_MAX)) {
		json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		value = json_integer_value(json_object_get(json, "seq"));
		json_decref(json);
		err = 1;
	} else {
		/* Damaged is not empty. */
		gzerror(in, &err);
		err = err != Z_OK;
	}
	gzclose_r(in);
	free(line);
	*seq = value > 0 ? (uint64_t)value : 0;
	return err;
}

/* Whether @name is a link that leads to no file. A link at all is kept to be told of. */
static bool leads_nowhere(int dir, const char *name, struct record_files *files)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode))
		return false;
	if (!files->link)
		files->link = strdup(name);
	return fstatat(dir, name, &st, 0) < 0 || !S_ISREG(st.st_mode);
}

/* Takes @path. */
static int add(struct record_files *files, char *path)
{
	struct record_file *v;
	uint64_t first = 0;
	int found = path ? read_first(path, &first) : -ENOMEM;

	if (found <= 0) {
		free(path);
		return found;
	}
	v = realloc(files->v, (files->n + 1) * sizeof(*v));
	if (!v) {
		free(path);
		return -ENOMEM;
	}
	files->v = v;
	v[files->n++] = (struct record_file){ path, first, ends_packed(path) };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct record_file *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int find_in(DIR *dir, const char *path, const char *name, struct record_files *files)
{
	size_t len = strlen(name);
	const struct dirent *entry;
	int err = 0;

	while (!err && (entry = readdir(dir))) {
		char *found;

		if (strcmp(entry->d_name, name) != 0 &&
		    (!is_rotated(entry->d_name, name, len) ||
		     leads_nowhere(dirfd(dir), entry->d_name, files)))
			continue;
		if (asprintf(&found, "%.*s%s", (int)(name - path), path, entry->d_name) < 0)
			found = NULL;
		err = add(files, found);
		/* Rotated under our hands. */
		if (err == -ENOENT)
			err = 0;
	}
	return err;
}

int record_files_find(const char *path, struct record_files *files)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *parent = slash ? strndup(path, (size_t)(slash + 1 - path)) : strdup(".");
	DIR *dir;
	int err;

	memset(files, 0, sizeof(*files));
	if (!parent)
		return -ENOMEM;
	dir = opendir(parent);
	err = dir ? find_in(dir, path, name, files) : -errno;
	if (dir)
		closedir(dir);
	free(parent);
	if (err) {
		record_files_free(files);
		return err;
	}
	if (files->n)
		qsort(files->v, files->n, sizeof(*files->v), compare);
	return 0;
}

int record_files_one(const char *path, struct record_files *files)
{
	int err;

	memset(files, 0, sizeof(*files));
	err = add(files, strdup(path));
	if (err)
		record_files_free(files);
	return err;
}

void record_files_free(struct record_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		free(files->v[i].path);
	free(files->v);
	free(files->link);
	memset(files, 0, sizeof(*files));
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int unpack(gzFile in, int fd)
{
	char *chunk = malloc(CHUNK);
	int err = chunk ? 0 : -ENOMEM, n = 1;

	while (!err && n) {
		n = gzread(in, chunk, CHUNK);
		err = n < 0 ? -EBADMSG : write_all(fd, chunk, (size_t)n);
	}
	free(chunk);
	return err;
}

int record_file_open(const struct record_file *file)
{
	gzFile in = NULL;
	int fd, err;

	if (!file->packed) {
		fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		return fd < 0 ? -errno : fd;
	}
	err = open_zlib(file->path, &in);
	if (err)
		return err;
	fd = memfd_create("record", MFD_CLOEXEC);
	err = fd < 0 ? -errno : unpack(in, fd);
	if (gzclose_r(in) != Z_OK && !err)
		err = -EBADMSG;
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static int walk_file(const struct record_file *file, record_tail_fn *each, void *ctx)
{
	int fd = record_file_open(file), found;
	off_t end;

	if (fd < 0)
		return fd;
	found = record_tail_end(fd, &end);
	if (!found)
		found = record_tail_walk(fd, end, each, ctx);
	close(fd);
	return found;
}

static bool is_passed_over(int err)
{
	return err == -EBADMSG || err == -EFBIG || err == -ENOENT;
}

int record_files_walk_rotated(const char *path, record_tail_fn *each, void *ctx)
{
	struct record_files files;
	int found = record_files_find(path, &files);

	if (found)
		return found;
	for (size_t n = files.n; n && !found; n--) {
		if (strcmp(files.v[n - 1].path, path) != 0)
			found = walk_file(&files.v[n - 1], each, ctx);
		if (is_passed_over(found))
			found = 0;
	}
	record_files_free(&files);
	return found;
}
