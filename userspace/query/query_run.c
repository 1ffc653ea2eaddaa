// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "query_head.h"
#include "record/record_reader.h"

/* A match that is kept. */
struct kept {
	char *line;
	size_t len;
	const char *file;
	uint64_t number;
};

struct run {
	const struct record_files *files;
	const struct query_filter *filter;
	const struct query_sink *sink;
	struct query_result *result;
	struct kept *kept; /* a ring of @last; NULL: none are kept */
	size_t last;
};

static int keep(struct run *run, const struct kept *line)
{
	struct kept *at = &run->kept[run->result->matched % run->last];

	free(at->line);
	*at = *line;
	at->line = malloc(line->len);
	if (!at->line)
		return -ENOMEM;
	memcpy(at->line, line->line, line->len);
	return 0;
}

static int give(struct run *run, const struct kept *line, const json_t *event)
{
	return run->sink->match(run->sink->ctx, line->line, line->len, event);
}

/* Parse @line, and have @then done with it where it matches. Returns 1 if it does, 0, or an error.
 */
static int judge(struct run *run, const struct kept *line,
		 int (*then)(struct run *run, const struct kept *line, const json_t *event))
{
	char why[QUERY_WHY_MAX];
	json_t *event = NULL;
	enum query_match match = query_filter_line(run->filter, line->line, line->len, &event, why);
	int err = match == QUERY_NO_MEMORY ? -ENOMEM : 0;

	if (match == QUERY_WRONG) {
		run->result->wrong++;
		run->sink->wrong(run->sink->ctx, line->file, line->number, why);
	}
	if (match == QUERY_YES) {
		err = then(run, line, event);
		json_decref(event);
	}
	return err ? err : match == QUERY_YES;
}

static int give_kept(struct run *run)
{
	size_t n = run->result->matched < run->last ? (size_t)run->result->matched : run->last;
	uint64_t first = run->result->matched - n;
	int got = 0;

	for (size_t i = 0; i < n && got >= 0; i++)
		got = judge(run, &run->kept[(first + i) % run->last], give);
	return got < 0 ? got : 0;
}

static int keep_event(struct run *run, const struct kept *line, const json_t *event)
{
	(void)event;
	return keep(run, line);
}

/* The files are read by name: one that was renamed since has another beginning. */
static int check_file(const struct run *run, const struct record_line *line)
{
	struct query_head head;

	if (line->number != 1 || !query_head_read(line->text, line->len, &head))
		return 0;
	for (size_t i = 0; i < run->files->n; i++)
		if (!strcmp(run->files->v[i].path, line->file) && run->files->v[i].first &&
		    run->files->v[i].first != head.seq)
			return -ESTALE;
	return 0;
}

static int take(struct run *run, const struct record_line *text)
{
	const struct kept line = { (char *)text->text, text->len, text->file, text->number };
	int got;

	run->result->lines++;
	if (text->too_long) {
		run->result->wrong++;
		run->sink->wrong(run->sink->ctx, text->file, text->number,
				 "is longer than any line of a record");
		return 0;
	}
	if (!run->last)
		got = judge(run, &line, give);
	/* Most of them go away again: those are not parsed before the end. */
	else if (query_filter_guess(run->filter, line.line, line.len) == QUERY_DOES)
		got = keep(run, &line) ? -ENOMEM : 1;
	else
		got = judge(run, &line, keep_event);
	run->result->matched += got == 1;
	return got < 0 ? got : 0;
}

static void tell_torn(struct run *run, const char *file, uint64_t number)
{
	run->result->lines++;
	run->result->wrong++;
	run->sink->wrong(run->sink->ctx, file, number, "is half a line");
}

static int run_lines(struct run *run, struct record_reader *reader)
{
	struct query_result *result = run->result;
	struct record_line line = { .file = "" };
	const char *torn_file = NULL;
	uint64_t torn_number = 0;
	int got;

	while ((got = record_reader_next(reader, &line)) > 0) {
		int err = check_file(run, &line);

		/* At the very end half a line is one that is being written; elsewhere not. */
		if (torn_file)
			tell_torn(run, torn_file, torn_number);
		torn_file = NULL;
		result->torn = 0;
		if (!line.whole && !line.too_long) {
			torn_file = line.file;
			torn_number = line.number;
			result->torn = line.len;
		} else if (!err) {
			err = take(run, &line);
		}
		if (err) {
			got = err;
			break;
		}
	}
	if (got)
		snprintf(result->file, sizeof(result->file), "%s", line.file);
	return got;
}

int query_run(const struct record_files *files, const struct query_filter *filter, size_t last,
	      const struct query_sink *sink, struct query_result *result)
{
	struct run run = { files, filter, sink, result, NULL, last };
	struct record_reader *reader = NULL;
	int err;

	memset(result, 0, sizeof(*result));
	if (last) {
		run.kept = calloc(last, sizeof(*run.kept));
		if (!run.kept)
			return -ENOMEM;
	}
	err = record_reader_new(files, &reader);
	if (!err)
		err = run_lines(&run, reader);
	if (!err && last)
		err = give_kept(&run);
	record_reader_free(reader);
	for (size_t i = 0; run.kept && i < last; i++)
		free(run.kept[i].line);
	free(run.kept);
	return err;
}
