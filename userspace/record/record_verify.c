// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_verify.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "record_reader.h"

/* What of a line is needed for those behind it. */
struct link {
	char file[RECORD_PLACE_MAX];
	uint64_t line, seq;
	char digest[CHECKPOINT_DIGEST_LEN];
	char prev[CHECKPOINT_DIGEST_LEN]; /* what it names */
};

struct verify {
	const struct record_verify_options *options;
	struct record_verified *ret;
	struct link first;
	struct link before, line; /* the last two lines; seq 0: none */
	struct link torn;	  /* a line without a newline; no file: none */
	/* A link that does not hold, and which of the two lines is wrong is not known yet: its
	 * second is @line, or @before if one more came. */
	bool broken;
	struct link broken_before, broken_line;
	struct checkpoint_at checkpoint; /* the last one that was seen */
	uint64_t begins;		 /* its "first" */
	bool expected;			 /* the expected one was seen */
};

static void set_place(struct link *link, const struct record_line *line)
{
	snprintf(link->file, sizeof(link->file), "%s", line->file);
	link->line = line->number;
}

static void wrong(struct verify *v, const struct link *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void wrong(struct verify *v, const struct link *at, const char *fmt, ...)
{
	struct record_verified *ret = v->ret;
	va_list args;

	/* The first only. */
	if (ret->wrong)
		return;
	ret->wrong = true;
	if (at) {
		memcpy(ret->file, at->file, sizeof(ret->file));
		ret->line = at->line;
		ret->seq = at->seq;
	}
	va_start(args, fmt);
	vsnprintf(ret->why, sizeof(ret->why), fmt, args);
	va_end(args);
}

static bool is_digest(const char *text)
{
	return text && strlen(text) == CHECKPOINT_DIGEST_LEN - 1 &&
	       strspn(text, "0123456789abcdef") == CHECKPOINT_DIGEST_LEN - 1;
}

/* The line as a link. Returns its JSON, or NULL with what is wrong with it in @why. */
static json_t *read_link(const struct record_line *line, struct link *link,
			 char why[RECORD_WHY_MAX])
{
	json_error_t error;
	json_t *event;
	const char *prev;
	json_int_t seq;

	memset(link, 0, sizeof(*link));
	set_place(link, line);
	checkpoint_digest(line->text, line->len, link->digest);
	if (line->too_long) {
		snprintf(why, RECORD_WHY_MAX, "is longer than any line of a record");
		return NULL;
	}
	event = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, &error);
	if (!event) {
		snprintf(why, RECORD_WHY_MAX, "is no JSON: %s", error.text);
		return NULL;
	}
	prev = json_string_value(json_object_get(event, "prev"));
	seq = json_integer_value(json_object_get(event, "seq"));
	if (seq <= 0 || !is_digest(prev) || !json_is_string(json_object_get(event, "event"))) {
		snprintf(why, RECORD_WHY_MAX, "is no event");
		json_decref(event);
		return NULL;
	}
	link->seq = (uint64_t)seq;
	memcpy(link->prev, prev, sizeof(link->prev));
	return event;
}

static bool names(const struct link *link, const struct link *before)
{
	return !strcmp(link->prev, before->digest);
}

/* A link was broken, and now it is known whether its second line is named by the one behind it. */
static void blame(struct verify *v, bool second_is_right)
{
	const struct link *first = &v->broken_before, *second = &v->broken_line;

	v->broken = false;
	if (!strcmp(first->digest, second->digest))
		wrong(v, second, "is the line before it once more");
	else if (second->seq > first->seq + 1 && second_is_right)
		wrong(v, second, "lines are missing before it: seq %llu to %llu",
		      (unsigned long long)first->seq + 1, (unsigned long long)second->seq - 1);
	else if (second_is_right)
		wrong(v, first,
		      "was changed, or put here: the line behind it was written after "
		      "another one");
	else if (second->seq != first->seq + 1)
		wrong(v, second, "has seq %llu, where %llu should be",
		      (unsigned long long)second->seq, (unsigned long long)first->seq + 1);
	else
		wrong(v, second,
		      "was changed, or put here: it was not written after the line before "
		      "it");
}

static void check_link(struct verify *v)
{
	const struct link *before = &v->before, *line = &v->line;

	if (v->broken)
		blame(v, names(line, before));
	if (!before->seq) {
		if (line->seq == 1 && strspn(line->prev, "0") != CHECKPOINT_DIGEST_LEN - 1)
			wrong(v, line, "is the first, and names one before it");
		return;
	}
	if (line->seq == before->seq + 1 && names(line, before))
		return;
	v->broken = true;
	v->broken_before = *before;
	v->broken_line = *line;
}

static void check_checkpoint(struct verify *v, const json_t *event, const struct record_line *text)
{
	const char *time = json_string_value(json_object_get(event, "time"));
	struct record_verified *ret = v->ret;
	struct checkpoint_at previous;
	bool in_place;
	const char *why = checkpoint_verify(event, text->text, text->len, v->options->keys,
					    v->options->n_keys, &v->begins, &previous);

	in_place = !why && (!v->checkpoint.seq || (previous.seq == v->checkpoint.seq &&
						   !strcmp(previous.digest, v->checkpoint.digest)));
	/* What is signed is as it was written, whatever stands before it. */
	if (v->broken)
		blame(v, in_place);
	if (why) {
		wrong(v, &v->line, "%s", why);
		return;
	}
	if (!in_place)
		wrong(v, &v->line,
		      "names the checkpoint of seq %llu as the one before it, not that of seq %llu",
		      (unsigned long long)previous.seq, (unsigned long long)v->checkpoint.seq);
	v->checkpoint.seq = v->line.seq;
	memcpy(v->checkpoint.digest, v->line.digest, sizeof(v->checkpoint.digest));
	ret->checkpoints++;
	if (ret->wrong)
		return;
	ret->proved = v->checkpoint;
	snprintf(ret->proved_time, sizeof(ret->proved_time), "%s", time ? time : "");
}

static void check_expected(struct verify *v)
{
	const struct checkpoint_at *expected = &v->options->expected;

	if (v->line.seq != expected->seq)
		return;
	v->expected = true;
	if (strcmp(v->line.digest, expected->digest) != 0)
		wrong(v, &v->line,
		      "is not the checkpoint that is expected: this is another record");
}

static void check_line(struct verify *v, const struct record_line *text)
{
	char why[RECORD_WHY_MAX];
	json_t *event;

	v->ret->lines++;
	v->before = v->line;
	event = read_link(text, &v->line, why);
	if (!event) {
		if (v->broken)
			blame(v, false);
		wrong(v, &v->line, "%s", why);
		return;
	}
	if (!v->ret->first) {
		v->first = v->line;
		v->ret->first = v->line.seq;
	}
	v->ret->last = v->line.seq;
	check_link(v);
	check_expected(v);
	if (checkpoint_is(event))
		check_checkpoint(v, event, text);
	json_decref(event);
}

/* What is known only behind the last line. */
static void check_end(struct verify *v)
{
	const struct checkpoint_at *expected = &v->options->expected;
	struct record_verified *ret = v->ret;

	if (v->broken)
		blame(v, false);
	ret->unproved = ret->last > ret->proved.seq ? ret->last - ret->proved.seq : 0;
	if (expected->seq && !v->expected && ret->first <= expected->seq)
		wrong(v, NULL,
		      "it ends with seq %llu, before the expected checkpoint, of seq %llu: %llu "
		      "lines at least are missing at the end",
		      (unsigned long long)ret->last, (unsigned long long)expected->seq,
		      (unsigned long long)(expected->seq - ret->last));
	if (expected->seq && !v->expected && ret->first > expected->seq)
		wrong(v, NULL,
		      "it begins with seq %llu, behind the expected checkpoint, of seq %llu",
		      (unsigned long long)ret->first, (unsigned long long)expected->seq);
	if (!v->options->part && v->checkpoint.seq && ret->first > v->begins) {
		/* Before whatever else is wrong, and before what was proved. */
		ret->wrong = false;
		memset(&ret->proved, 0, sizeof(ret->proved));
		ret->proved_time[0] = '\0';
		wrong(v, &v->first,
		      "lines are missing before it: seq %llu to %llu, which the last checkpoint "
		      "knows of",
		      (unsigned long long)v->begins, (unsigned long long)ret->first - 1);
	}
}

int record_verify(const struct record_files *files, const struct record_verify_options *options,
		  struct record_verified *ret)
{
	struct verify *v = calloc(1, sizeof(*v));
	struct record_reader *reader = NULL;
	struct record_line line = { .file = "" };
	int got = v ? record_reader_new(files, &reader) : -ENOMEM;

	memset(ret, 0, sizeof(*ret));
	if (got) {
		free(v);
		return got;
	}
	v->options = options;
	v->ret = ret;
	while ((got = record_reader_next(reader, &line)) > 0) {
		/* At the very end a writer may have been stopped; elsewhere not. */
		if (ret->torn)
			wrong(v, &v->torn, "is half a line");
		ret->torn = line.whole || line.too_long ? 0 : line.len;
		if (ret->torn)
			set_place(&v->torn, &line);
		else
			check_line(v, &line);
	}
	if (!got)
		check_end(v);
	else
		snprintf(ret->file, sizeof(ret->file), "%s", line.file);
	record_reader_free(reader);
	free(v);
	return got;
}

int record_expect(const char *text, size_t len, struct record_key *const *keys, size_t n,
		  struct checkpoint_at *at, char why[RECORD_WHY_MAX])
{
	struct checkpoint_at previous;
	json_error_t error;
	const char *problem = NULL;
	json_t *event;
	json_int_t seq;
	uint64_t first;
	char *line;

	while (len && strchr("\r\n", text[len - 1]))
		len--;
	event = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	seq = json_integer_value(json_object_get(event, "seq"));
	line = malloc(len + 1);
	if (!event)
		problem = error.text;
	else if (!checkpoint_is(event) || seq <= 0)
		problem = "is no checkpoint";
	else if (!line)
		problem = "out of memory";
	else
		problem = checkpoint_verify(event, text, len, keys, n, &first, &previous);
	if (!problem) {
		memcpy(line, text, len);
		line[len] = '\n';
		at->seq = (uint64_t)seq;
		checkpoint_digest(line, len + 1, at->digest);
	} else {
		snprintf(why, RECORD_WHY_MAX, "%s", problem);
	}
	free(line);
	json_decref(event);
	return problem ? -EBADMSG : 0;
}
