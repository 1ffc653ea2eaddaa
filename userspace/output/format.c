// SPDX-License-Identifier: GPL-2.0-or-later
/* What the formats share: the kinds of events, and members of objects. */
#include "format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "escape.h"

const char *const output_format_names[] = {
	[OUTPUT_NATIVE] = "native",
	[OUTPUT_ECS] = "ecs",
	[OUTPUT_OCSF] = "ocsf",
	[OUTPUT_CEF] = "cef",
};
_Static_assert(sizeof(output_format_names) / sizeof(*output_format_names) == OUTPUT_FORMAT_COUNT,
	       "a name each");

/* The IDs were made for this purpose with uuidgen -r; interdict.catalog explains each. */
static const struct event_kind kinds[] = {
	{ "denied", "Denied by a ban order", LOG_WARNING,
	  SD_ID128_MAKE(69, 9e, 73, e1, 7d, 5f, 47, ca, b7, 01, 95, 03, d9, 4d, 84, b9) },
	{ "audited", "Would be denied by a ban order", LOG_NOTICE,
	  SD_ID128_MAKE(83, 3a, 81, bf, e9, 16, 42, bf, b5, c3, d7, 0a, 39, 87, 7f, 2e) },
	{ "summary", "More of the same", LOG_WARNING,
	  SD_ID128_MAKE(b4, ea, 12, ef, 7f, 62, 4a, c5, 80, c7, 39, ec, 8b, 60, fd, fe) },
	{ "unidentified", "A file could not be identified", LOG_NOTICE,
	  SD_ID128_MAKE(af, cf, e8, db, 44, 5e, 45, b5, a3, 38, 9b, 2c, 93, 45, cc, 3a) },
	{ "killed", "A banned process was found, or ended", LOG_WARNING,
	  SD_ID128_MAKE(f2, a8, 0d, 9f, 58, d6, 4f, ef, b7, 0a, f1, ef, 1c, 01, 2e, ce) },
	{ "removed", "Banned software was removed", LOG_WARNING,
	  SD_ID128_MAKE(c8, cd, 47, 34, ba, b1, 41, 5a, 92, 5a, 95, dc, 5e, 99, 2a, a9) },
	{ "policy", "The policy in force changed, or was not changed", LOG_NOTICE,
	  SD_ID128_MAKE(28, 35, b4, 4c, 29, 10, 4e, 49, b4, 6a, 0d, db, f7, 44, 6f, db) },
	{ "tamper", "Somebody tampered", LOG_ALERT,
	  SD_ID128_MAKE(a1, e0, f6, 8e, 7c, 6b, 4e, 9b, 85, ad, 96, f7, a1, dc, 24, 65) },
	{ "degraded", "Less is enforced than should be, or that ended", LOG_ERR,
	  SD_ID128_MAKE(42, 17, c2, f0, e4, 7d, 46, dc, a3, aa, 32, 36, 8a, e6, 8b, 82) },
	{ "start", "The daemon started", LOG_INFO,
	  SD_ID128_MAKE(96, 66, 33, f9, 7f, bc, 46, 52, a6, 5a, 65, c6, c5, 09, 6d, 90) },
	{ "stop", "The daemon stopped", LOG_INFO,
	  SD_ID128_MAKE(5c, 93, 74, 2a, f4, 5d, 49, 60, ae, 5f, 07, 3e, 62, 9f, 82, 1c) },
	{ "checkpoint", "The record was signed", LOG_INFO,
	  SD_ID128_MAKE(e7, 68, df, 82, cc, 3b, 4e, e4, b3, db, 5f, 9e, 2c, f8, 3e, 63) },
	{ NULL, "An event of Interdict", LOG_NOTICE,
	  SD_ID128_MAKE(19, 7b, 94, 47, 53, 4c, 4f, cc, bd, 94, ce, b3, ce, ac, fb, 29) },
};

const struct event_kind *event_kind_of(const json_t *event)
{
	const char *name = format_text(event, "event");
	const struct event_kind *kind = kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind;
}

const char *format_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

int64_t format_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

char *format_name(const json_t *object, const char *key)
{
	const char *text = format_text(object, key);

	return *text ? escape_text(text) : NULL;
}

const char *format_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

int64_t format_ms(const json_t *object, const char *key)
{
	const char *text = format_text(object, key), *rest;
	struct tm tm = { 0 };
	int64_t ms;

	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (!rest)
		return -1;
	ms = (int64_t)timegm(&tm) * 1000;
	if (*rest == '.')
		for (int unit = 100; unit && *++rest >= '0' && *rest <= '9'; unit /= 10)
			ms += (int64_t)(*rest - '0') * unit;
	return ms;
}

bool format_ends(const json_t *event)
{
	static const char *const ending[] = { "asked", "terminated", "killed" };

	for (size_t i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		if (!strcmp(format_text(event, "outcome"), ending[i]))
			return true;
	return false;
}

void format_set(json_t *object, const char *key, json_t *value)
{
	if (!value || json_is_null(value) ||
	    (json_is_string(value) && !json_string_length(value)) ||
	    ((json_is_array(value) || json_is_object(value)) && !json_array_size(value) &&
	     !json_object_size(value)))
		json_decref(value);
	else
		json_object_set_new(object, key, value);
}

json_t *format_rest(const json_t *event)
{
	static const char *const placed[] = { "host", "boot", "time", "event", "file", "process" };
	json_t *rest = json_object(), *value;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)event, key, value)
	{
		for (i = 0; i < sizeof(placed) / sizeof(*placed) && strcmp(placed[i], key); i++)
			;
		if (i == sizeof(placed) / sizeof(*placed))
			format_set(rest, key, json_incref(value));
	}
	return rest;
}

/* jansson leaves DEL as it is, which can only be in a string. */
static char *escape_del(char *text)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = strchr(text, '\x7f') ? open_memstream(&out, &len) : NULL;

	if (!f)
		return text;
	for (const char *c = text; *c; c++)
		if (*c == '\x7f')
			fputs("\\u007f", f);
		else
			fputc(*c, f);
	free(text);
	if (fclose(f) == 0)
		return out;
	free(out);
	return NULL;
}

static char *dump(json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	json_decref(json);
	return text ? escape_del(text) : NULL;
}

char *format_event(enum output_format format, const json_t *event, const char *line, size_t len)
{
	switch (format) {
	case OUTPUT_ECS:
		return dump(format_ecs(event));
	case OUTPUT_OCSF:
		return dump(format_ocsf(event));
	case OUTPUT_CEF:
		return format_cef(event);
	default:
		return strndup(line, len && line[len - 1] == '\n' ? len - 1 : len);
	}
}
