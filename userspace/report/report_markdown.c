// SPDX-License-Identifier: GPL-2.0-or-later
/* A report as Markdown: CommonMark 0.30, with the tables of GitHub Flavored Markdown. */
#include <stdlib.h>
#include <string.h>

#include "report_internal.h"

/* Characters of the longest bar. */
#define BAR_WIDTH 40

static void begin(struct report_writer *w, const char *title)
{
	fprintf(w->out, "# %s\n", title);
}

static void section(struct report_writer *w, const char *title)
{
	fprintf(w->out, "\n## %s\n", title);
}

/* Of a sentence, whatever Markdown, HTML or a table would take for its own. */
static void put_text(struct report_writer *w, const char *text)
{
	char *safe = report_safe(w, text);

	for (const char *c = safe ? safe : ""; *c; c++) {
		if (strchr("\\`*_{}[]<>#|~&!$@", *c))
			fputc('\\', w->out);
		fputc(*c, w->out);
	}
	free(safe);
}

/* The longest run of backquotes in @text. */
static size_t longest_run(const char *text)
{
	size_t longest = 0;

	while (*text) {
		size_t n = strspn(text, "`");

		longest = n > longest ? n : longest;
		text += n ? n : 1;
	}
	return longest;
}

/* As code, which nothing in it ends: between more backquotes than are in it. */
static void put_name(struct report_writer *w, const char *name)
{
	char *safe = report_safe(w, name);
	size_t fence;

	if (!safe || !*safe) {
		free(safe);
		return;
	}
	fence = longest_run(safe) + 1;
	for (size_t i = 0; i < fence; i++)
		fputc('`', w->out);
	/* One space on either side goes away again. */
	if (fence > 1 || *safe == ' ')
		fputc(' ', w->out);
	for (const char *c = safe; *c; c++) {
		/* A table is split before code is looked for. */
		if (*c == '|')
			fputc('\\', w->out);
		fputc(*c, w->out);
	}
	if (fence > 1 || *safe == ' ')
		fputc(' ', w->out);
	for (size_t i = 0; i < fence; i++)
		fputc('`', w->out);
	free(safe);
}

static void text(struct report_writer *w, bool alarm, const char *sentence)
{
	fputs(alarm ? "\n**" : "\n", w->out);
	put_text(w, sentence);
	fputs(alarm ? "**\n" : "\n", w->out);
}

static void table(struct report_writer *w, const char *const *titles, const enum report_cell *cells,
		  size_t n)
{
	fputs("\n|", w->out);
	for (size_t i = 0; i < n; i++)
		fprintf(w->out, " %s |", titles[i]);
	fputs("\n|", w->out);
	for (size_t i = 0; i < n; i++)
		fputs(cells[i] == REPORT_NUMBER ? " ---: |" : " --- |", w->out);
	fputs("\n", w->out);
}

static void cell(struct report_writer *w, enum report_cell kind, const char *value)
{
	fputs(w->in_row ? " " : "| ", w->out);
	w->in_row = true;
	if (kind == REPORT_NAME)
		put_name(w, value);
	else
		put_text(w, value);
	fputs(" |", w->out);
}

static void row_end(struct report_writer *w)
{
	fputs("\n", w->out);
	w->in_row = false;
}

static void timeline(struct report_writer *w, const struct report *r)
{
	uint64_t max = report_bar_max(r);

	fputs("\n| | Refused | Audited | Unidentified | |\n| --- | ---: | ---: | ---: | --- |\n",
	      w->out);
	for (size_t i = 0; i < r->n_bars; i++) {
		const uint64_t *n = r->bars[i];
		uint64_t sum = n[REPORT_DENIED] + n[REPORT_AUDITED] + n[REPORT_UNIDENTIFIED];
		char name[21];

		if (!sum)
			continue;
		report_bar_name(r, i, name);
		fprintf(w->out, "| %s | %llu | %llu | %llu | ", name,
			(unsigned long long)n[REPORT_DENIED], (unsigned long long)n[REPORT_AUDITED],
			(unsigned long long)n[REPORT_UNIDENTIFIED]);
		for (uint64_t j = 0; j <= (uint64_t)((double)sum / (double)max * (BAR_WIDTH - 1));
		     j++)
			fputs("\xe2\x96\x88", w->out);
		fputs(" |\n", w->out);
	}
}

static const struct report_writer markdown = {
	.begin = begin,
	.section = section,
	.text = text,
	.table = table,
	.cell = cell,
	.row_end = row_end,
	.timeline = timeline,
};

int report_markdown(const struct report *report, FILE *out)
{
	return report_write(&markdown, report, out);
}
