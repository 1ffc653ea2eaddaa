// SPDX-License-Identifier: GPL-2.0-or-later
/* A plan, for a person. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "remove_json.h"
#include "remove_plan.h"

static void put(FILE *out, const char *text)
{
	char *safe = escape_text(text);

	fputs(safe ? safe : "?", out);
	free(safe);
}

static void print_package(const json_t *package, FILE *out)
{
	const json_t *with = json_object_get(package, "with"), *name;
	size_t i;

	fprintf(out, "%s package ", remove_text(package, "type"));
	put(out, remove_text(package, "id"));
	if (*remove_text(package, "version")) {
		fputc(' ', out);
		put(out, remove_text(package, "version"));
	}
	if (*remove_text(package, "manager"))
		fprintf(out, ", by %s", remove_text(package, "manager"));
	if (json_array_size(with))
		fputs(", and with it what needs it:", out);
	json_array_foreach(with, i, name)
	{
		fputc(' ', out);
		put(out, json_string_value(name));
	}
}

static void print_file(const json_t *file, FILE *out)
{
	put(out, remove_text(file, "path"));
	if (*remove_text(file, "package")) {
		fputs(", of the package ", out);
		put(out, remove_text(file, "package"));
		fputs(", which no order names and which stays", out);
	}
}

void remove_plan_print(const json_t *plan, FILE *out)
{
	const json_t *step;
	size_t i;

	json_array_foreach(json_object_get(plan, "steps"), i, step)
	{
		const json_t *package = json_object_get(step, "package");
		const json_t *file = json_object_get(step, "file");

		fprintf(out, "%-10s ", remove_text(step, "do"));
		if (package)
			print_package(package, out);
		else if (file)
			print_file(file, out);
		if (*remove_text(step, "order"))
			fprintf(out, " (order %s, %s)", remove_text(step, "order"),
				remove_text(step, "rule"));
		if (*remove_text(step, "why")) {
			fputs(package || file ? ": " : " ", out);
			put(out, remove_text(step, "why"));
		}
		fputc('\n', out);
	}
}
