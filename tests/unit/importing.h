/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Imports in tests: what becomes of a text, as two short texts to compare with. */
#ifndef INTERDICT_TEST_IMPORTING_H
#define INTERDICT_TEST_IMPORTING_H

#include <stdlib.h>

#include "rejections.h"
#include "userspace/import/import.h"

/* Hashes in samples: made up, each known by its first and last digits. */
#define HASH1  "1111111111111111111111111111111111111111111111111111111111110001"
#define HASH2  "2222222222222222222222222222222222222222222222222222222222220002"
#define HASH3  "3333333333333333333333333333333333333333333333333333333333330003"
#define EMPTY  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MD5    "44444444444444444444444444440004"
#define SHA1   "5555555555555555555555555555555555550005"
#define SHA224 "66666666666666666666666666666666666666666666666666660006"
#define SHA384 \
	"777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777770007"
#define SHA512 HASH1 HASH2

/* 2024-01-01T00:00:00Z, when these tests are. */
#define IMPORT_NOW 1704067200

struct imported {
	/* Cut where they are longer, as tests of thousands do not look at them. */
	char rows[2048];    /* "1111 77 note; cert 2222" */
	char refused[2048]; /* "2:1 md5; 3:7 malformed: what" */
	size_t n_refused;
};

__attribute__((format(printf, 3, 4))) static inline void import_say(char *text, size_t size,
								    const char *fmt, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + used, size - used, fmt, args);
	va_end(args);
}

static inline void import_note_refused(void *context, enum import_reason reason,
				       const struct import_place *at, const char *what)
{
	struct imported *out = context;
	bool malformed = reason == IMPORT_MALFORMED;

	import_say(out->refused, sizeof(out->refused), "%s%u:%u %s%s%s",
		   out->n_refused++ ? "; " : "", at->line, at->col, import_reason_name(reason),
		   malformed ? ": " : "", malformed ? what : "");
}

/*
 * Import @len bytes at @text, which are right, into *@out; the sums must be. *@ret is freed by the
 * caller, unless it is NULL.
 */
static inline void import_text_of(enum import_format format, const char *text, size_t len, bool all,
				  struct imported *out, struct import **ret,
				  struct policy_errors *errs)
{
	static struct import_options how; /* the import borrows it */
	struct import_source source = import_source_memory(text, len);
	struct import *im = NULL;

	how = (struct import_options){
		.now = IMPORT_NOW, .all = all, .refused = import_note_refused, .context = out
	};
	memset(out, 0, sizeof(*out));
	if (import_read(&source, "f", format, &how, &im, errs)) {
		policy_errors_print(errs, stderr);
		fail_msg("not imported: %s", text);
	}
	for (size_t i = 0; i < im->n_rows; i++) {
		const struct import_row *row = &im->rows[i];

		if (row->gone || row->lifts)
			continue;
		import_say(out->rows, sizeof(out->rows), "%s%s%02x%02x", *out->rows ? "; " : "",
			   row->kind == IMPORT_KIND_CERTIFICATE ? "cert " : "", row->value[0],
			   row->value[1]);
		if (row->size)
			import_say(out->rows, sizeof(out->rows), " %llu",
				   (unsigned long long)row->size);
		if (row->note)
			import_say(out->rows, sizeof(out->rows), " %s", row->note);
	}
	assert_int_equal(im->seen, im->imported + im->duplicates + import_refused(im));
	assert_int_equal(import_refused(im), out->n_refused);
	assert_int_equal(im->bytes, len);
	if (ret)
		*ret = im;
	else
		import_free(im);
}

struct import_case {
	const char *text;
	const char *rows;
	const char *refused;
	uint64_t duplicates;
	bool all; /* --all */
};

/* Every row of the table; all are tried. */
static inline void check_imports(enum import_format format, const struct import_case *cases,
				 size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct policy_errors errs = { 0 };
		struct import *im = NULL;
		struct imported out;

		import_text_of(format, cases[i].text, strlen(cases[i].text), cases[i].all, &out,
			       &im, &errs);
		if (strcmp(out.rows, cases[i].rows) != 0 ||
		    strcmp(out.refused, cases[i].refused) != 0 ||
		    im->duplicates != cases[i].duplicates) {
			wrong++;
			print_error("case %zu: %s\n", i, cases[i].text);
			print_error("  rows     \"%s\"\n  expected \"%s\"\n", out.rows,
				    cases[i].rows);
			print_error("  refused  \"%s\"\n  expected \"%s\"\n  duplicates %llu\n",
				    out.refused, cases[i].refused,
				    (unsigned long long)im->duplicates);
		}
		import_free(im);
		policy_errors_free(&errs);
	}
	print_message("%zu cases\n", n);
	assert_int_equal(wrong, 0);
}

/* For check_rejections(). */
static inline int import_rejected(enum import_format format, const char *buf, size_t len,
				  struct policy_errors *errs)
{
	static const struct import_options how = { .now = IMPORT_NOW };
	struct import_source source = import_source_memory(buf, len);
	struct import *im = NULL;
	int ret = import_read(&source, "f", format, &how, &im, errs);

	import_free(im);
	return ret;
}

#endif
