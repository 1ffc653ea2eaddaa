// SPDX-License-Identifier: GPL-2.0-or-later
/* Imports: the rows that the formats find, and what is refused of them. */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "import_internal.h"

struct format {
	const char *name;
	int (*read)(struct import *im, struct import_input *in);
	bool has_title;
};

static const struct format formats[] = {
	[IMPORT_SHA256SUM] = { "sha256sum", import_sha256sum, false },
	[IMPORT_SANTA] = { "santa", import_santa, false },
	[IMPORT_STIX] = { "stix", import_stix, true },
	[IMPORT_MISP] = { "misp", import_misp, true },
	[IMPORT_ABUSECH] = { "abusech", import_abusech, false },
	[IMPORT_BLACKLIST] = { "blacklist", import_blacklist, false },
};
static_assert(sizeof(formats) / sizeof(formats[0]) == IMPORT_FORMAT_COUNT, "each has a row");

const char *import_format_name(enum import_format format)
{
	return format < IMPORT_FORMAT_COUNT ? formats[format].name : "?";
}

int import_format_parse(const char *name, enum import_format *format)
{
	for (size_t i = 0; i < IMPORT_FORMAT_COUNT; i++)
		if (!strcmp(formats[i].name, name)) {
			*format = (enum import_format)i;
			return 0;
		}
	return -EINVAL;
}

bool import_format_has_title(enum import_format format)
{
	return format < IMPORT_FORMAT_COUNT && formats[format].has_title;
}

/* ---- rows ---- */

static bool is_printable_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

const char *import_text(struct import *im, const char *text, size_t len, size_t max)
{
	const char *copy;
	char *safe;

	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	if (len > max) {
		/* Not inside of a character. */
		for (len = max; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
			;
	}
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	if (!len)
		return NULL;
	if (is_printable_ascii(text, len))
		return policy_arena_text(im->arena, text, len);
	safe = escape_name(text, len, ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	copy = safe ? policy_arena_text(im->arena, safe, strlen(safe)) : NULL;
	free(safe);
	return copy;
}

static void too_many(struct import *im, const struct import_place *at)
{
	policy_errors_add(im->errs, POLICY_ERROR, im->file, at->line, at->col,
			  "more than %u rows, which a policy cannot hold", IMPORT_ROWS_MAX);
}

static int append(struct import *im, const struct import_row *row)
{
	size_t cap = im->cap ? im->cap * 2 : 64;
	struct import_row *rows;

	if (im->n_rows >= IMPORT_ROWS_MAX) {
		too_many(im, &row->at);
		return -EFBIG;
	}
	if (im->n_rows == im->cap) {
		rows = realloc(im->rows, cap * sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		im->rows = rows;
		im->cap = cap;
	}
	im->rows[im->n_rows++] = *row;
	return 0;
}

int import_add(struct import *im, enum import_kind kind, const uint8_t value[32], uint64_t size,
	       const char *note, const struct import_place *at)
{
	static const uint8_t empty[32] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
		0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
		0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
	};
	struct import_row row = { .size = size, .at = *at, .kind = (uint8_t)kind };
	int ret;

	if (kind == IMPORT_KIND_SHA256 && !memcmp(value, empty, sizeof(empty))) {
		import_refuse(im, IMPORT_EMPTY_FILE, at, "%s", note ? note : "");
		return 0;
	}
	memcpy(row.value, value, sizeof(row.value));
	if (note)
		row.note = import_text(im, note, strlen(note), IMPORT_NOTE_MAX);
	ret = append(im, &row);
	if (!ret)
		im->seen++;
	return ret;
}

/* Whether @text is hex of 32 bytes; else a sentence about it. */
static const char *read_value(const char *text, size_t len, uint8_t value[32])
{
	size_t bad = 0;
	ssize_t ret = policy_parse_hex(text, len, value, 32, &bad);

	if (ret == -EINVAL && bad < len)
		return "has characters that are no hex digits";
	return ret == 32 ? NULL : "does not have the 64 hex digits of a SHA-256";
}

int import_add_hex(struct import *im, enum import_kind kind, const char *text, size_t len,
		   uint64_t size, const char *note, const struct import_place *at)
{
	uint8_t value[32];
	const char *why = read_value(text, len, value);

	if (!why)
		return import_add(im, kind, value, size, note, at);
	import_refuse(im, IMPORT_MALFORMED, at, "\"%.*s\" %s", len < 140 ? (int)len : 140, text,
		      why);
	return 0;
}

int import_add_lift(struct import *im, enum import_kind kind, const char *text, size_t len,
		    const struct import_place *at)
{
	struct import_row row = { .at = *at, .kind = (uint8_t)kind, .lifts = true };

	return read_value(text, len, row.value) ? 0 : append(im, &row);
}

static void tell_refused(struct import *im, enum import_reason reason,
			 const struct import_place *at, const char *what)
{
	im->refused[reason]++;
	if (im->options->refused)
		im->options->refused(im->options->context, reason, at, what);
}

void import_refuse(struct import *im, enum import_reason reason, const struct import_place *at,
		   const char *fmt, ...)
{
	char what[1024];
	va_list args;

	im->seen++;
	what[0] = '\0';
	if (im->options->refused) {
		va_start(args, fmt);
		vsnprintf(what, sizeof(what), fmt, args);
		va_end(args);
	}
	tell_refused(im, reason, at, what);
}

void import_take_back(struct import *im, size_t i, enum import_reason reason, const char *what)
{
	struct import_row *row = &im->rows[i];

	if (row->gone || row->lifts)
		return;
	row->gone = true;
	tell_refused(im, reason, &row->at, what);
}

uint64_t import_refused(const struct import *im)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < IMPORT_REASON_COUNT; i++)
		sum += im->refused[i];
	return sum;
}

/* ---- reading ---- */

static void count(struct import *im)
{
	for (size_t i = 0; i < im->n_rows; i++) {
		if (im->rows[i].gone || im->rows[i].lifts)
			continue;
		im->imported++;
		im->n_kind[im->rows[i].kind]++;
	}
}

void import_free(struct import *im)
{
	if (!im)
		return;
	policy_arena_free(im->arena);
	free(im->rows);
	free(im->file);
	free(im);
}

int import_read(struct import_source *source, const char *file, enum import_format format,
		const struct import_options *options, struct import **ret,
		struct policy_errors *errs)
{
	struct import *im = calloc(1, sizeof(*im));
	struct import_input in = { 0 };
	int err;

	if (!im)
		return -ENOMEM;
	im->format = format;
	im->options = options;
	im->errs = errs;
	im->file = strdup(file);
	im->arena = policy_arena_new();
	err = im->file && im->arena ? import_input_open(&in, im, source) : -ENOMEM;
	if (!err)
		err = formats[format].read(im, &in);
	import_input_close(&in);
	if (!err)
		err = import_find_duplicates(im);
	if (err) {
		import_free(im);
		return err;
	}
	count(im);
	*ret = im;
	return 0;
}
