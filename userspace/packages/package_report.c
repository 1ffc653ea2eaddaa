// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "package_resolve.h"

void package_report_free(struct package_report *report)
{
	size_t i;

	for (i = 0; i < report->n; i++) {
		free(report->v[i].package);
		free(report->v[i].path);
		free(report->v[i].why);
	}
	free(report->v);
	free(report->keep);
	memset(report, 0, sizeof(*report));
}

/* Text that may have a name in it. */
static json_t *text_json(const char *text)
{
	char *escaped = escape_name(text, strlen(text), 0);
	json_t *json = escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

static json_t *databases_json(const struct package_report *report)
{
	json_t *databases = json_array();
	enum package_type type;

	for (type = 0; type < PACKAGE_TYPE_COUNT; type++) {
		bool broken = report->databases.of[type].state == PACKAGE_DATABASE_BROKEN;

		if (report->databases.of[type].state == PACKAGE_DATABASE_ABSENT)
			continue;
		json_array_append_new(
			databases,
			json_pack("{s:s, s:s, s:I, s:o, s:I}", "type", package_type_name(type),
				  "state", broken ? "broken" : "read", "packages",
				  (json_int_t)report->databases.of[type].packages, "why",
				  broken ? text_json(report->databases.of[type].why) : json_null(),
				  "held", (json_int_t)report->held[type]));
	}
	return databases;
}

json_t *package_report_json(const struct package_report *report)
{
	json_t *left = json_array();
	size_t i;

	if (!report->resolved) {
		json_decref(left);
		return json_null();
	}
	for (i = 0; i < report->n; i++)
		json_array_append_new(left, json_pack("{s:o, s:o, s:o}", "package",
						      text_json(report->v[i].package), "path",
						      text_json(report->v[i].path), "why",
						      text_json(report->v[i].why)));
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:s?}", "when",
			 (json_int_t)report->when, "took_us", (json_int_t)report->took_us,
			 "packages", (json_int_t)report->packages, "files",
			 (json_int_t)report->files, "former", (json_int_t)report->former, "rules",
			 (json_int_t)report->rules, "left_out", (json_int_t)report->left_out,
			 "read", (json_int_t)report->read, "databases", databases_json(report),
			 "files_left_out", left, "kept_why",
			 *report->kept_why ? report->kept_why : NULL);
}

void package_report_print(const struct package_report *report, const char *before, FILE *out)
{
	char line[2 * PACKAGE_WHY_MAX + 256];
	enum package_type type;
	size_t i;

	fprintf(out, "%spackages: %zu match, %zu rules of %zu files, %zu left out\n", before,
		report->packages, report->rules, report->files, report->left_out);
	if (report->former)
		fprintf(out, "%spackages: %zu files of what was installed before\n", before,
			report->former);
	for (type = 0; type < PACKAGE_TYPE_COUNT; type++) {
		if (report->databases.of[type].state != PACKAGE_DATABASE_BROKEN)
			continue;
		snprintf(
			line, sizeof(line),
			"the database of %s packages cannot be read: %s; what it said last, of %zu "
			"packages, holds",
			package_type_name(type), report->databases.of[type].why,
			report->held[type]);
		escape_print(out, before, line);
	}
	for (i = 0; i < report->n; i++) {
		char *text;

		if (asprintf(&text, "left out: %s of %s: %s", report->v[i].path,
			     report->v[i].package, report->v[i].why) < 0)
			continue;
		escape_print(out, before, text);
		free(text);
	}
}
