/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON objects as CSV (RFC 4180), each record ending in CR and LF. Control characters are escaped
 * as in escape.h. A field that a spreadsheet could take for a formula, or that begins with an
 * apostrophe, has an apostrophe before it.
 */
#ifndef INTERDICT_CSV_H
#define INTERDICT_CSV_H

#include <stddef.h>
#include <stdio.h>
#include <jansson.h>

struct csv_column {
	const char *title;
	const char *object; /* the key of the member that has the value; NULL: the object itself */
	const char *key;
};

/* The value of a column in @json, borrowed; NULL: there is none. */
const json_t *csv_member(const json_t *json, const char *object, const char *key);

/* The first record: the columns' titles. */
void csv_head(FILE *out, const struct csv_column *columns, size_t n);
/*
 * A record: strings, numbers, booleans, and arrays of strings with spaces between them; all else is
 * empty. Returns 0 or -ENOMEM; errors of writing are left in @out.
 */
int csv_row(FILE *out, const struct csv_column *columns, size_t n, const json_t *json);

#endif
