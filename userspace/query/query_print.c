// SPDX-License-Identifier: GPL-2.0-or-later
#include "query_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "escape.h"
#include "events/event_line.h"

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
	const json_t *value = csv_member(event, column->object, column->key);
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
	safe = escape_text(text);
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

static const struct csv_column csv[] = {
	{ "seq", NULL, "seq" },
	{ "time", NULL, "time" },
	{ "host", NULL, "host" },
	{ "boot", NULL, "boot" },
	{ "k", NULL, "k" },
	{ "event", NULL, "event" },
	{ "op", NULL, "op" },
	{ "order", NULL, "order" },
	{ "rule", NULL, "rule" },
	{ "via", NULL, "via" },
	{ "claimed", NULL, "claimed" },
	{ "also", NULL, "also" },
	{ "count", NULL, "count" },
	{ "error", NULL, "error" },
	{ "action", NULL, "action" },
	{ "reason", NULL, "reason" },
	{ "package", "package", "id" },
	{ "path", "file", "path" },
	{ "sha256", "file", "sha256" },
	{ "size", "file", "size" },
	{ "dev", "file", "dev" },
	{ "ino", "file", "ino" },
	{ "build_id", "file", "build_id" },
	{ "publisher", "file", "publisher" },
	{ "pid", "process", "pid" },
	{ "ppid", "process", "ppid" },
	{ "uid", "process", "uid" },
	{ "auid", "process", "auid" },
	{ "comm", "process", "comm" },
	{ "exe", "process", "exe" },
	{ "cgroup", "process", "cgroup" },
	{ "container", "process", "container" },
	{ "session", "process", "session" },
	{ "args", "process", "args" },
	{ "exec_args", "process", "exec_args" },
	{ "match", NULL, "match" },
	{ "reference", NULL, "reference" },
	{ "labels", NULL, "labels" },
	{ "policy", "policy", "name" },
	{ "serial", "policy", "serial" },
	{ "digest", "policy", "digest" },
	{ "lost", NULL, "lost" },
};

#define CSV_COLUMNS (sizeof(csv) / sizeof(*csv))

void query_csv_head(FILE *out)
{
	csv_head(out, csv, CSV_COLUMNS);
}

int query_csv_row(FILE *out, const json_t *event)
{
	return csv_row(out, csv, CSV_COLUMNS, event);
}
