// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a policy's text, collected. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "policy.h"
#include "policy_utf8.h"

void policy_errors_free(struct policy_errors *errs)
{
	size_t i;

	for (i = 0; i < errs->n; i++) {
		free(errs->v[i].file);
		free(errs->v[i].text);
	}
	free(errs->v);
	*errs = (struct policy_errors){ 0 };
}

static bool grow(struct policy_errors *errs)
{
	size_t cap = errs->cap ? errs->cap * 2 : 16;
	struct policy_error *v;

	if (errs->n < errs->cap)
		return true;
	v = realloc(errs->v, cap * sizeof(*v));
	if (!v)
		return false;
	errs->v = v;
	errs->cap = cap;
	return true;
}

/*
 * Messages quote the text, cut off at some byte, and names of files, which are any bytes: what is
 * not UTF-8 or does not belong in a line becomes '?'.
 */
static void make_printable(char *text)
{
	unsigned char *t = (unsigned char *)text;
	size_t len = strlen(text);

	while (len) {
		size_t n = policy_utf8_length(t, len);

		if (!n || *t == '\n' || *t == '\t' || policy_utf8_refused(t, n)) {
			memset(t, '?', n ? n : 1);
			n = n ? n : 1;
		}
		t += n;
		len -= n;
	}
}

static void add(struct policy_errors *errs, enum policy_problem problem,
		enum policy_severity severity, const struct policy_place *at, const char *fmt,
		va_list args)
{
	struct policy_error e = {
		.line = at->line, .col = at->col, .severity = severity, .problem = problem
	};

	errs->count[severity]++;
	if (errs->n >= POLICY_ERRORS_MAX || !grow(errs)) {
		errs->dropped++;
		return;
	}
	if (vasprintf(&e.text, fmt, args) < 0)
		e.text = NULL;
	e.file = strdup(at->file);
	if (!e.text || !e.file) {
		free(e.text);
		free(e.file);
		errs->dropped++;
		return;
	}
	make_printable(e.text);
	make_printable(e.file);
	errs->v[errs->n++] = e;
}

void policy_errors_add(struct policy_errors *errs, enum policy_severity severity, const char *file,
		       uint32_t line, uint32_t col, const char *fmt, ...)
{
	const struct policy_place at = { file, line, col };
	va_list args;

	va_start(args, fmt);
	add(errs, POLICY_PROBLEM_TEXT, severity, &at, fmt, args);
	va_end(args);
}

void policy_errors_add_problem(struct policy_errors *errs, enum policy_problem problem,
			       enum policy_severity severity, const struct policy_place *at,
			       const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(errs, problem, severity, at, fmt, args);
	va_end(args);
}

static int by_place(const struct policy_error *a, const struct policy_error *b)
{
	int c = strcmp(a->file, b->file);

	if (c)
		return c;
	if (a->line != b->line)
		return a->line < b->line ? -1 : 1;
	if (a->col != b->col)
		return a->col < b->col ? -1 : 1;
	return 0;
}

/* Insertion sort is stable, and problems come nearly sorted; POLICY_ERRORS_MAX bounds it. */
void policy_errors_sort(struct policy_errors *errs)
{
	size_t i;
	size_t j;

	for (i = 1; i < errs->n; i++) {
		struct policy_error e = errs->v[i];

		for (j = i; j > 0 && by_place(&errs->v[j - 1], &e) > 0; j--)
			errs->v[j] = errs->v[j - 1];
		errs->v[j] = e;
	}
}

const char *policy_severity_name(enum policy_severity severity)
{
	return severity == POLICY_WARNING ? "warning" : "error";
}

void policy_errors_print(const struct policy_errors *errs, FILE *out)
{
	size_t i;

	for (i = 0; i < errs->n; i++) {
		const struct policy_error *e = &errs->v[i];

		if (e->line)
			fprintf(out, "%s:%u:%u: %s: %s\n", e->file, e->line, e->col,
				policy_severity_name(e->severity), e->text);
		else
			fprintf(out, "%s: %s: %s\n", e->file, policy_severity_name(e->severity),
				e->text);
	}
	if (errs->dropped)
		fprintf(out, "and %zu more problems that are not shown\n", errs->dropped);
}

int policy_errors_status(const struct policy_errors *errs)
{
	if (errs->count[POLICY_ERROR])
		return EXIT_FAILED;
	return errs->count[POLICY_REFUSED] ? EXIT_REFUSED : EXIT_DONE;
}
