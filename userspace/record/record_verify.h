/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a record is whole and in order, as far as it can be known from its lines and a public
 * key.
 *
 * Every line names the digest of the one before, and a checkpoint's signature covers its own line.
 * So the last checkpoint whose signature is right proves each line before it, if the chain holds.
 * What is behind it is chained only: who can write the file can write that anew. Lines that were
 * cut off at the end with the checkpoints among them leave nothing to see; that takes a checkpoint
 * that was sent elsewhere (@expected). Lines that are missing at the beginning are seen by the
 * "first" of the last checkpoint.
 *
 * Where a line does not name the one before it, one of the two was changed, or others were put in
 * or taken out between them. The line behind them tells which: if it names the second, that is as
 * it was written.
 */
#ifndef INTERDICT_RECORD_VERIFY_H
#define INTERDICT_RECORD_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checkpoint.h"
#include "record_files.h"
#include "record_key.h"

#define RECORD_TIME_LEN	 48
#define RECORD_WHY_MAX	 256
#define RECORD_PLACE_MAX 4096

struct record_verified {
	uint64_t lines;
	uint64_t first, last;	     /* seq of the first and the last line; 0: there is none */
	uint64_t checkpoints;	     /* whose signature is right */
	struct checkpoint_at proved; /* the last of these before anything wrong */
	char proved_time[RECORD_TIME_LEN]; /* its time, "" without one */
	uint64_t unproved;		   /* lines behind it, which are chained only */
	uint64_t torn;			   /* bytes of half a line at the end */
	/* the first that is wrong */
	bool wrong;
	char file[RECORD_PLACE_MAX]; /* "": it is about no line */
	uint64_t line;		     /* its number in that file */
	uint64_t seq;		     /* what it says to be, 0: nothing */
	char why[RECORD_WHY_MAX];
};

struct record_verify_options {
	struct record_key *const *keys; /* any of which may have signed */
	size_t n_keys;
	bool part; /* lines may be missing at the beginning */
	/* A checkpoint that the record must have (checkpoint_read()); seq 0: none. */
	struct checkpoint_at expected;
};

/*
 * A checkpoint by itself: @len bytes at @text, with or without a newline, signed by one of @keys.
 * Returns 0 and *@at; -EBADMSG with a reason in @why.
 */
int record_expect(const char *text, size_t len, struct record_key *const *keys, size_t n,
		  struct checkpoint_at *at, char why[RECORD_WHY_MAX]);

/*
 * Verify the record in @files. Returns 0 and fills *@ret, whether it is right or wrong; -ENOMEM or
 * -errno of reading, with the file's name in @ret->file.
 */
int record_verify(const struct record_files *files, const struct record_verify_options *options,
		  struct record_verified *ret);

#endif
