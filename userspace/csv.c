// SPDX-License-Identifier: GPL-2.0-or-later
#include "csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

const json_t *csv_member(const json_t *json, const char *object, const char *key)
{
	return json_object_get(object ? json_object_get(json, object) : json, key);
}

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
	char *safe = escape_text(text);

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

void csv_head(FILE *out, const struct csv_column *columns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s%s", i ? "," : "", columns[i].title);
	fputs("\r\n", out);
}

int csv_row(FILE *out, const struct csv_column *columns, size_t n, const json_t *json)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (i)
			fputc(',', out);
		err = put_value(out, csv_member(json, columns[i].object, columns[i].key));
	}
	fputs("\r\n", out);
	return err;
}
