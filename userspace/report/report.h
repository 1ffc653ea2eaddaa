/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a record says of a time, for an auditor: how much was refused by which order, of whom and
 * where; when the device was enforcing and when nobody recorded; which policies were in force; what
 * is missing; and whether the record is proved. The same record and times give the same text.
 */
#ifndef INTERDICT_REPORT_H
#define INTERDICT_REPORT_H

#include <stdint.h>
#include <stdio.h>
#include <jansson.h>

#include "record/record_verify.h"

struct report;

/* A report of the time from @from to before @to (ns since 1970, @from before @to) on the record
 * that is called @record. Returns 0 and *@ret (report_free()); -EINVAL: the times are none;
 * -ENOMEM. */
int report_new(const char *record, int64_t from, int64_t to, struct report **ret);
void report_free(struct report *report);

/* Take the next line of the record, from its first on: those before @from say what was the case
 * then. Returns 0 or -ENOMEM. */
int report_add(struct report *report, const json_t *event);

/* A line that is no event. */
void report_add_wrong(struct report *report);

/* There are no more lines; @verified is what record_verify() said of them, @expected whether a
 * checkpoint from elsewhere was looked for. Then comes the text. Returns 0 or -ENOMEM. */
int report_end(struct report *report, const struct record_verified *verified, bool expected);

/* Write the text to @out. Returns 0 or -ENOMEM; errors of writing are left in @out. */
int report_markdown(const struct report *report, FILE *out);
/* One file without references to others, charts as SVG. */
int report_html(const struct report *report, FILE *out);

#endif
