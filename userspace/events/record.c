// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/sha.h>

#include "event_line.h"

struct record {
	int fd;
	char *path;
	uint64_t seq;
	char prev[65];
	off_t end; /* where the last whole line ends */
	bool torn; /* half a line is behind it */
	record_write_fn write;
	char line[RECORD_LINE_MAX];
};

static void hash_line(const char *line, size_t len, char hex[65])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)line, len, digest);
	event_hex(digest, sizeof(digest), hex);
}

/*
 * The line of @fd that ends before @end (an offset behind a newline), with its newline, into
 * @line. Returns its length, 0 at the start of the file, -EFBIG, or -errno.
 */
static ssize_t line_before(int fd, off_t end, char *line)
{
	off_t from = end > (off_t)RECORD_LINE_MAX ? end - (off_t)RECORD_LINE_MAX : 0;
	size_t len = (size_t)(end - from), got = 0;
	char *newline;

	if (!len)
		return 0;
	while (got < len) {
		ssize_t n = pread(fd, line + got, len - got, from + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		got += (size_t)n;
	}
	newline = memrchr(line, '\n', len - 1);
	if (!newline)
		return from == 0 ? (ssize_t)len : -EFBIG;
	len -= (size_t)(newline + 1 - line);
	memmove(line, newline + 1, len);
	return (ssize_t)len;
}

/* @size without the zeros at the end of the file, which a crash of the machine may leave. */
static int skip_zeros(struct record *record, off_t *size)
{
	while (*size > 0) {
		off_t from = *size > (off_t)RECORD_LINE_MAX ? *size - (off_t)RECORD_LINE_MAX : 0;
		ssize_t n = pread(record->fd, record->line, (size_t)(*size - from), from);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		while (n > 0 && !record->line[n - 1])
			n--;
		*size = from + n;
		if (n)
			break;
	}
	return 0;
}

/* Where the last newline of the file of @size bytes ends, 0 without one. */
static int find_end(struct record *record, off_t size, off_t *end)
{
	off_t from;
	ssize_t n;
	char *newline;
	int err = skip_zeros(record, &size);

	if (err)
		return err;
	from = size > (off_t)RECORD_LINE_MAX ? size - (off_t)RECORD_LINE_MAX : 0;
	n = pread(record->fd, record->line, (size_t)(size - from), from);
	if (n < 0)
		return -errno;
	newline = memrchr(record->line, '\n', (size_t)n);
	/* Longer than any line: not ours to cut. */
	if (!newline && from)
		return -EFBIG;
	*end = newline ? from + (newline + 1 - record->line) : 0;
	return 0;
}

/*
 * Position and chain from the last lines of @fd before @end. A line that is no event (the machine
 * crashed and left zeros, say) counts as one position.
 */
static int read_tail(struct record *record, int fd, off_t end, uint64_t *damaged)
{
	bool first = true;
	uint64_t skipped = 0;

	record->seq = 0;
	for (;;) {
		ssize_t n = line_before(fd, end, record->line);
		json_t *json;
		json_int_t seq;

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		if (first)
			hash_line(record->line, (size_t)n, record->prev);
		first = false;
		json = json_loadb(record->line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
		seq = json_integer_value(json_object_get(json, "seq"));
		json_decref(json);
		if (seq > 0) {
			record->seq = (uint64_t)seq;
			break;
		}
		skipped++;
		end -= n;
	}
	record->seq += skipped;
	*damaged = skipped;
	return 0;
}

/* Go on from the file that rotation made of ours. */
static int read_rotated(struct record *record, uint64_t *damaged)
{
	char *path;
	struct stat st;
	int fd, err = 0;

	if (asprintf(&path, "%s.1", record->path) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else
		err = read_tail(record, fd, st.st_size, damaged);
	close(fd);
	return err;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

int record_open(const char *path, struct record **ret, struct record_found *found)
{
	struct record *record = calloc(1, sizeof(*record));
	struct stat st;
	int err;

	memset(found, 0, sizeof(*found));
	if (!record)
		return -ENOMEM;
	record->fd = -1;
	record->write = write;
	memset(record->prev, '0', 64);
	err = -ENOMEM;
	record->path = strdup(path);
	if (!record->path)
		goto out;
	record->fd = open_file(path);
	err = record->fd;
	if (err < 0)
		goto out;
	if (fstat(record->fd, &st) < 0) {
		err = -errno;
		goto out;
	}
	err = find_end(record, st.st_size, &record->end);
	if (err)
		goto out;
	if (record->end < st.st_size) {
		if (ftruncate(record->fd, record->end) < 0) {
			err = -errno;
			goto out;
		}
		found->torn = (uint64_t)(st.st_size - record->end);
	}
	if (record->end)
		err = read_tail(record, record->fd, record->end, &found->damaged);
	else
		err = read_rotated(record, &found->damaged);
	if (err)
		goto out;
	found->lines = record->seq;
	*ret = record;
	return 0;
out:
	record_close(record);
	return err;
}

void record_close(struct record *record)
{
	if (!record)
		return;
	if (record->fd >= 0)
		close(record->fd);
	free(record->path);
	free(record);
}

int record_reopen(struct record *record)
{
	struct stat st;
	int fd = open_file(record->path), err;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	close(record->fd);
	record->fd = fd;
	record->end = st.st_size;
	return 0;
}

/* The file as it should be before an append: there, and ending where the last line ended. */
static int settle(struct record *record)
{
	struct stat st;

	if (fstat(record->fd, &st) < 0)
		return -errno;
	if (st.st_nlink == 0)
		return record_reopen(record);
	if (record->torn && ftruncate(record->fd, record->end) < 0)
		return -errno;
	/* What somebody else did to the file stays as it is; the chain shows it. */
	if (!record->torn)
		record->end = st.st_size;
	record->torn = false;
	return 0;
}

int record_append(struct record *record, json_t *event, const char **line, size_t *len)
{
	size_t n;
	ssize_t written;
	int err;

	if (json_object_set_new(event, "seq", json_integer((json_int_t)record->seq + 1)) < 0 ||
	    json_object_set_new(event, "prev", json_string(record->prev)) < 0)
		return -ENOMEM;
	n = json_dumpb(event, record->line, sizeof(record->line), JSON_COMPACT);
	if (!n)
		return -ENOMEM;
	if (n + 1 > sizeof(record->line))
		return -E2BIG;
	record->line[n++] = '\n';
	err = settle(record);
	if (err)
		return err;
	do
		written = record->write(record->fd, record->line, n);
	while (written < 0 && errno == EINTR);
	if (written != (ssize_t)n) {
		err = written < 0 ? -errno : -ENOSPC;
		/* Where this fails too, settle() does it before the next append. */
		record->torn = written > 0 && ftruncate(record->fd, record->end) < 0;
		return err;
	}
	record->end += (off_t)n;
	record->seq++;
	hash_line(record->line, n, record->prev);
	*line = record->line;
	*len = n;
	return 0;
}

int record_sync(struct record *record)
{
	return fdatasync(record->fd) < 0 ? -errno : 0;
}

uint64_t record_seq(const struct record *record)
{
	return record->seq;
}

void record_set_write(struct record *record, record_write_fn write_fn)
{
	record->write = write_fn;
}

enum verdict {
	LINE_NONE = 0, /* no kernel event of these programs is here or before */
	LINE_FOUND = 1,
	LINE_OTHER = 2, /* look at the line before */
};

static enum verdict judge_line(const json_t *json, const char *boot, uint64_t *k)
{
	const char *line_boot = json_string_value(json_object_get(json, "boot"));
	const char *event = json_string_value(json_object_get(json, "event"));
	const json_t *line_k = json_object_get(json, "k");

	if (!line_boot || !event)
		return LINE_OTHER;
	if (strcmp(line_boot, boot) != 0)
		return LINE_NONE;
	if (json_is_integer(line_k)) {
		*k = (uint64_t)json_integer_value(line_k);
		return LINE_FOUND;
	}
	if (strcmp(event, "start") == 0 && json_is_false(json_object_get(json, "resumed")))
		return LINE_NONE;
	return LINE_OTHER;
}

/* A verdict on the lines before @end, or -errno. */
static int last_k_in(struct record *record, int fd, off_t end, const char *boot, uint64_t *k)
{
	for (;;) {
		ssize_t n = line_before(fd, end, record->line);
		enum verdict verdict;
		json_t *json;

		if (n < 0)
			return (int)n;
		if (n == 0)
			return LINE_OTHER;
		json = json_loadb(record->line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
		verdict = judge_line(json, boot, k);
		json_decref(json);
		if (verdict != LINE_OTHER)
			return verdict;
		end -= n;
	}
}

int record_last_k(struct record *record, const char *boot, uint64_t *k)
{
	int found = last_k_in(record, record->fd, record->end, boot, k), fd;
	struct stat st;
	char *path;

	if (found != LINE_OTHER)
		return found;
	if (asprintf(&path, "%s.1", record->path) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	free(path);
	if (fd < 0)
		return 0;
	found = fstat(fd, &st) < 0 ? -errno : last_k_in(record, fd, st.st_size, boot, k);
	close(fd);
	return found == LINE_OTHER ? 0 : found;
}
