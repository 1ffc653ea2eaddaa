/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first members of a line, read without parsing the rest.
 *
 * A record's lines are compact JSON and begin with v, seq, host, boot, [k,] time, event and, of
 * kernel events, op (event_line.h). A line that has this form, and is JSON without a key twice, has
 * these values; so a line can be passed over by them, but nothing be taken from a line that was not
 * parsed.
 */
#ifndef INTERDICT_QUERY_HEAD_H
#define INTERDICT_QUERY_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct query_word {
	const char *text; /* in the line; NULL: none */
	size_t len;
};

struct query_head {
	uint64_t seq;
	struct query_word time, event;
	struct query_word op; /* of kernel events */
};

/* Read @len bytes at @line. False: it does not have the form, which says nothing about it. */
bool query_head_read(const char *line, size_t len, struct query_head *head);

/* Whether @word is the string @text. */
bool query_word_is(const struct query_word *word, const char *text);

#endif
