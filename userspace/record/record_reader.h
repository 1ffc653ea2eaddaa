/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a record, from the first on, through all of its files. */
#ifndef INTERDICT_RECORD_READER_H
#define INTERDICT_RECORD_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_files.h"

struct record_line {
	const char *file;
	uint64_t number;  /* of the line in that file, from 1 */
	const char *text; /* lasts until the next call */
	size_t len; /* bytes, with the newline; of a line longer than RECORD_LINE_MAX the first of
		       them */
	bool whole; /* ends in a newline */
	bool too_long;
};

struct record_reader;

/* Read @files, which stay the caller's and must last. Returns 0 and *@ret (record_reader_free()),
 * or -ENOMEM. */
int record_reader_new(const struct record_files *files, struct record_reader **ret);
void record_reader_free(struct record_reader *reader);

/*
 * Returns 1 and fills *@line; 0 at the end; -EBADMSG: what is packed is damaged; another -errno of
 * opening or reading. Behind an error line->file says where.
 */
int record_reader_next(struct record_reader *reader, struct record_line *line);

#endif
