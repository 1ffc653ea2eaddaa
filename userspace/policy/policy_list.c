// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hash lists. A line is blank, a comment (#), what sha256sum(1) writes ("HASH  NAME", "HASH *NAME",
 * with a backslash before HASH where NAME is escaped), or "HASH SIZE" with one space, and " NAME"
 * after it. Names are for people and not read.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_parse.h"

#define HASH_DIGITS 64U
/* A hash and a line feed: bounds the rows of a file by its length. */
#define LINE_MIN (HASH_DIGITS + 1)
static_assert(sizeof(struct policy_row) <= HASH_DIGITS, "a row is shorter than its line");

struct line {
	const char *text;
	size_t len;
	uint32_t number;
};

static void wrong(struct policy_errors *errs, const struct policy_list *list,
		  const struct line *line, size_t offset, const char *text)
{
	policy_errors_add(errs, POLICY_ERROR, list->file, line->number, (uint32_t)offset + 1, "%s",
			  text);
}

/* Digits from @offset on, to a space or the end. Returns where they end, or 0 after a report. */
static size_t read_size(const struct policy_list *list, const struct line *line, size_t offset,
			struct policy_errors *errs, uint64_t *size)
{
	const size_t start = offset;
	uint64_t n = 0;

	for (; offset < line->len && line->text[offset] != ' '; offset++) {
		unsigned int digit = (unsigned char)line->text[offset] - '0';

		if (digit > 9) {
			wrong(errs, list, line, offset,
			      "a size in bytes is a decimal number, and ends the line or a space "
			      "and a name follow");
			return 0;
		}
		if (n > ((uint64_t)INT64_MAX - digit) / 10) {
			wrong(errs, list, line, start, "this size is too large");
			return 0;
		}
		n = n * 10 + digit;
	}
	if (!n) {
		wrong(errs, list, line, start, "size 0 is the empty file, which cannot be banned");
		return 0;
	}
	if (line->text[start] == '0') {
		wrong(errs, list, line, start, "this size begins with a zero");
		return 0;
	}
	*size = n;
	return offset;
}

static bool read_row(const struct policy_list *list, const struct line *line,
		     struct policy_errors *errs, struct policy_row *row)
{
	bool escaped = line->text[0] == '\\';
	const char *text = line->text + escaped;
	size_t len = line->len - escaped;
	size_t digits = len < HASH_DIGITS ? len : HASH_DIGITS;
	size_t bad = 0;
	uint64_t size = 0;
	ssize_t ret;

	ret = policy_parse_hex(text, digits, row->sha256, sizeof(row->sha256), &bad);
	if (ret == -EINVAL && bad < digits && text[bad] != ' ') {
		wrong(errs, list, line, escaped + bad,
		      "not a hex digit; a line begins with a SHA-256");
		return false;
	}
	if (ret != sizeof(row->sha256)) {
		wrong(errs, list, line, escaped + (ret == -EINVAL ? bad : digits),
		      "a SHA-256 has 64 hex digits; this line has fewer");
		return false;
	}
	if (len > HASH_DIGITS + 2 && text[HASH_DIGITS] == ' ' &&
	    (text[HASH_DIGITS + 1] == ' ' || text[HASH_DIGITS + 1] == '*'))
		return true;
	if (!escaped && len > HASH_DIGITS + 1 && text[HASH_DIGITS] == ' ' &&
	    text[HASH_DIGITS + 1] != ' ' && text[HASH_DIGITS + 1] != '*') {
		if (!read_size(list, line, HASH_DIGITS + 1, errs, &size))
			return false;
		row->size = size;
		return true;
	}
	wrong(errs, list, line, escaped + HASH_DIGITS,
	      len > HASH_DIGITS && text[HASH_DIGITS] != ' ' ?
		      "after the SHA-256's 64 hex digits a space is needed" :
		      "after the SHA-256 come two spaces and a name, or one space and a size");
	return false;
}

/* Note that the row that comes next is of that line, unless it follows. */
static int note_line(struct policy_list *list, uint32_t line)
{
	const struct policy_jump *last = list->n_jumps ? &list->jumps[list->n_jumps - 1] : NULL;
	struct policy_jump *jumps;

	if (last && line - last->line == list->n_rows - last->row)
		return 0;
	/* A power of two: there is no room for more. */
	if (!list->jumps || !(list->n_jumps & (list->n_jumps - 1))) {
		jumps = reallocarray(list->jumps, list->n_jumps ? 2 * list->n_jumps : 1,
				     sizeof(*jumps));
		if (!jumps)
			return -ENOMEM;
		list->jumps = jumps;
	}
	list->jumps[list->n_jumps++] =
		(struct policy_jump){ .row = (uint32_t)list->n_rows, .line = line };
	return 0;
}

uint32_t policy_row_line(const struct policy_list *list, size_t row)
{
	size_t low = 0, high = list->n_jumps;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (list->jumps[middle].row <= row)
			low = middle;
		else
			high = middle;
	}
	return high ? list->jumps[low].line + (uint32_t)(row - list->jumps[low].row) : 0;
}

/* Into list->rows, which may be at @buf: a row is put where a longer line was that has been read.
 */
static int read_rows(const char *buf, size_t len, struct policy_list *list,
		     struct policy_errors *errs)
{
	const char *end = buf + len;
	struct line line = { 0 };
	const char *next;

	for (line.text = buf; line.text < end; line.text = next) {
		struct policy_row row = { 0 };
		const char *feed = memchr(line.text, '\n', (size_t)(end - line.text));

		line.number++;
		line.len = (size_t)((feed ? feed : end) - line.text);
		next = feed ? feed + 1 : end;
		if (line.len && line.text[line.len - 1] == '\r')
			wrong(errs, list, &line, line.len - 1,
			      "a carriage return: lines end in a line feed alone");
		else if (line.len && line.text[0] != '#' && read_row(list, &line, errs, &row)) {
			if (note_line(list, line.number))
				return -ENOMEM;
			list->n_sizeless += !row.size;
			memcpy(&list->rows[list->n_rows++], &row, sizeof(row));
		}
	}
	return 0;
}

static void give_back(struct policy_list *list)
{
	struct policy_row *rows = realloc(list->rows, (list->n_rows + 1) * sizeof(*rows));

	if (rows)
		list->rows = rows;
}

int policy_read_list(const char *buf, size_t len, struct policy_list *list,
		     struct policy_errors *errs)
{
	int err;

	list->rows = malloc((len / LINE_MIN + 1) * sizeof(*list->rows));
	if (!list->rows)
		return -ENOMEM;
	err = read_rows(buf, len, list, errs);
	give_back(list);
	return err;
}

int policy_read_list_over(char *buf, size_t len, struct policy_list *list,
			  struct policy_errors *errs)
{
	int err;

	list->rows = (struct policy_row *)buf;
	err = read_rows(buf, len, list, errs);
	give_back(list);
	return err;
}
