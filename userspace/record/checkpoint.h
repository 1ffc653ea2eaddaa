/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checkpoints: events by which the device signs all of the record up to there.
 *
 *	v seq host boot time event:"checkpoint" reason key first previous{seq digest} lost prev
 *signature
 *
 * "key" is the ID of the key (record_key.h). "first" is the seq of the oldest line that the record
 * still has. "previous" is the checkpoint before: its seq, and the SHA-256 of its line with the
 * newline; null in the first. "signature" is the last member: base64 (RFC 4648) of the signature of
 * the line without it, as it would be then, ending in "}" and no newline. As "prev" is signed, so
 *is the line before, and with that one's "prev" each before it.
 */
#ifndef INTERDICT_CHECKPOINT_H
#define INTERDICT_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <jansson.h>

#include "record_key.h"

/* A line's digest in hex, and NUL. */
#define CHECKPOINT_DIGEST_LEN 65

/* Which line a checkpoint is. seq 0: none. */
struct checkpoint_at {
	uint64_t seq;
	char digest[CHECKPOINT_DIGEST_LEN];
};

/* The digest of @len bytes at @line, with its newline. */
void checkpoint_digest(const char *line, size_t len, char digest[CHECKPOINT_DIGEST_LEN]);

/* Add the members of a checkpoint to @event, which event_begin() made. Returns 0 or -ENOMEM. */
int checkpoint_fill(json_t *event, const char *reason, const struct record_key *key, uint64_t first,
		    const struct checkpoint_at *previous);

/*
 * Sign @len bytes at @line, an object without newline, whose last byte is "}"; the signature goes
 * into it. @line has room for @max bytes. Returns the new length; -E2BIG, with anything at @line;
 * -EIO: as record_key_sign().
 */
ssize_t checkpoint_sign(const struct record_key *key, char *line, size_t len, size_t max);

/* Whether a line is a checkpoint: by its member "event". */
bool checkpoint_is(const json_t *event);

/*
 * What is wrong with the checkpoint @event that is @len bytes at @line, with or without newline:
 * NULL, *@first and *@previous if it is whole and its signature that of one of @n @keys; else a
 * reason, a string literal.
 */
const char *checkpoint_verify(const json_t *event, const char *line, size_t len,
			      struct record_key *const *keys, size_t n, uint64_t *first,
			      struct checkpoint_at *previous);

#endif
