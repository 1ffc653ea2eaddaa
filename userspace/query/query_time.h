/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times as people give them to `interdict log`, and as the record has them. */
#ifndef INTERDICT_QUERY_TIME_H
#define INTERDICT_QUERY_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QUERY_NS 1000000000LL
/* Before and behind all times of a record. */
#define QUERY_TIME_MIN INT64_MIN
#define QUERY_TIME_MAX INT64_MAX

/*
 * One of
 *	2026-11-22T10:00:00Z	RFC 3339 section 5.6, also with a fraction or an offset (+01:00)
 *	2026-11-22		a day of UTC: its begin, or with @end the begin of the next one
 *	2h			so long before @now (policy_parse_duration(): s, m, h, d)
 * to nanoseconds since 1970. Returns 0, or -EINVAL with *@why a sentence.
 */
int query_parse_time(const char *text, bool end, int64_t now, int64_t *ns, const char **why);

/* The time of a line, @len bytes at @text: RFC 3339 in UTC, a fraction allowed. */
bool query_line_time(const char *text, size_t len, int64_t *ns);

/* "2026-11-22T10:00:00Z", the fraction left out. Years 1970 to 9999. */
void query_format_time(int64_t ns, char buf[21]);

#endif
