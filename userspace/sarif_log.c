// SPDX-License-Identifier: GPL-2.0-or-later
#include "sarif_log.h"

#include <stdbool.h>
#include <stdio.h>
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

json_t *sarif_uri(const char *path)
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

json_t *sarif_rule(const char *id, const char *text, const char *level)
{
	return json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", id, "shortDescription", "text", text,
			 "defaultConfiguration", "level", level);
}

json_t *sarif_notification(json_t *text)
{
	return json_pack("{s:s, s:{s:o}}", "level", "warning", "message", "text", text);
}

json_t *sarif_log(json_t *rules, json_t *results, json_t *notifications, int status,
		  json_t *properties)
{
	json_t *invocation = json_pack("{s:b, s:i, s:o}", "executionSuccessful", 1, "exitCode",
				       status, "toolExecutionNotifications", notifications);
	json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "interdict", "version",
				   INTERDICT_VERSION, "rules", rules);

	return json_pack("{s:s, s:s, s:[{s:{s:o}, s:[o], s:s, s:o, s:o}]}", "$schema", SCHEMA,
			 "version", "2.1.0", "runs", "tool", "driver", driver, "invocations",
			 invocation, "columnKind", "unicodeCodePoints", "results", results,
			 "properties", properties);
}
