// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "events/event_line.h"

static const json_t *member(const json_t *event, const char *object, const char *key)
{
	return json_object_get(object ? json_object_get(event, object) : event, key);
}

/* ---- table ---- */

struct column {
	const char *title;
	int width; /* 0: the last one */
	const char *object, *key;
};

static const struct column table[] = {
	{ "TIME", 20, NULL, "time" },	      { "SEQ", 8, NULL, "seq" },
	{ "EVENT", 12, NULL, "event" },	      { "OP", 4, NULL, "op" },
	{ "ORDER", 22, NULL, "order" },	      { "UID", 6, "process", "uid" },
	{ "PROCESS", 15, "process", "comm" }, { "WHAT", 0, "file", "path" },
};

#define TABLE_COLUMNS (sizeof(table) / sizeof(*table))

/* @text, and spaces up to @width characters; then two. */
static void put_padded(FILE *out, const char *text, int width)
{
	int characters = 0;

	for (const char *c = text; *c; c++)
		characters += (*c & 0xc0) != 0x80;
	fputs(text, out);
	if (width)
		fprintf(out, "%*s", (characters < width ? width - characters : 0) + 2, "");
}

void query_table_head(FILE *out)
{
	for (size_t i = 0; i < TABLE_COLUMNS; i++)
		put_padded(out, table[i].title, table[i].width);
	fputc('\n', out);
}

static int put_cell(FILE *out, const json_t *event, const struct column *column)
{
	const json_t *value = member(event, column->object, column->key);
	char number[24], time[24], *safe;
	const char *text = json_string_value(value);

	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		text = number;
	}
	/* Seconds will do for people. */
	if (text && !column->object && !strcmp(column->key, "time") && strlen(text) > 20) {
		snprintf(time, sizeof(time), "%.19sZ", text);
		text = time;
	}
	if (!text)
		text = "-";
	safe = escape_name(text, strlen(text), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	if (!safe)
		return -ENOMEM;
	put_padded(out, safe, column->width);
	free(safe);
	return 0;
}

/* What happened, of an event that is about no file: its sentence, without the time and the kind
 * that have their columns. */
static int put_sentence(FILE *out, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));
	char *text = event_describe(event), *at;

	if (!text)
		return -ENOMEM;
	at = kind ? strstr(text, kind) : NULL;
	at = at ? at + strlen(kind) : text;
	fputs(at + strspn(at, ": "), out);
	free(text);
	return 0;
}

int query_table_row(FILE *out, const json_t *event)
{
	bool of_file = json_is_object(json_object_get(event, "file"));
	int err = 0;

	for (size_t i = 0; i < TABLE_COLUMNS && !err; i++)
		err = !table[i].width && !of_file ? put_sentence(out, event) :
						    put_cell(out, event, &table[i]);
	fputc('\n', out);
	return err;
}

/* ---- CSV ---- */

static const struct column csv[] = {
	{ "seq", 0, NULL, "seq" },
	{ "time", 0, NULL, "time" },
	{ "host", 0, NULL, "host" },
	{ "boot", 0, NULL, "boot" },
	{ "k", 0, NULL, "k" },
	{ "event", 0, NULL, "event" },
	{ "op", 0, NULL, "op" },
	{ "order", 0, NULL, "order" },
	{ "rule", 0, NULL, "rule" },
	{ "claimed", 0, NULL, "claimed" },
	{ "also", 0, NULL, "also" },
	{ "count", 0, NULL, "count" },
	{ "error", 0, NULL, "error" },
	{ "action", 0, NULL, "action" },
	{ "reason", 0, NULL, "reason" },
	{ "path", 0, "file", "path" },
	{ "sha256", 0, "file", "sha256" },
	{ "size", 0, "file", "size" },
	{ "dev", 0, "file", "dev" },
	{ "ino", 0, "file", "ino" },
	{ "build_id", 0, "file", "build_id" },
	{ "publisher", 0, "file", "publisher" },
	{ "pid", 0, "process", "pid" },
	{ "ppid", 0, "process", "ppid" },
	{ "uid", 0, "process", "uid" },
	{ "auid", 0, "process", "auid" },
	{ "comm", 0, "process", "comm" },
	{ "exe", 0, "process", "exe" },
	{ "cgroup", 0, "process", "cgroup" },
	{ "container", 0, "process", "container" },
	{ "session", 0, "process", "session" },
	{ "args", 0, "process", "args" },
	{ "exec_args", 0, "process", "exec_args" },
	{ "match", 0, NULL, "match" },
	{ "reference", 0, NULL, "reference" },
	{ "labels", 0, NULL, "labels" },
	{ "policy", 0, "policy", "name" },
	{ "serial", 0, "policy", "serial" },
	{ "digest", 0, "policy", "digest" },
	{ "lost", 0, NULL, "lost" },
};

#define CSV_COLUMNS (sizeof(csv) / sizeof(*csv))

/* What spreadsheets take for the begin of a formula, also in the wide forms that some of them fold.
 * An apostrophe is among them so that one at the begin is always ours. */
static bool is_formula(const char *text)
{
	static const char *const begins[] = {
		"=",	       "+", "-", "@", "'", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0"
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (!strncmp(text, begins[i], strlen(begins[i])))
			return true;
	return false;
}

static int put_field(FILE *out, const char *text)
{
	char *safe = escape_name(text, strlen(text), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);

	if (!safe)
		return -ENOMEM;
	/* A semicolon is what some spreadsheets split at instead. */
	if (safe[strcspn(safe, "\",; ")] || is_formula(safe)) {
		fputc('"', out);
		if (is_formula(safe))
			fputc('\'', out);
		for (const char *c = safe; *c; c++) {
			if (*c == '"')
				fputc('"', out);
			fputc(*c, out);
		}
		fputc('"', out);
	} else {
		fputs(safe, out);
	}
	free(safe);
	return 0;
}

/* The strings of an array, with spaces between them. */
static int put_list(FILE *out, const json_t *array)
{
	char *text = NULL;
	size_t len = 0, i;
	const json_t *item;
	FILE *list = open_memstream(&text, &len);
	int err;

	if (!list)
		return -ENOMEM;
	json_array_foreach(array, i, item) if (json_is_string(item))
		fprintf(list, "%s%s", i ? " " : "", json_string_value(item));
	err = fclose(list) ? -ENOMEM : put_field(out, text);
	free(text);
	return err;
}

/* As JSON: {"id":"...","runtime":"docker"} */
static int put_object(FILE *out, const json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);
	int err = text ? put_field(out, text) : -ENOMEM;

	free(text);
	return err;
}

static int put_value(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		return put_field(out, json_string_value(value));
	if (json_is_array(value))
		return put_list(out, value);
	if (json_is_object(value))
		return put_object(out, value);
	if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
	return 0;
}

void query_csv_head(FILE *out)
{
	for (size_t i = 0; i < CSV_COLUMNS; i++)
		fprintf(out, "%s%s", i ? "," : "", csv[i].title);
	fputs("\r\n", out);
}

int query_csv_row(FILE *out, const json_t *event)
{
	int err = 0;

	for (size_t i = 0; i < CSV_COLUMNS && !err; i++) {
		if (i)
			fputc(',', out);
		err = put_value(out, member(event, csv[i].object, csv[i].key));
	}
	fputs("\r\n", out);
	return err;
}
