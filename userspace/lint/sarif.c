// SPDX-License-Identifier: GPL-2.0-or-later
#include "sarif.h"

#include "sarif_log.h"

static json_t *rules_json(void)
{
	json_t *rules = json_array();
	enum policy_problem i;

	for (i = 0; rules && i < POLICY_PROBLEM_COUNT; i++) {
		const char *level = i == POLICY_PROBLEM_TEXT || i == POLICY_PROBLEM_UNENFORCED ||
						    i == POLICY_PROBLEM_CRITICAL ?
					    "error" :
					    "warning";

		if (json_array_append_new(rules, sarif_rule(policy_problem_name(i),
							    policy_problem_meaning(i), level)) <
		    0) {
			json_decref(rules);
			return NULL;
		}
	}
	return rules;
}

/* A place without a line is the whole file: a location without a region (section 3.29.4). */
static json_t *result_json(const struct policy_error *e)
{
	json_t *place = json_pack("{s:{s:o}}", "artifactLocation", "uri", sarif_uri(e->file));

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
	json_t *array = json_array();

	if (errs->dropped)
		json_array_append_new(
			array, sarif_notification(json_sprintf(
				       "%zu more problems that are not shown", errs->dropped)));
	return array;
}

json_t *sarif_json(const struct policy_errors *errs, int status, bool allow_critical)
{
	return sarif_log(rules_json(), results_json(errs), notifications_json(errs), status,
			 json_pack("{s:b}", "allow_critical", allow_critical));
}
