// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ArcSight Common Event Format: CEF:0|vendor|product|version|event class|name|severity|extension.
 * In the header "|" and "\" are escaped by "\", in values "=" and "\"; a line feed would be "\n"
 * there, but names come with their control characters escaped as in escape.h already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "commands.h"
#include "escape.h"
#include "events/event_line.h"
#include "format.h"

static void put_escaped(FILE *out, const char *text, const char *specials)
{
	char *safe = escape_text(text);

	for (const char *c = safe ? safe : ""; *c; c++) {
		if (strchr(specials, *c))
			fputc('\\', out);
		fputc(*c, out);
	}
	free(safe);
}

/* A pair of the extension, if there is a value. */
static void put(FILE *out, const char *key, const char *value)
{
	if (!*value)
		return;
	fprintf(out, "%s=", key);
	put_escaped(out, value, "\\=");
	fputc(' ', out);
}

static void put_number(FILE *out, const char *key, const json_t *object, const char *name)
{
	if (json_is_integer(json_object_get(object, name)))
		fprintf(out, "%s=%lld ", key, (long long)format_number(object, name));
}

static void put_time(FILE *out, const char *key, const json_t *event, const char *name)
{
	int64_t ms = format_ms(event, name);

	if (ms >= 0)
		fprintf(out, "%s=%lld ", key, (long long)ms);
}

/* One of the format's own fields, which are named by a second one. */
static void put_custom(FILE *out, const char *key, const char *label, const char *value)
{
	if (*value) {
		fprintf(out, "%sLabel=%s ", key, label);
		put(out, key, value);
	}
}

static void put_file(FILE *out, const json_t *file)
{
	const char *path = format_text(file, "path");

	put(out, "fname", format_basename(path));
	put(out, "filePath", path);
	put(out, "fileHash", format_text(file, "sha256"));
	put_number(out, "fsize", file, "size");
	if (json_is_object(file))
		fprintf(out, "fileId=%s/%lld ", format_text(file, "dev"),
			(long long)format_number(file, "ino"));
}

static void put_process(FILE *out, const json_t *process)
{
	/* Of the program that was refused, or of the one that tried. */
	const json_t *args = json_object_get(process, "exec_args");
	char *line = arguments_line(args ? args : json_object_get(process, "args"));

	put_number(out, "spid", process, "pid");
	put(out, "sproc", format_text(process, "comm"));
	put_number(out, "suid", process, "uid");
	put_custom(out, "cs4", "executable", format_text(process, "exe"));
	put_custom(out, "cs5", "cgroup", format_text(process, "cgroup"));
	put_custom(out, "flexString1", "arguments", line ? line : "");
	put_custom(out, "flexString2", "container",
		   format_text(json_object_get(process, "container"), "id"));
	if (json_is_integer(json_object_get(process, "session"))) {
		fprintf(out, "cn3Label=session ");
		put_number(out, "cn3", process, "session");
	}
	free(line);
}

char *format_cef(const json_t *event)
{
	static const int severities[] = {
		[LOG_EMERG] = 10,  [LOG_ALERT] = 10, [LOG_CRIT] = 9, [LOG_ERR] = 8,
		[LOG_WARNING] = 7, [LOG_NOTICE] = 4, [LOG_INFO] = 1
	};
	const struct event_kind *kind = event_kind_of(event);
	const json_t *policy = json_object_get(event, "policy");
	const char *name = format_text(event, "event");
	char *text = NULL, *message;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "CEF:0|Interdict|interdict|%s|", INTERDICT_VERSION);
	put_escaped(out, name, "\\|");
	fputc('|', out);
	put_escaped(out, kind->title, "\\|");
	fprintf(out, "|%d|", severities[kind->level]);
	put_time(out, "rt", event, "time");
	put_number(out, "externalId", event, "seq");
	put(out, "deviceExternalId", format_text(event, "host"));
	put(out, "cat", format_text(event, "op"));
	put(out, "act", strcmp(name, "policy") ? name : format_text(event, "action"));
	put(out, "outcome", format_text(event, "outcome"));
	put(out, "reason", format_text(event, "reason"));
	put_number(out, "cnt", event, "count");
	put_time(out, "start", event, "first_time");
	put_time(out, "end", event, "last_time");
	put_file(out, json_object_get(event, "file"));
	put_process(out, json_object_get(event, "process"));
	put_custom(out, "cs1", "order", format_text(event, "order"));
	put_custom(out, "cs2", "rule", format_text(event, "rule"));
	put_custom(out, "cs3", "policy", format_text(policy, "name"));
	put_custom(out, "cs6", "previous", format_text(event, "prev"));
	if (json_is_object(policy)) {
		fprintf(out, "cn1Label=serial ");
		put_number(out, "cn1", policy, "serial");
	}
	if (json_is_integer(json_object_get(event, "lost"))) {
		fprintf(out, "cn2Label=lost ");
		put_number(out, "cn2", event, "lost");
	}
	message = event_describe(event);
	put(out, "msg", message ? message : "");
	free(message);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	/* Without the blank behind the last pair. */
	if (len && text[len - 1] == ' ')
		text[len - 1] = '\0';
	return text;
}
