/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's lines from its end backwards: how a daemon finds where the one before it stopped. */
#ifndef INTERDICT_RECORD_TAIL_H
#define INTERDICT_RECORD_TAIL_H

#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

/*
 * Where the last whole line of @fd ends (behind its newline; 0: there is none), without the zeros
 * that a crash of the machine may leave. Returns 0 and *@end; -EFBIG: what is at the end is longer
 * than any line; -ENOMEM; -errno of reading.
 */
int record_tail_end(int fd, off_t *end);

/*
 * Called with each line, of @len bytes with its newline, and its JSON, NULL where it is none.
 * Returns 0 to go on, or what record_tail_walk() is to return.
 */
typedef int record_tail_fn(void *ctx, const json_t *event, const char *line, size_t len);

/*
 * The lines of @fd before @end (behind a newline), the last first. Returns 0: @each was called with
 * all of them; what it returned; -EFBIG: a line is longer than any of ours; -ENOMEM; -errno of
 * reading.
 */
int record_tail_walk(int fd, off_t end, record_tail_fn *each, void *ctx);

#endif
