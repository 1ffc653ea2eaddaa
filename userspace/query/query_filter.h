/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which lines of a record are asked for.
 *
 * A line without a backslash has no escapes, so each string of its JSON stands in it as it is. So
 * where it has none, and does not hold an order's name, a user's number or the plain part of a
 * path's pattern, it cannot match, and is not parsed.
 */
#ifndef INTERDICT_QUERY_FILTER_H
#define INTERDICT_QUERY_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "query_time.h"

/* Values of one option: more than anybody gives, and few enough to look for each in each line. */
#define QUERY_VALUES_MAX 64

struct query_values {
	const char *v[QUERY_VALUES_MAX];
	size_t n; /* 0: all will do */
};

/* A line matches where it has one of the values of each kind. The strings are the caller's. */
struct query_filter {
	int64_t since;		    /* ns since 1970, itself included; QUERY_TIME_MIN: any */
	int64_t until;		    /* itself not included; QUERY_TIME_MAX: any */
	struct query_values orders; /* as the one reported, or as one of "also" */
	struct query_values kinds;  /* of events */
	struct query_values ops;
	/* Paths, or patterns as of fnmatch(3) where "*" matches "/", too: of the file's path, as
	 * bytes. */
	struct query_values files;
	/* User IDs: of the process, or of the login session that it belongs to. */
	int64_t users[QUERY_VALUES_MAX];
	size_t n_users;
};

enum query_match {
	QUERY_NO,    /* it does not match */
	QUERY_YES,   /* it does, and is in *@event */
	QUERY_WRONG, /* it is no event */
	QUERY_NO_MEMORY,
};

/* Bytes of a reason why a line is no event. */
#define QUERY_WHY_MAX 256

void query_filter_init(struct query_filter *filter);

/* Whether @name is a kind of event. */
bool query_is_kind(const char *name);

/* What the text of a line says, if it is JSON. */
enum query_guess {
	QUERY_CANNOT, /* it cannot match */
	QUERY_MAY,
	QUERY_DOES,
};

/* Judge the line of @len bytes at @line without parsing it. */
enum query_guess query_filter_guess(const struct query_filter *filter, const char *line,
				    size_t len);

/*
 * Judge the line of @len bytes at @line, with its newline. *@event (a new reference) is set with
 * QUERY_YES, @why with QUERY_WRONG. A line that cannot match is not parsed, so QUERY_NO does not
 * say that it is an event.
 */
enum query_match query_filter_line(const struct query_filter *filter, const char *line, size_t len,
				   json_t **event, char why[QUERY_WHY_MAX]);

#endif
