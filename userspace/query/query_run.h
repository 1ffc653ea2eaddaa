/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of a record that match, in their order. */
#ifndef INTERDICT_QUERY_RUN_H
#define INTERDICT_QUERY_RUN_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "query_filter.h"
#include "record/record_files.h"

/* Bytes of the name of a file of the record. */
#define QUERY_PLACE_MAX 4096
/* Matches that are kept until the end where the last ones are asked for. */
#define QUERY_LAST_MAX 100000

struct query_result {
	uint64_t lines;	  /* of the record */
	uint64_t matched; /* of these, also those before the last ones */
	uint64_t wrong;
	uint64_t torn; /* bytes of half a line at the very end, which may be being written */
	char file[QUERY_PLACE_MAX]; /* behind an error: where */
};

struct query_sink {
	/* A line that matches: @len bytes at @line, with its newline, and the same parsed. Returns
	 * 0; another value ends the query with it. */
	int (*match)(void *ctx, const char *line, size_t len, const json_t *event);
	/* A line that is no event. */
	void (*wrong)(void *ctx, const char *file, uint64_t number, const char *why);
	void *ctx;
};

/*
 * Hand the lines of @files that match @filter to @sink: all (@last is 0), or the last @last (at
 * most QUERY_LAST_MAX) of them. Returns 0, or the sink's value; -ENOMEM; -ESTALE: the record was
 * rotated meanwhile, so that lines may be missing; as record_reader_next(). *@result is filled in
 * each case.
 */
int query_run(const struct record_files *files, const struct query_filter *filter, size_t last,
	      const struct query_sink *sink, struct query_result *result);

#endif
