// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CSV as in RFC 4180, with what abuse.ch writes besides: a space behind a comma, and comments. A
 * quoted field may hold line ends: names of files are chosen by those whose files these are, and
 * must not become rows of their own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "import_internal.h"

static size_t skip_blanks(const char *text, size_t at, size_t len)
{
	while (at < len && (text[at] == ' ' || text[at] == '\t'))
		at++;
	return at;
}

/* The field in quotes that begins at *@at, made plain where it stands: "" is one quote. */
static const char *quoted(struct import_field *field, char *text, size_t *at, size_t len)
{
	size_t from = *at + 1;
	size_t to = from;

	field->text = text + from;
	while (from < len) {
		if (text[from] == '"') {
			if (from + 1 == len || text[from + 1] != '"')
				break;
			from++;
		}
		text[to++] = text[from++];
	}
	if (from >= len)
		return "a quote is not closed";
	field->len = (size_t)(text + to - field->text);
	*at = skip_blanks(text, from + 1, len);
	if (*at < len && text[*at] != ',')
		return "text behind the closing quote of a field";
	return NULL;
}

static const char *plain(struct import_field *field, char *text, size_t *at, size_t len)
{
	char *comma = memchr(text + *at, ',', len - *at);
	size_t end = comma ? (size_t)(comma - text) : len;

	field->text = text + *at;
	field->len = end - *at;
	*at = end;
	if (memchr(field->text, '"', field->len))
		return "a quote inside of a field without quotes";
	while (field->len && strchr(" \t", field->text[field->len - 1]))
		field->len--;
	return NULL;
}

bool import_csv_split(struct import_csv *csv, char *text, size_t len)
{
	size_t at = 0;

	csv->n = 0;
	csv->wrong = NULL;
	if (memchr(text, '\0', len)) {
		csv->wrong = "a NUL";
		return false;
	}
	for (;;) {
		struct import_field *field = &csv->fields[csv->n];

		if (csv->n == IMPORT_CSV_FIELDS_MAX) {
			csv->wrong = "too many columns";
			return false;
		}
		at = skip_blanks(text, at, len);
		csv->wrong = at < len && text[at] == '"' ? quoted(field, text, &at, len) :
							   plain(field, text, &at, len);
		if (csv->wrong)
			return false;
		csv->n++;
		if (at >= len)
			break;
		at++;
	}
	/* Only now: the end of a plain field is the comma. */
	for (size_t i = 0; i < csv->n; i++)
		csv->fields[i].text[csv->fields[i].len] = '\0';
	return true;
}

/* Whether a quote is open at the end: an odd number of them, as one inside is two. */
static bool is_open(const char *text, size_t len)
{
	bool open = false;

	for (size_t i = 0; i < len; i++)
		open ^= text[i] == '"';
	return open;
}

/* The line and the next ones, until no quote is open. */
static int join(struct import_csv *csv, struct import_input *in, const struct import_line *line,
		size_t *ret_len)
{
	struct import_line next = *line;
	size_t len = 0;
	bool open = false;

	if (!csv->record)
		csv->record = malloc(IMPORT_LINE_MAX + 2);
	if (!csv->record)
		return -ENOMEM;
	do {
		int ret;

		if (len + next.len + 1 > IMPORT_LINE_MAX || next.cut)
			goto endless;
		memcpy(csv->record + len, next.text, next.len);
		len += next.len;
		open ^= is_open(next.text, next.len);
		if (!open)
			break;
		csv->record[len++] = '\n';
		ret = import_next_line(in, &next);
		if (ret < 0)
			return ret;
		if (!ret)
			goto endless;
	} while (true);
	*ret_len = len;
	return 0;
endless:
	policy_errors_add(in->im->errs, POLICY_ERROR, in->im->file, csv->at.line, csv->at.col,
			  "a quote in this record is never closed");
	return -EBADMSG;
}

int import_csv_record(struct import_csv *csv, struct import_input *in,
		      const struct import_line *line)
{
	size_t len;
	int err;

	csv->at = (struct import_place){ line->number, 1 };
	if (line->cut) {
		csv->n = 0;
		csv->wrong = "the line is longer than 64 KiB";
		return 0;
	}
	if (!is_open(line->text, line->len)) {
		import_csv_split(csv, line->text, line->len);
		return 0;
	}
	err = join(csv, in, line, &len);
	if (!err)
		import_csv_split(csv, csv->record, len);
	return err;
}

void import_csv_free(struct import_csv *csv)
{
	free(csv->record);
	csv->record = NULL;
}
