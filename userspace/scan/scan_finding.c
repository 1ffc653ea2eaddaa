// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_finding.h"

#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "escape.h"
#include "events/event_line.h"
#include "sarif_log.h"

static json_t *name_json(const char *name)
{
	char *escaped = escape_name(name, strlen(name), 0);
	json_t *json = escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

json_t *scan_finding_file(const struct scan_policy *policy, const struct scan_verdict *verdict,
			  const char *path, const struct statx *stx,
			  const struct interdict_identity *identity)
{
	const struct event_file file = {
		.dev_major = stx->stx_dev_major,
		.dev_minor = stx->stx_dev_minor,
		.ino = stx->stx_ino,
		.ids = &identity->ids,
		.claims = &identity->claims,
	};
	json_t *json = json_pack("{s:s}", "found", "file");
	json_t *object = event_file_json(name_json(path), &file);

	if (json_object_update_new(json, scan_verdict_json(policy, verdict)) ||
	    json_object_set_new(object, "links", json_integer(stx->stx_nlink)) ||
	    json_object_set(json, "file", object)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(object);
	return json;
}

/* ---- text ---- */

static const char *text_of(const json_t *json, const char *object, const char *key)
{
	return json_string_value(csv_member(json, object, key));
}

static char *safe_text(const char *text)
{
	return escape_name(text ? text : "", strlen(text ? text : ""),
			   ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
}

/* "banned by order a (publisher), also by b: MESSAGE", to be freed. */
static char *verdict_text(const json_t *finding)
{
	const char *order = text_of(finding, NULL, "order"), *rule = text_of(finding, NULL, "rule");
	const char *verdict = text_of(finding, NULL, "verdict");
	const char *message = text_of(finding, NULL, "message");
	const json_t *also = json_object_get(finding, "also"), *item;
	bool deny = verdict && !strcmp(verdict, "deny");
	char *text = NULL;
	size_t len = 0, i;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (order)
		fprintf(out, "%s by order %s (%s)", deny ? "banned" : "recorded only,", order,
			rule ? rule : "");
	else
		fprintf(out, "%s by the policy (%s)", deny ? "refused" : "recorded only,",
			rule ? rule : "");
	json_array_foreach(also, i, item)
		fprintf(out, "%s%s", i ? ", " : ", also ", json_string_value(item));
	if (message)
		fprintf(out, ": %s", message);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

void scan_finding_print(const json_t *finding, FILE *out)
{
	char *path = safe_text(text_of(finding, "file", "path"));
	char *verdict = verdict_text(finding), *safe = safe_text(verdict);

	fprintf(out, "%s: %s\n", path ? path : "out of memory", safe ? safe : "out of memory");
	free(path);
	free(verdict);
	free(safe);
}

/* ---- CSV ---- */

static const struct csv_column columns[] = {
	{ "found", NULL, "found" },
	{ "path", "file", "path" },
	{ "verdict", NULL, "verdict" },
	{ "order", NULL, "order" },
	{ "rule", NULL, "rule" },
	{ "claimed", NULL, "claimed" },
	{ "also", NULL, "also" },
	{ "operations", NULL, "operations" },
	{ "sha256", "file", "sha256" },
	{ "size", "file", "size" },
	{ "dev", "file", "dev" },
	{ "ino", "file", "ino" },
	{ "links", "file", "links" },
	{ "build_id", "file", "build_id" },
	{ "publisher", "file", "publisher" },
	{ "title", NULL, "title" },
	{ "authority", NULL, "authority" },
	{ "message", NULL, "message" },
	{ "contact", NULL, "contact" },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void scan_finding_csv_head(FILE *out)
{
	csv_head(out, columns, COLUMNS);
}

int scan_finding_csv(const json_t *finding, FILE *out)
{
	return csv_row(out, columns, COLUMNS, finding);
}

/* ---- SARIF ---- */

/* The index in @rules of the finding's order; where there is none, of what the header says. */
static int rule_index(const json_t *finding, json_t *rules, const char **id)
{
	const char *order = text_of(finding, NULL, "order"), *title;
	const json_t *rule;
	size_t i;

	*id = order ? order : text_of(finding, NULL, "rule");
	json_array_foreach(rules, i,
			   rule) if (!strcmp(text_of(rule, NULL, "id"), *id)) return (int)i;
	title = text_of(finding, NULL, "title");
	json_array_append_new(rules,
			      sarif_rule(*id, title ? title : "refused by the policy", "error"));
	return (int)json_array_size(rules) - 1;
}

json_t *scan_finding_sarif(const json_t *finding, json_t *rules)
{
	const char *escaped = text_of(finding, "file", "path"), *id;
	const char *verdict = text_of(finding, NULL, "verdict");
	char *path = malloc(escaped ? strlen(escaped) + 1 : 1), *text = verdict_text(finding);
	long len = path && escaped ? unescape_name(escaped, path) : -1;
	json_t *json = NULL;
	int index;

	if (len >= 0 && text) {
		path[len] = '\0';
		index = rule_index(finding, rules, &id);
		json = json_pack("{s:s, s:i, s:s, s:{s:s}, s:[{s:{s:{s:o}}}], s:O}", "ruleId", id,
				 "ruleIndex", index, "level",
				 !strcmp(verdict, "deny") ? "error" : "warning", "message", "text",
				 text, "locations", "physicalLocation", "artifactLocation", "uri",
				 sarif_uri(path), "properties", finding);
	}
	free(path);
	free(text);
	return json;
}
