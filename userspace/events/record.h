/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: a file of events, a JSON line each, that only grows. Each line carries its position
 * ("seq") and the SHA-256 of the line before it ("prev"), so that a line cannot be taken out
 * without being missed.
 *
 * A line is written by one write(2). What a killed writer left without a newline is cut off when
 * the file is opened: such an event is still in the ring (event_consume.h).
 *
 * Rotation: rename the file to NAME.1 and call record_reopen(). Position and chain go on.
 */
#ifndef INTERDICT_RECORD_H
#define INTERDICT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

/* Bytes of a line: a path and an exe of which each byte is escaped (5 bytes as JSON) fit twice. */
#define RECORD_LINE_MAX (64U << 10)

struct record;

/* What record_open() found. */
struct record_found {
	uint64_t lines;	  /* seq of the last line; 0: a new record */
	uint64_t torn;	  /* bytes without a newline that were cut off */
	uint64_t damaged; /* lines at the end that are not a record's; they were left */
};

/*
 * Open the record at @path, or make it (mode 0600; its directory must exist). Returns 0, sets *@ret
 * (free with record_close()) and fills *@found; -ENOMEM; -EFBIG: the last line is longer than
 * RECORD_LINE_MAX, so this is no record; another -errno of open, read or ftruncate.
 */
int record_open(const char *path, struct record **ret, struct record_found *found);
void record_close(struct record *record);

/*
 * Set "seq" and "prev" of @event (borrowed) and append it. Returns 0 and the line, with its
 * newline, in a buffer of @record that lasts until the next call; on an error the file is as it was
 * before: -ENOSPC, -EIO ... of write(2); -ENOMEM; -E2BIG: longer than RECORD_LINE_MAX.
 */
int record_append(struct record *record, json_t *event, const char **line, size_t *len);

/* Close the file and open its path anew, going on with position and chain. Returns 0, or -errno
 * and goes on with the file it had. */
int record_reopen(struct record *record);

/* Write to the disk what was appended. Returns 0 or -errno. */
int record_sync(struct record *record);

/* seq of the last line. */
uint64_t record_seq(const struct record *record);

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
