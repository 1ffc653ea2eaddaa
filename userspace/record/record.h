/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: a file of events, a JSON line each, that only grows. Each line carries its position
 * ("seq") and the SHA-256 of the line before it ("prev"), so that a line cannot be taken out
 * without being missed; from time to time one is a checkpoint, which signs all before it
 * (checkpoint.h).
 *
 * What would act on a terminal is escaped in a line (escape_json()), so that it may be shown as it
 * is.
 *
 * A line is written by one write(2). What a killed writer left without a newline is cut off when
 * the file is opened: such an event is still in the ring (event_consume.h).
 *
 * Rotation: record_rotate(); or who does it renames the file to NAME.1 or NAME-DATE
 * (record_files.h) and has record_reopen() called. Position and chain go on.
 */
#ifndef INTERDICT_RECORD_H
#define INTERDICT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "checkpoint.h"
#include "record_tail.h"

/* Bytes of a line: a path and an exe of which each byte is escaped (6 bytes as JSON) fit twice. */
#define RECORD_LINE_MAX (64U << 10)

struct record;

/* What record_open() found. */
struct record_found {
	uint64_t lines;	  /* seq of the last line; 0: a new record */
	uint64_t torn;	  /* bytes without a newline that were cut off */
	uint64_t damaged; /* lines at the end that are not a record's; they were left */
	uint64_t cut;	  /* lines at the end that are not there any more */
	bool foreign;	  /* the kept checkpoint's line is another */
};

/*
 * Open the record at @path, or make it (mode 0600; its directory must exist). @kept is the last
 * checkpoint as it was kept elsewhere (seq 0: none was): a record that ends before it goes on
 * behind it. Returns 0, sets *@ret (free with record_close()) and fills *@found; -ENOMEM; -EFBIG:
 * the last line is longer than RECORD_LINE_MAX, so this is no record; another -errno of open, read
 * or ftruncate.
 */
int record_open(const char *path, const struct checkpoint_at *kept, struct record **ret,
		struct record_found *found);
void record_close(struct record *record);

/*
 * Set "seq" and "prev" of @event (borrowed) and append it. Returns 0 and the line, with its
 * newline, in a buffer of @record that lasts until the next call; on an error the file is as it was
 * before: -ENOSPC, -EIO ... of write(2); -ENOMEM; -E2BIG: longer than RECORD_LINE_MAX.
 */
int record_append(struct record *record, json_t *event, const char **line, size_t *len);

/* The same of a checkpoint, made by checkpoint_fill(), that @key signs. Also -EIO of signing. */
int record_append_checkpoint(struct record *record, json_t *event, const struct record_key *key,
			     const char **line, size_t *len);

/* The last checkpoint; its seq is 0 where there is none. */
const struct checkpoint_at *record_checkpoint(const struct record *record);

/* Rename the file to NAME-DATE-SEQ, SEQ that of its last line, and begin a new one. Returns 0 or
 * -errno and goes on with the file that it had, under its old or its new name. */
int record_rotate(struct record *record);

/* Close the file and open its path anew, going on with position and chain. Returns 0, or -errno
 * and goes on with the file it had. */
int record_reopen(struct record *record);

/* Write to the disk what was appended. Returns 0 or -errno. */
int record_sync(struct record *record);

/* Bytes of the file that grows, and the time of its first line, in seconds since 1970 (0: not
 * known, or there is none). */
uint64_t record_size(const struct record *record);
int64_t record_since(const struct record *record);

/* seq of the last line. */
uint64_t record_seq(const struct record *record);

/* record_tail_walk() of the record and of the files before it: its lines, the last first. */
int record_walk(const struct record *record, record_tail_fn *each, void *ctx);

/*
 * The kernel's sequence number of the last kernel event that is in the record for these programs:
 * the lines from the end back to where they were first started on (see event_line.h). Returns 1 and
 * sets *@k; 0: there is none; -errno of reading.
 */
int record_last_k(struct record *record, const char *boot, uint64_t *k);

/* For tests: what appends use instead of write(2). */
typedef ssize_t (*record_write_fn)(int fd, const void *buf, size_t len);
void record_set_write(struct record *record, record_write_fn write_fn);

#endif
