// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_verify_text.h"

#include <stdio.h>
#include <stdlib.h>

static void put(FILE *out, const struct record_verified *v, bool expected)
{
	if (v->lines)
		fprintf(out, "%llu lines, seq %llu to %llu, %llu checkpoints\n",
			(unsigned long long)v->lines, (unsigned long long)v->first,
			(unsigned long long)v->last, (unsigned long long)v->checkpoints);
	else
		fputs("there is no line\n", out);
	if (v->proved.seq)
		fprintf(out, "proved up to seq %llu, %s\n", (unsigned long long)v->proved.seq,
			v->proved_time);
	else
		fputs("nothing is proved: there is no checkpoint that one of the keys signed\n",
		      out);
	if (v->wrong) {
		fprintf(out, "WRONG: %s", *v->file ? "" : "the record: ");
		if (*v->file)
			fprintf(out, "%s:%llu: seq %llu: ", v->file, (unsigned long long)v->line,
				(unsigned long long)v->seq);
		fprintf(out, "%s\n", v->why);
		return;
	}
	if (v->unproved)
		fprintf(out, "%llu lines behind it: chained, not yet signed\n",
			(unsigned long long)v->unproved);
	if (v->torn)
		fprintf(out,
			"torn at the end: %llu bytes of seq %llu, which was not written whole\n",
			(unsigned long long)v->torn, (unsigned long long)v->last + 1);
	if (!expected)
		fputs("lines that were cut off behind these cannot be seen without a checkpoint from "
		      "elsewhere (--expect)\n",
		      out);
}

char *record_verified_text(const struct record_verified *verified, bool expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	put(out, verified, expected);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
