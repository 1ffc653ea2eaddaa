// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "atomic_file.h"
#include "escape.h"
#include "record_files.h"

struct record {
	int fd;
	char *path;
	uint64_t seq;
	char prev[CHECKPOINT_DIGEST_LEN];
	struct checkpoint_at checkpoint;
	int64_t since; /* time of the file's first line */
	off_t end;     /* where the last whole line ends */
	bool torn;     /* half a line is behind it */
	record_write_fn write;
	char line[RECORD_LINE_MAX];
};

int record_walk(const struct record *record, record_tail_fn *each, void *ctx)
{
	int found = record_tail_walk(record->fd, record->end, each, ctx);

	return found ? found : record_files_walk_rotated(record->path, each, ctx);
}

/* The time of the file's first line; 0: not known. */
static int64_t read_since(int fd)
{
	char line[4096];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	const char *time;
	struct tm tm = { 0 };

	line[n > 0 ? n : 0] = '\0';
	time = strstr(line, "\"time\":\"");
	if (!time || !strptime(time + strlen("\"time\":\""), "%Y-%m-%dT%H:%M:%S", &tm))
		return 0;
	return timegm(&tm);
}

struct position {
	struct record *record;
	uint64_t skipped;
	bool begun;
};

/* Position and chain. A line that is no event (the machine crashed, say) counts as one position. */
static int take_position(void *ctx, const json_t *event, const char *line, size_t len)
{
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));
	struct position *position = ctx;

	if (!position->begun)
		checkpoint_digest(line, len, position->record->prev);
	position->begun = true;
	if (seq > 0) {
		position->record->seq = (uint64_t)seq;
		return 1;
	}
	position->skipped++;
	return 0;
}

static int read_position(struct record *record, uint64_t *damaged)
{
	struct position position = { .record = record };
	int found = record_walk(record, take_position, &position);

	if (found < 0)
		return found;
	record->seq += position.skipped;
	*damaged = position.skipped;
	return 0;
}

struct search {
	uint64_t from; /* no further back than this line */
	struct checkpoint_at *found;
};

static int take_checkpoint(void *ctx, const json_t *event, const char *line, size_t len)
{
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));
	struct search *search = ctx;

	if (seq > 0 && checkpoint_is(event)) {
		search->found->seq = (uint64_t)seq;
		checkpoint_digest(line, len, search->found->digest);
		return 1;
	}
	return seq > 0 && (uint64_t)seq <= search->from;
}

/* The last checkpoint, and whether it is the one that was @kept, or one behind it. */
static int read_checkpoint(struct record *record, const struct checkpoint_at *kept,
			   struct record_found *found)
{
	struct search search = { kept->seq, &record->checkpoint };
	int err = record_walk(record, take_checkpoint, &search);

	if (err < 0)
		return err;
	if (record->checkpoint.seq > kept->seq ||
	    (record->checkpoint.seq == kept->seq &&
	     !strcmp(record->checkpoint.digest, kept->digest)))
		return 0;
	record->checkpoint = *kept;
	if (record->seq < kept->seq) {
		found->cut = kept->seq - record->seq;
		record->seq = kept->seq;
		memcpy(record->prev, kept->digest, sizeof(record->prev));
	} else {
		found->foreign = true;
	}
	return 0;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd < 0 ? -errno : fd;
}

/* Cut off what is no whole line at the end. */
static int cut_torn(struct record *record, struct record_found *found)
{
	struct stat st;
	int err;

	if (fstat(record->fd, &st) < 0)
		return -errno;
	err = record_tail_end(record->fd, &record->end);
	if (err)
		return err;
	if (record->end < st.st_size) {
		if (ftruncate(record->fd, record->end) < 0)
			return -errno;
		found->torn = (uint64_t)(st.st_size - record->end);
	}
	return 0;
}

int record_open(const char *path, const struct checkpoint_at *kept, struct record **ret,
		struct record_found *found)
{
	struct record *record = calloc(1, sizeof(*record));
	int err;

	memset(found, 0, sizeof(*found));
	if (!record)
		return -ENOMEM;
	record->fd = -1;
	record->write = write;
	memset(record->prev, '0', sizeof(record->prev) - 1);
	record->path = strdup(path);
	if (record->path)
		record->fd = open_file(path);
	err = !record->path ? -ENOMEM : record->fd < 0 ? record->fd : cut_torn(record, found);
	if (!err) {
		record->since = read_since(record->fd);
		err = read_position(record, &found->damaged);
	}
	if (!err)
		err = read_checkpoint(record, kept, found);
	if (err) {
		record_close(record);
		return err;
	}
	found->lines = record->seq;
	*ret = record;
	return 0;
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
	record->since = read_since(fd);
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

/* @key: signs the line, if not NULL. */
static int append(struct record *record, json_t *event, const struct record_key *key,
		  const char **line, size_t *len)
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
	if (n > sizeof(record->line))
		return -E2BIG;
	n = escape_json(record->line, n, sizeof(record->line) - 1);
	if (!n)
		return -E2BIG;
	if (key) {
		written = checkpoint_sign(key, record->line, n, sizeof(record->line) - 1);
		if (written < 0)
			return (int)written;
		n = (size_t)written;
	}
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
	if (!record->end)
		record->since = time(NULL);
	record->end += (off_t)n;
	record->seq++;
	checkpoint_digest(record->line, n, record->prev);
	*line = record->line;
	*len = n;
	return 0;
}

int record_append(struct record *record, json_t *event, const char **line, size_t *len)
{
	return append(record, event, NULL, line, len);
}

int record_append_checkpoint(struct record *record, json_t *event, const struct record_key *key,
			     const char **line, size_t *len)
{
	int err = append(record, event, key, line, len);

	if (err)
		return err;
	record->checkpoint.seq = record->seq;
	memcpy(record->checkpoint.digest, record->prev, sizeof(record->prev));
	return 0;
}

const struct checkpoint_at *record_checkpoint(const struct record *record)
{
	return &record->checkpoint;
}

int record_rotate(struct record *record)
{
	char *to, date[20];
	time_t now = time(NULL);
	struct tm tm;
	int err;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
	/* The number of its last line makes it a name that is not there yet. */
	if (asprintf(&to, "%s-%s-%llu", record->path, date, (unsigned long long)record->seq) < 0)
		return -ENOMEM;
	err = record_sync(record);
	if (!err && rename(record->path, to) < 0)
		err = -errno;
	free(to);
	if (!err)
		err = record_reopen(record);
	if (!err)
		err = atomic_file_sync_parent(record->path);
	return err;
}

int record_sync(struct record *record)
{
	return fdatasync(record->fd) < 0 ? -errno : 0;
}

uint64_t record_seq(const struct record *record)
{
	return record->seq;
}

uint64_t record_size(const struct record *record)
{
	return (uint64_t)record->end;
}

int64_t record_since(const struct record *record)
{
	return record->since;
}

void record_set_write(struct record *record, record_write_fn write_fn)
{
	record->write = write_fn;
}

enum verdict {
	LINE_OTHER = 0, /* look at the line before */
	LINE_FOUND,
	LINE_NONE, /* no kernel event of these programs is here or before */
};

struct last_k {
	const char *boot;
	uint64_t *k;
};

static int judge_line(void *ctx, const json_t *json, const char *text, size_t len)
{
	const char *line_boot = json_string_value(json_object_get(json, "boot"));
	const char *event = json_string_value(json_object_get(json, "event"));
	const json_t *line_k = json_object_get(json, "k");
	const struct last_k *last = ctx;

	(void)text;
	(void)len;
	if (!line_boot || !event)
		return LINE_OTHER;
	if (strcmp(line_boot, last->boot) != 0)
		return LINE_NONE;
	if (json_is_integer(line_k)) {
		*last->k = (uint64_t)json_integer_value(line_k);
		return LINE_FOUND;
	}
	if (strcmp(event, "start") == 0 && json_is_false(json_object_get(json, "resumed")))
		return LINE_NONE;
	return LINE_OTHER;
}

int record_last_k(struct record *record, const char *boot, uint64_t *k)
{
	struct last_k last = { boot, k };
	int found = record_walk(record, judge_line, &last);

	return found < 0 ? found : found == LINE_FOUND;
}
