// SPDX-License-Identifier: GPL-2.0-or-later
#include "sarif.h"

#include <stdlib.h>
#include <string.h>

#include "commands.h"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* RFC 3986 section 2.3, and the slash between segments. */
static bool stands_for_itself(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~/", c));
}

static json_t *uri_json(const char *path)
{
	const char *scheme = path[0] == '/' ? "file://" : "";
	char *uri = malloc(strlen(scheme) + 3 * strlen(path) + 1);
	json_t *json;
	char *out;

	if (!uri)
		return NULL;
	out = uri + sprintf(uri, "%s", scheme);
	for (; *path; path++)
		if (stands_for_itself(*path))
			*out++ = *path;
		else
			out += sprintf(out, "%%%02X", (unsigned char)*path);
	*out = '\0';
	json = json_string(uri);
	free(uri);
	return json;
}

static json_t *rules_json(void)
{
	json_t *rules = json_array();
	enum policy_problem i;

	for (i = 0; rules && i < POLICY_PROBLEM_COUNT; i++) {
		const char *level = i == POLICY_PROBLEM_TEXT || i == POLICY_PROBLEM_UNENFORCED ||
						    i == POLICY_PROBLEM_CRITICAL ?
					    "error" :
					    "warning";

		if (json_array_append_new(rules,
					  json_pack("{s:s, s:{s:s}, s:{s:s}}", "id",
						    policy_problem_name(i), "shortDescription",
						    "text", policy_problem_meaning(i),
						    "defaultConfiguration", "level", level)) < 0) {
			json_decref(rules);
			return NULL;
		}
	}
	return rules;
}

/* A place without a line is the whole file: a location without a region (section 3.29.4). */
static json_t *result_json(const struct policy_error *e)
{
	json_t *place = json_pack("{s:{s:o}}", "artifactLocation", "uri", uri_json(e->file));

	if (place && e->line)
		json_object_set_new(place, "region",
				    json_pack("{s:I, s:I}", "startLine", (json_int_t)e->line,
					      "startColumn", (json_int_t)e->col));
	return json_pack("{s:s, s:i, s:s, s:{s:s}, s:[{s:o}], s:{s:b}}", "ruleId",
			 policy_problem_name(e->problem), "ruleIndex", (int)e->problem, "level",
			 policy_severity_name(e->severity), "message", "text", e->text, "locations",
			 "physicalLocation", place, "properties", "refused",
			 e->severity == POLICY_REFUSED);
}

static json_t *results_json(const struct policy_errors *errs)
{
	json_t *results = json_array();
	size_t i;

	for (i = 0; results && i < errs->n; i++)
		if (json_array_append_new(results, result_json(&errs->v[i])) < 0) {
			json_decref(results);
			return NULL;
		}
	return results;
}

static json_t *notifications_json(const struct policy_errors *errs)
{
	if (!errs->dropped)
		return json_array();
	return json_pack("[{s:s, s:{s:o}}]", "level", "warning", "message", "text",
			 json_sprintf("%zu more problems that are not shown", errs->dropped));
}

json_t *sarif_json(const struct policy_errors *errs, int status, bool allow_critical)
{
	json_t *invocation =
		json_pack("{s:b, s:i, s:o}", "executionSuccessful", 1, "exitCode", status,
			  "toolExecutionNotifications", notifications_json(errs));
	json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "interdict", "version",
				   INTERDICT_VERSION, "rules", rules_json());

	return json_pack("{s:s, s:s, s:[{s:{s:o}, s:[o], s:s, s:o, s:{s:b}}]}", "$schema", SCHEMA,
			 "version", "2.1.0", "runs", "tool", "driver", driver, "invocations",
			 invocation, "columnKind", "unicodeCodePoints", "results",
			 results_json(errs), "properties", "allow_critical", allow_critical);
}
