/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as rows: of a table for people, and of CSV for other programs. */
#ifndef INTERDICT_QUERY_PRINT_H
#define INTERDICT_QUERY_PRINT_H

#include <stdio.h>
#include <jansson.h>

/* The first row: the columns' names. */
void query_table_head(FILE *out);
/*
 * A row of a table, safe for a terminal. Returns 0 or -ENOMEM; errors of writing are left in @out.
 */
int query_table_row(FILE *out, const json_t *event);

void query_csv_head(FILE *out);
/* A record as csv.h has it. Returns as query_table_row(). */
int query_csv_row(FILE *out, const json_t *event);

#endif
