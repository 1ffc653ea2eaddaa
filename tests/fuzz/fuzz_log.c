// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of a record, whatever they are: `log`'s filters, a table and CSV of them, and a report on
 * them. The first byte chooses the filter. What is printed is UTF-8 without what acts on a
 * terminal, CSV has as many fields in each row, and a line that was passed over by its text would
 * not have matched.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_utf8.h"
#include "query/query_filter.h"
#include "query/query_print.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void choose(uint8_t bits, struct query_filter *filter)
{
	query_filter_init(filter);
	if (bits & 1)
		filter->orders.v[filter->orders.n++] = "ca-wechat";
	if (bits & 2) {
		filter->files.v[filter->files.n++] = "/opt/*/w[a-f]*";
		filter->files.v[filter->files.n++] = "/mnt/f";
	}
	if (bits & 4)
		filter->users[filter->n_users++] = 1000;
	if (bits & 8)
		filter->kinds.v[filter->kinds.n++] = "denied";
	if (bits & 16)
		filter->ops.v[filter->ops.n++] = "exec";
	if (bits & 32)
		filter->since = 1763625600 * QUERY_NS;
	if (bits & 64)
		filter->until = 1795161600 * QUERY_NS;
}

/* Newlines and, of CSV, the carriage returns before them are ours. */
static void check_text(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t n = policy_utf8_length(s + i, len - i);

		require(n);
		if (s[i] == '\r')
			require(i + 1 < len && s[i + 1] == '\n');
		else if (s[i] != '\n')
			require(!policy_utf8_refused(s + i, n) && s[i] != '\t');
		i += n;
	}
}

/* Fields of the record at @text, which RFC 4180 says how to read. */
static size_t fields(const char *text, size_t len)
{
	bool quoted = false;
	size_t n = 1;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == ',' && !quoted)
			n++;
	}
	require(!quoted);
	return n;
}

static size_t print(int (*row)(FILE *out, const json_t *event), const json_t *event)
{
	char *text = NULL;
	size_t len = 0, n;
	FILE *out = open_memstream(&text, &len);

	require(out && !row(out, event) && !fclose(out));
	check_text(text, len);
	n = fields(text, row == query_csv_row ? len : 0);
	free(text);
	return n;
}

static size_t csv_columns(void)
{
	char *text = NULL;
	size_t len = 0, n;
	FILE *out = open_memstream(&text, &len);

	require(out);
	query_csv_head(out);
	require(!fclose(out));
	n = fields(text, len);
	free(text);
	return n;
}

static void render(const struct report *report,
		   int (*renderer)(const struct report *report, FILE *out))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	require(out && !renderer(report, out) && !fclose(out));
	check_text(text, len);
	free(text);
}

/* The same line with a key in front that only a parser passes over has no form that could be
 * judged by; it matches or not as before. */
static void check_guess(const struct query_filter *filter, const char *line, size_t len,
			enum query_match match)
{
	static const char key[] = "{\"\\u007a\":0,";
	char why[QUERY_WHY_MAX];
	enum query_match again;
	json_t *event = NULL;
	char *other;

	if (line[0] != '{' || match == QUERY_WRONG)
		return;
	other = malloc(len + sizeof(key));
	require(other);
	memcpy(other, key, sizeof(key) - 1);
	memcpy(other + sizeof(key) - 1, line + 1, len - 1);
	again = query_filter_line(filter, other, len + sizeof(key) - 2, &event, why);
	/* What was passed over need not be JSON, or has that key. */
	require(again == match || (again == QUERY_WRONG && match == QUERY_NO) ||
		(again == QUERY_WRONG && memmem(line, len, "z", 1)) ||
		memmem(line, len, "\\u007", 5));
	if (again == QUERY_YES)
		json_decref(event);
	free(other);
}

static void take(const struct query_filter *filter, struct report *report, const char *line,
		 size_t len)
{
	char why[QUERY_WHY_MAX] = "";
	struct query_filter all;
	json_t *event = NULL;
	enum query_match match = query_filter_line(filter, line, len, &event, why);

	require((match == QUERY_WRONG) == !!*why);
	check_guess(filter, line, len, match);
	if (match == QUERY_YES) {
		print(query_table_row, event);
		require(print(query_csv_row, event) == csv_columns());
		json_decref(event);
	}
	query_filter_init(&all);
	match = query_filter_line(&all, line, len, &event, why);
	if (match != QUERY_YES) {
		report_add_wrong(report);
		return;
	}
	require(!report_add(report, event));
	json_decref(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record_verified verified;
	struct query_filter filter;
	struct report *report;
	const char *line, *end;
	/* A report costs as much as twenty inputs. */
	bool rendered = size % 16 == 0;

	if (!size)
		return 0;
	choose(data[0], &filter);
	/* 2025-11-20 to 2026-11-20, or two days of it */
	require(!report_new("record", (data[0] & 128 ? 1794988800 : 1763625600) * QUERY_NS,
			    1795161600 * QUERY_NS, &report));
	line = (const char *)data + 1;
	for (size--; size; line += end - line) {
		const char *newline = memchr(line, '\n', size);
		char *copy;
		size_t len;

		end = newline ? newline + 1 : line + size;
		len = (size_t)(end - line);
		/* A copy of its own, so that reading one byte too far is seen. */
		copy = malloc(len);
		require(copy);
		memcpy(copy, line, len);
		take(&filter, report, copy, len);
		free(copy);
		size -= len;
	}
	require(!report_end(report, &verified, false));
	if (rendered) {
		render(report, report_markdown);
		render(report, report_html);
	}
	report_free(report);
	return 0;
}
