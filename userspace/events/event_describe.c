// SPDX-License-Identifier: GPL-2.0-or-later
/* An event as one line for a person. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "event_line.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* "2026-11-21T17:49:41.123456789Z" to "2026-11-21 17:49:41Z" */
static void put_time(FILE *out, const json_t *event)
{
	const char *time = text_of(event, "time");

	if (strlen(time) >= 19)
		fprintf(out, "%.10s %.8sZ ", time, time + 11);
}

static void put_file_event(FILE *out, const json_t *event)
{
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");
	const json_t *also = json_object_get(event, "also");
	const char *path = text_of(file, "path"), *exe = text_of(process, "exe");
	const char *order = text_of(event, "order"), *rule = text_of(event, "rule");
	size_t i;
	json_t *item;

	fprintf(out, "%s %s ", text_of(event, "event"), text_of(event, "op"));
	if (*path)
		fprintf(out, "%s", path);
	else
		fprintf(out, "(inode %lld on %s)", number_of(file, "ino"), text_of(file, "dev"));
	if (*order)
		fprintf(out, " by order %s (%s)", order, rule);
	else if (*rule)
		fprintf(out, " by the policy (%s)", rule);
	json_array_foreach(also, i, item)
		fprintf(out, "%s%s", i ? ", " : ", also ", json_string_value(item));
	if (*text_of(event, "error"))
		fprintf(out, ": %s", text_of(event, "error"));
	fprintf(out, "; process %lld %s%s%s uid %lld", number_of(process, "pid"),
		text_of(process, "comm"), *exe ? " " : "", exe, number_of(process, "uid"));
	/* (uint32_t)-1: no login session, as in audit(8). */
	if (number_of(process, "auid") != 4294967295LL)
		fprintf(out, " auid %lld", number_of(process, "auid"));
}

static void put_own_event(FILE *out, const json_t *event)
{
	const json_t *policy = json_object_get(event, "policy");
	const char *kind = text_of(event, "event");
	size_t i;
	json_t *item;

	fprintf(out, "%s", kind);
	if (strcmp(kind, "missed") == 0)
		fprintf(out, ": %lld events came faster than they were read here",
			number_of(event, "missed"));
	if (*text_of(event, "action"))
		fprintf(out, " %s", text_of(event, "action"));
	if (*text_of(event, "order"))
		fprintf(out, " order %s", text_of(event, "order"));
	if (*text_of(event, "mode"))
		fprintf(out, " mode %s", text_of(event, "mode"));
	if (json_is_object(policy))
		fprintf(out, " policy %s serial %lld", text_of(policy, "name"),
			number_of(policy, "serial"));
	if (json_is_true(json_object_get(event, "allow_critical")))
		fprintf(out, ", critical rules allowed");
	if (*text_of(event, "reason"))
		fprintf(out, ": %s", text_of(event, "reason"));
	json_array_foreach(json_object_get(event, "reasons"), i, item)
		fprintf(out, "%s%s", i ? "; " : ": ", text_of(item, "why"));
}

char *event_describe(const json_t *event)
{
	char *text = NULL, *safe;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	put_time(out, event);
	if (json_is_object(json_object_get(event, "file")))
		put_file_event(out, event);
	else
		put_own_event(out, event);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	safe = escape_name(text, len, ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	free(text);
	return safe;
}
