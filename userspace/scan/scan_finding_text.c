// SPDX-License-Identifier: GPL-2.0-or-later
/* Findings as lines for people, CSV and SARIF. */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "escape.h"
#include "sarif_log.h"
#include "scan_finding.h"

/* ---- lines ---- */

static const char *text_of(const json_t *json, const char *object, const char *key)
{
	return json_string_value(csv_member(json, object, key));
}

static char *safe_text(const char *text)
{
	return escape_text(text ? text : "");
}

/* "banned by order a (publisher), also by b: MESSAGE", to be freed. */
static char *verdict_text(const json_t *finding)
{
	const char *order = text_of(finding, NULL, "order"), *rule = text_of(finding, NULL, "rule");
	const char *verdict = text_of(finding, NULL, "verdict");
	const char *message = text_of(finding, NULL, "message");
	const char *via = text_of(finding, NULL, "via");
	const json_t *also = json_object_get(finding, "also"), *item;
	bool deny = verdict && !strcmp(verdict, "deny");
	char *text = NULL;
	size_t len = 0, i;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (order)
		fprintf(out, "%s by order %s (%s%s%s)", deny ? "banned" : "recorded only,", order,
			rule ? rule : "", via ? " via " : "", via ? via : "");
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

/* What it is, to be freed. */
static char *subject_text(const json_t *finding)
{
	const json_t *process = json_object_get(finding, "process");
	const char *path = text_of(finding, "file", "path"), *op;
	const char *version = text_of(finding, "package", "version");
	char *text = NULL;
	int n;

	if (json_object_get(finding, "package")) {
		n = asprintf(&text, "%s%s%s package %s%s%s", path ? path : "",
			     path ? ", which installs the " : "",
			     text_of(finding, "package", "type"),
			     text_of(finding, "package", "name"), version ? " " : "",
			     version ? version : "");
	} else if (process) {
		op = json_string_value(json_array_get(json_object_get(finding, "operations"), 0));
		n = asprintf(&text, "process %lld (%s) of user %lld, which %s %s",
			     (long long)json_integer_value(json_object_get(process, "pid")),
			     text_of(process, NULL, "comm"),
			     (long long)json_integer_value(json_object_get(process, "uid")),
			     op && !strcmp(op, "exec") ? "runs" : "has mapped", path ? path : "");
	} else {
		n = asprintf(&text, "%s", path ? path : "");
	}
	return n < 0 ? NULL : text;
}

void scan_finding_print(const json_t *finding, FILE *out)
{
	char *subject = subject_text(finding), *verdict = verdict_text(finding);
	char *safe_subject = safe_text(subject), *safe = safe_text(verdict);

	fprintf(out, "%s: %s\n", safe_subject ? safe_subject : "out of memory",
		safe ? safe : "out of memory");
	free(subject);
	free(verdict);
	free(safe_subject);
	free(safe);
}

/* ---- CSV ---- */

static const struct csv_column columns[] = {
	{ "found", NULL, "found" },
	{ "path", "file", "path" },
	{ "verdict", NULL, "verdict" },
	{ "order", NULL, "order" },
	{ "rule", NULL, "rule" },
	{ "via", NULL, "via" },
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
	{ "package", "package", "id" },
	{ "version", "package", "version" },
	{ "pid", "process", "pid" },
	{ "uid", "process", "uid" },
	{ "comm", "process", "comm" },
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

/* Where it is: of a package a package URL (github.com/package-url/purl-spec), as it has no file. */
static json_t *place_json(const json_t *finding)
{
	const char *escaped = text_of(finding, "file", "path");
	const char *name = text_of(finding, "package", "name");
	json_t *json = NULL, *uri;
	char *path;
	long len;

	if (name && !escaped) {
		uri = sarif_uri(name);
		json = json_sprintf("pkg:%s/%s", text_of(finding, "package", "type"),
				    json_string_value(uri));
		json_decref(uri);
		return json;
	}
	path = malloc(escaped ? strlen(escaped) + 1 : 1);
	len = path && escaped ? unescape_name(escaped, path) : -1;
	if (len >= 0) {
		path[len] = '\0';
		json = sarif_uri(path);
	}
	free(path);
	return json;
}

json_t *scan_finding_sarif(const json_t *finding, json_t *rules)
{
	const char *verdict = text_of(finding, NULL, "verdict"), *id;
	char *subject = subject_text(finding), *why = verdict_text(finding);
	bool file = !strcmp(text_of(finding, NULL, "found"), "file") &&
		    !json_object_get(finding, "package");
	int index = rule_index(finding, rules, &id);
	json_t *json = NULL;

	if (subject && why)
		json = json_pack("{s:s, s:i, s:s, s:{s:o}, s:[{s:{s:{s:o}}}], s:O}", "ruleId", id,
				 "ruleIndex", index, "level",
				 !strcmp(verdict, "deny") ? "error" : "warning", "message", "text",
				 file ? json_string(why) : json_sprintf("%s: %s", subject, why),
				 "locations", "physicalLocation", "artifactLocation", "uri",
				 place_json(finding), "properties", finding);
	free(subject);
	free(why);
	return json;
}
