/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of wrong texts, each with the one problem that must come of it. */
#ifndef INTERDICT_TEST_REJECTIONS_H
#define INTERDICT_TEST_REJECTIONS_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "userspace/policy/policy.h"

#define TABLE(t) t, sizeof(t) / sizeof((t)[0])

struct rejection {
	const char *text;
	uint32_t line;
	uint32_t col;
	const char *message;
	size_t len; /* of text, where it holds a NUL; else 0 */
};

typedef int (*parse_fn)(const char *buf, size_t len, struct policy_errors *errs);

static inline size_t text_len(const struct rejection *r)
{
	return r->len ? r->len : strlen(r->text);
}

/* Every row is refused with -EBADMSG and exactly its one problem; all rows are tried. */
static inline void check_rejections(const struct rejection *rows, size_t n, parse_fn parse)
{
	size_t wrong = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		struct policy_errors errs = { 0 };
		const struct policy_error *e;
		int ret = parse(rows[i].text, text_len(&rows[i]), &errs);

		e = errs.n ? &errs.v[0] : NULL;
		if (ret != -EBADMSG || errs.n != 1 || strcmp(e->file, "f") != 0 ||
		    e->line != rows[i].line || e->col != rows[i].col ||
		    strcmp(e->text, rows[i].message) != 0) {
			wrong++;
			print_error("row %zu returned %d; expected f:%u:%u: %s\n%s\n", i, ret,
				    rows[i].line, rows[i].col, rows[i].message, rows[i].text);
			policy_errors_print(&errs, stderr);
		}
		policy_errors_free(&errs);
	}
	print_message("%zu rows\n", n);
	assert_int_equal(wrong, 0);
}

#endif
