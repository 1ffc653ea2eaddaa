// SPDX-License-Identifier: GPL-2.0-or-later
/* An event as one line for a person. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "escape.h"
#include "event_line.h"
#include "policy/policy.h"

/* What a part of the line is: how it looks, and what gives way where the line is too long. */
enum part_kind { PART_TEXT, PART_TIME, PART_KIND, PART_PATH, PART_ORDER, PART_EXE };

/* Time, kind, operation, path, order, rule, error, process: with "also" the most there are. */
#define PARTS_MAX 16
/* Columns of a path that are left when all else is given up. */
#define PATH_COLUMNS_MIN 20

struct part {
	enum part_kind kind;
	char *text; /* escaped */
};

struct line {
	struct event_style style;
	struct part parts[PARTS_MAX];
	size_t n;
	bool no_memory;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

int64_t event_seconds(const json_t *event)
{
	const char *text = text_of(event, "time"), *why;
	char seconds[21];
	int64_t time;

	/* A fraction of a second stands behind 19 characters. */
	if (strlen(text) < 20)
		return -1;
	snprintf(seconds, sizeof(seconds), "%.19sZ", text);
	return policy_parse_time(seconds, &time, &why) ? -1 : time;
}

__attribute__((format(printf, 3, 4))) static void put(struct line *line, enum part_kind kind,
						      const char *fmt, ...)
{
	unsigned int flags =
		ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH | (line->style.ascii ? ESCAPE_ASCII : 0);
	char *text, *safe;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	safe = len < 0 ? NULL : escape_name(text, (size_t)len, flags);
	if (len >= 0)
		free(text);
	if (!safe || line->n == PARTS_MAX) {
		line->no_memory |= !safe;
		free(safe);
		return;
	}
	line->parts[line->n++] = (struct part){ kind, safe };
}

/* "2026-11-21T17:49:41.123456789Z" to "2026-11-21 17:49:41Z" */
static void put_time(struct line *line, const json_t *event)
{
	const char *time = text_of(event, "time");

	if (strlen(time) < 19)
		return;
	if (line->style.columns)
		put(line, PART_TIME, "%.8sZ ", time + 11);
	else
		put(line, PART_TIME, "%.10s %.8sZ ", time, time + 11);
}

static void put_also(struct line *line, const json_t *also)
{
	char *text = NULL;
	size_t len = 0, i;
	json_t *item;
	FILE *out;

	if (!json_array_size(also))
		return;
	out = open_memstream(&text, &len);
	if (out) {
		json_array_foreach(also, i, item)
			fprintf(out, "%s%s", i ? ", " : ", also ",
				json_is_string(item) ? json_string_value(item) : "?");
		line->no_memory |= fclose(out) != 0;
	}
	if (text)
		put(line, PART_TEXT, "%s", text);
	free(text);
}

/* Of the program that was refused, or of the one that tried; where there is room for all. */
static void put_arguments(struct line *line, const json_t *process)
{
	const json_t *asked = json_object_get(process, "exec_args");
	char *text = arguments_line(asked ? asked : json_object_get(process, "args"));
	const char *cut = asked ? "exec_args_cut" : "args_cut";

	if (text)
		put(line, PART_EXE, "; %s: %s%s", asked ? "to be run as" : "running", text,
		    json_object_get(process, cut) ? " ..." : "");
	free(text);
}

static void put_process(struct line *line, const json_t *process)
{
	/* A summary is of any number of processes. */
	if (json_object_get(process, "pid"))
		put(line, PART_TEXT, "; process %lld %s", number_of(process, "pid"),
		    text_of(process, "comm"));
	else
		put(line, PART_TEXT, "; program");
	if (*text_of(process, "exe"))
		put(line, PART_EXE, " %s", text_of(process, "exe"));
	put(line, PART_TEXT, " uid %lld", number_of(process, "uid"));
	/* (uint32_t)-1: no login session, as in audit(8). */
	if (number_of(process, "auid") != 4294967295LL)
		put(line, PART_TEXT, " auid %lld", number_of(process, "auid"));
	put_arguments(line, process);
}

static void put_file_event(struct line *line, const json_t *event)
{
	const json_t *file = json_object_get(event, "file");
	const char *path = text_of(file, "path");
	const char *order = text_of(event, "order"), *rule = text_of(event, "rule");
	const char *via = text_of(event, "via");

	put(line, PART_KIND, "%s", text_of(event, "event"));
	if (*text_of(event, "outcome"))
		put(line, PART_TEXT, " (%s)", text_of(event, "outcome"));
	if (json_object_get(event, "count"))
		put(line, PART_TEXT, " of %lld times", number_of(event, "count"));
	put(line, PART_TEXT, " %s ", text_of(event, "op"));
	if (*path)
		put(line, PART_PATH, "%s", path);
	else
		put(line, PART_PATH, "(inode %lld on %s)", number_of(file, "ino"),
		    text_of(file, "dev"));
	if (*order) {
		put(line, PART_TEXT, " by order ");
		put(line, PART_ORDER, "%s", order);
		put(line, PART_TEXT, *via ? " (%s via %s)" : " (%s)", rule, via);
	} else if (*rule) {
		put(line, PART_TEXT, " by the policy (%s)", rule);
	}
	put_also(line, json_object_get(event, "also"));
	if (*text_of(event, "error"))
		put(line, PART_TEXT, ": %s", text_of(event, "error"));
	if (*text_of(event, "reason"))
		put(line, PART_TEXT, ": %s", text_of(event, "reason"));
	put_process(line, json_object_get(event, "process"));
}

/* Of what was removed, or kept out: remove/remove_event.h. */
static void put_removed(struct line *line, const json_t *event)
{
	const json_t *package = json_object_get(event, "package");
	const char *order = text_of(event, "order");

	put(line, PART_KIND, "%s", text_of(event, "event"));
	put(line, PART_TEXT, " (%s) ", text_of(event, "action"));
	if (package)
		put(line, PART_PATH, "%s package %s %s", text_of(package, "type"),
		    text_of(package, "id"), text_of(package, "version"));
	else
		put(line, PART_PATH, "%s", text_of(json_object_get(event, "file"), "path"));
	if (*order) {
		put(line, PART_TEXT, " by order ");
		put(line, PART_ORDER, "%s", order);
		put(line, PART_TEXT, " (%s)", text_of(event, "rule"));
	}
	if (*text_of(event, "reason"))
		put(line, PART_TEXT, ": %s", text_of(event, "reason"));
}

static void put_reasons(struct line *line, const json_t *reasons)
{
	char *text = NULL;
	size_t len = 0, i;
	json_t *item;
	FILE *out;

	if (!json_array_size(reasons))
		return;
	out = open_memstream(&text, &len);
	if (out) {
		json_array_foreach(reasons, i, item)
			fprintf(out, "%s%s", i ? "; " : ": ", text_of(item, "why"));
		line->no_memory |= fclose(out) != 0;
	}
	if (text)
		put(line, PART_TEXT, "%s", text);
	free(text);
}

static void put_own_event(struct line *line, const json_t *event)
{
	const json_t *policy = json_object_get(event, "policy");
	const char *kind = text_of(event, "event");

	put(line, PART_KIND, "%s", kind);
	if (strcmp(kind, "missed") == 0)
		put(line, PART_TEXT, ": %lld events came faster than they were read here",
		    number_of(event, "missed"));
	if (*text_of(event, "action"))
		put(line, PART_TEXT, " %s", text_of(event, "action"));
	if (*text_of(event, "order")) {
		put(line, PART_TEXT, " order ");
		put(line, PART_ORDER, "%s", text_of(event, "order"));
	}
	if (*text_of(event, "mode"))
		put(line, PART_TEXT, " mode %s", text_of(event, "mode"));
	if (json_is_object(policy))
		put(line, PART_TEXT, " policy %s serial %lld", text_of(policy, "name"),
		    number_of(policy, "serial"));
	if (json_is_true(json_object_get(event, "allow_critical")))
		put(line, PART_TEXT, ", critical rules allowed");
	if (*text_of(event, "reason"))
		put(line, PART_TEXT, ": %s", text_of(event, "reason"));
	put_reasons(line, json_object_get(event, "reasons"));
	if (json_is_object(json_object_get(event, "process")))
		put_process(line, json_object_get(event, "process"));
}

/* ---- to the terminal's width ---- */

static size_t line_columns(const struct line *line)
{
	size_t columns = 0;

	for (size_t i = 0; i < line->n; i++)
		columns += columns_of(line->parts[i].text);
	return columns;
}

static void refit(struct line *line, struct part *part, size_t columns, enum columns_cut cut)
{
	char *text = columns_fit(part->text, columns, cut);

	line->no_memory |= !text;
	free(part->text);
	part->text = text;
}

/* Of the line's @over columns that are too many, as many as parts of @kind can spare. */
static void shorten(struct line *line, enum part_kind kind, size_t least, size_t *over)
{
	for (size_t i = 0; i < line->n && *over && !line->no_memory; i++) {
		struct part *part = &line->parts[i];
		size_t columns = columns_of(part->text), fewer;

		if (part->kind != kind || columns <= least)
			continue;
		fewer = columns - least < *over ? least : columns - *over;
		refit(line, part, fewer, COLUMNS_CUT_MIDDLE);
		*over -= *over < columns - fewer ? *over : columns - fewer;
	}
}

/* Make @part the last of the line: its ellipsis stands for the rest, too. */
static void end_with(struct line *line, struct part *part, size_t columns)
{
	char *more;

	/* Longer than what it has to fit into, also where it is not. */
	if (asprintf(&more, "%s ", part->text) < 0) {
		line->no_memory = true;
		return;
	}
	free(part->text);
	part->text = more;
	refit(line, part, columns, COLUMNS_CUT_END);
}

static void fit(struct line *line)
{
	size_t columns = line_columns(line), over, used = 0;

	if (!line->style.columns || columns <= line->style.columns)
		return;
	over = columns - line->style.columns;
	/* A shortened path of a program says less than none. */
	for (size_t i = 0; i < line->n; i++)
		if (line->parts[i].kind == PART_EXE) {
			columns = columns_of(line->parts[i].text);
			over -= over < columns ? over : columns;
			line->parts[i].text[0] = '\0';
		}
	shorten(line, PART_PATH, PATH_COLUMNS_MIN, &over);
	if (!over)
		return;
	for (size_t i = 0; i < line->n && !line->no_memory; i++) {
		size_t left = line->style.columns - used;
		size_t takes = columns_of(line->parts[i].text);

		used += takes;
		if (takes < left)
			continue;
		end_with(line, &line->parts[i], left);
		while (++i < line->n)
			line->parts[i].text[0] = '\0';
	}
}

/* Select Graphic Rendition of ECMA-48, the eight colours that every scheme can show. */
static const char *color_of(const struct part *part)
{
	switch (part->kind) {
	case PART_TIME:
		return "2";
	case PART_KIND:
		if (!strcmp(part->text, "denied") || !strcmp(part->text, "tamper"))
			return "1;31";
		if (!strcmp(part->text, "audited") || !strcmp(part->text, "unidentified") ||
		    !strcmp(part->text, "degraded") || !strcmp(part->text, "missed"))
			return "1;33";
		return "1;36";
	case PART_PATH:
		return "1";
	case PART_ORDER:
		return "35";
	default:
		return NULL;
	}
}

char *event_describe_styled(const json_t *event, const struct event_style *style)
{
	struct line line = { .style = *style };
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	put_time(&line, event);
	if (!strcmp(text_of(event, "event"), "removed"))
		put_removed(&line, event);
	else if (json_is_object(json_object_get(event, "file")))
		put_file_event(&line, event);
	else
		put_own_event(&line, event);
	if (!line.no_memory)
		fit(&line);
	out = line.no_memory ? NULL : open_memstream(&text, &len);
	for (size_t i = 0; i < line.n; i++) {
		const char *part = line.parts[i].text;
		const char *color = style->color && part ? color_of(&line.parts[i]) : NULL;

		if (out && part && *part && color)
			fprintf(out, "\x1b[%sm%s\x1b[0m", color, part);
		else if (out && part)
			fputs(part, out);
		free(line.parts[i].text);
	}
	if (out && fclose(out) != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

char *event_describe(const json_t *event)
{
	const struct event_style whole = { 0 };

	return event_describe_styled(event, &whole);
}
