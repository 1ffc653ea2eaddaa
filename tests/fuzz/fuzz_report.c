// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of a record, whatever they are: the report on them. What is printed, as Markdown and HTML,
 * is UTF-8 without what acts on a terminal.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fuzz_sum.h"
#include "fuzz_text.h"
#include "query/query_filter.h"
#include "report/report.h"

/* Lines of an input, of which there may be many: an order begins, and another daemon. */
#define LINES 16
/* Printing takes as long as reading so many inputs. */
#define PRINTED 32

/* 2025-11-20 to 2026-11-20, or two days of it */
#define FROM  (1763625600 * QUERY_NS)
#define LATER (1794988800 * QUERY_NS)
#define TO    (1795161600 * QUERY_NS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct report *report, const char *line, size_t len)
{
	static struct query_filter all;
	char why[QUERY_WHY_MAX] = "";
	json_t *event = NULL;

	query_filter_init(&all);
	if (query_filter_line(&all, line, len, &event, why) != QUERY_YES) {
		report_add_wrong(report);
		return;
	}
	require(!report_add(report, event));
	json_decref(event);
}

static void print(const struct report *report,
		  int (*renderer)(const struct report *report, FILE *out))
{
	require(!renderer(report, fuzz_text_begin()));
	fuzz_text_end();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record_verified verified;
	bool printed = !(fuzz_sum(data, size) % PRINTED);
	const char *line, *end;
	struct report *report;

	if (!size)
		return 0;
	require(!report_new("record", data[0] & 128 ? LATER : FROM, TO, &report));
	line = (const char *)data + 1;
	size--;
	for (int i = 0; size && i < LINES; i++, line = end) {
		const char *newline = memchr(line, '\n', size);

		end = newline ? newline + 1 : line + size;
		take(report, line, (size_t)(end - line));
		size -= (size_t)(end - line);
	}
	require(!report_end(report, &verified, false));
	if (printed) {
		print(report, report_markdown);
		print(report, report_html);
	}
	report_free(report);
	return 0;
}
