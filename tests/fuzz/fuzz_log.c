// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of a record, whatever they are: `log`'s filters, a table and CSV of them. The first byte
 * chooses the filter. What is printed is UTF-8 without what acts on a terminal, CSV has as many
 * fields in each row, and a line that was passed over by its text would not have matched.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fuzz_text.h"
#include "query/query_filter.h"
#include "query/query_print.h"

/* Lines of an input; those behind them would make it slow and find no more. */
#define LINES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

/* Fields of the record at @text, which RFC 4180 says how to read. */
FUZZ_CHECK static size_t fields(const char *text, size_t len)
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
	require(!row(fuzz_text_begin(), event));
	fuzz_text_end();
	return fields(fuzz_text, row == query_csv_row ? fuzz_text_len : 0);
}

static size_t csv_columns(void)
{
	static size_t n;

	if (!n) {
		query_csv_head(fuzz_text_begin());
		fuzz_text_end();
		n = fields(fuzz_text, fuzz_text_len);
	}
	return n;
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

static void take(const struct query_filter *filter, const char *line, size_t len)
{
	size_t columns = csv_columns();
	char why[QUERY_WHY_MAX] = "";
	json_t *event = NULL;
	enum query_match match = query_filter_line(filter, line, len, &event, why);

	require((match == QUERY_WRONG) == !!*why);
	check_guess(filter, line, len, match);
	if (match != QUERY_YES)
		return;
	print(query_table_row, event);
	require(print(query_csv_row, event) == columns);
	json_decref(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query_filter filter;
	const char *line, *end;

	if (!size)
		return 0;
	choose(data[0], &filter);
	line = (const char *)data + 1;
	size--;
	for (int i = 0; size && i < LINES; i++, line = end) {
		const char *newline = memchr(line, '\n', size);
		char *copy;
		size_t len;

		end = newline ? newline + 1 : line + size;
		len = (size_t)(end - line);
		/* A copy of its own, so that reading one byte too far is seen. */
		copy = malloc(len);
		require(copy);
		memcpy(copy, line, len);
		take(&filter, copy, len);
		free(copy);
		size -= len;
	}
	return 0;
}
