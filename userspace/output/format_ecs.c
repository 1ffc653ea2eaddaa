// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Elastic Common Schema 8.11 (https://www.elastic.co/docs/reference/ecs). What it has no field for
 * is under "interdict", with the names of the record.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "commands.h"
#include "events/event_line.h"
#include "format.h"

#define ECS_VERSION "8.11.0"

/* event.category and event.type by "event", for those that are about a file by "op", too; the
 * allowed values of ECS. */
static json_t *categories(const char *kind, const char *op)
{
	if (strcmp(kind, "killed") == 0 ||
	    (strcmp(op, "exec") == 0 && strcmp(kind, "removed") != 0))
		return json_pack("[s]", "process");
	if (strcmp(kind, "removed") == 0)
		return json_pack("[s, s]", "package", "file");
	if (strcmp(op, "load") == 0)
		return json_pack("[s, s]", "driver", "file");
	if (*op)
		return json_pack("[s]", "file");
	if (strcmp(kind, "policy") == 0)
		return json_pack("[s]", "configuration");
	if (strcmp(kind, "tamper") == 0)
		return json_pack("[s]", "intrusion_detection");
	return json_array();
}

static json_t *types(const json_t *event, const char *kind, const char *op)
{
	static const struct {
		const char *kind, *type;
	} table[] = {
		{ "killed", "end" },	 { "removed", "deletion" }, { "policy", "change" },
		{ "degraded", "error" }, { "tamper", "info" },	    { "start", "start" },
		{ "stop", "end" },	 { "checkpoint", "info" },
	};
	const char *how = strcmp(op, "exec") == 0 ? "start" : "access";

	if (*format_text(event, "outcome") && !format_ends(event))
		return json_pack("[s]", "info");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (strcmp(table[i].kind, kind) == 0)
			return json_pack("[s]", table[i].type);
	if (strcmp(kind, "denied") == 0 || strcmp(kind, "summary") == 0)
		return json_pack("[s, s]", how, "denied");
	return *op ? json_pack("[s, s]", how, "allowed") : json_pack("[s]", "info");
}

static json_t *event_fields(const json_t *event)
{
	const char *kind = format_text(event, "event"), *op = format_text(event, "op");
	const struct event_kind *known = event_kind_of(event);
	json_t *out = json_object();

	format_set(out, "kind", json_string(known->level <= LOG_WARNING ? "alert" : "event"));
	format_set(out, "category", categories(kind, op));
	format_set(out, "type", types(event, kind, op));
	format_set(out, "action", *op ? json_sprintf("%s-%s", kind, op) : json_string(kind));
	/* Of what was tried. */
	if (strcmp(kind, "denied") == 0 || json_is_true(json_object_get(event, "refused")))
		format_set(out, "outcome", json_string("failure"));
	else if (strcmp(kind, "audited") == 0)
		format_set(out, "outcome", json_string("success"));
	format_set(out, "code", json_string(kind));
	format_set(out, "provider", json_string("interdict"));
	format_set(out, "module", json_string("interdict"));
	format_set(out, "dataset", json_string("interdict.events"));
	format_set(out, "sequence", json_integer(format_number(event, "seq")));
	format_set(out, "severity", json_integer(known->level));
	format_set(out, "reason", json_string(format_text(event, "reason")));
	format_set(out, "start", json_string(format_text(event, "first_time")));
	format_set(out, "end", json_string(format_text(event, "last_time")));
	return out;
}

static json_t *file_fields(const json_t *file)
{
	const char *path = format_text(file, "path");
	const char *slash = strrchr(path, '/');
	json_t *out = json_object();

	if (!json_is_object(file))
		return out;
	format_set(out, "path", json_string(path));
	format_set(out, "name", json_string(format_basename(path)));
	if (slash)
		format_set(out, "directory",
			   slash == path ? json_string("/") :
					   json_stringn(path, (size_t)(slash - path)));
	format_set(out, "type", json_string("file"));
	format_set(out, "size", json_incref(json_object_get(file, "size")));
	format_set(out, "inode", json_sprintf("%lld", (long long)format_number(file, "ino")));
	format_set(out, "device", json_string(format_text(file, "dev")));
	if (*format_text(file, "sha256"))
		format_set(out, "hash", json_pack("{s:s}", "sha256", format_text(file, "sha256")));
	if (*format_text(file, "publisher"))
		format_set(out, "code_signature",
			   json_pack("{s:b, s:s, s:b}", "exists", 1, "subject_name",
				     format_text(file, "publisher"), "valid", 0));
	return out;
}

static json_t *process_fields(const json_t *process)
{
	json_t *out = json_object();
	char *line;

	if (!json_is_object(process))
		return out;
	format_set(out, "pid", json_incref(json_object_get(process, "pid")));
	format_set(out, "name", json_string(format_text(process, "comm")));
	format_set(out, "executable", json_string(format_text(process, "exe")));
	format_set(out, "parent", json_pack("{s:O*}", "pid", json_object_get(process, "ppid")));
	format_set(out, "user",
		   json_pack("{s:o}", "id",
			     json_sprintf("%lld", (long long)format_number(process, "uid"))));
	format_set(out, "args", json_incref(json_object_get(process, "args")));
	line = arguments_line(json_object_get(process, "args"));
	format_set(out, "command_line", line ? json_string(line) : NULL);
	free(line);
	return out;
}

static json_t *container_fields(const json_t *container)
{
	json_t *out = json_object();

	format_set(out, "id", json_string(format_text(container, "id")));
	format_set(out, "runtime", json_string(format_text(container, "runtime")));
	return out;
}

static json_t *rule_fields(const json_t *event)
{
	json_t *out = json_object();

	format_set(out, "id", json_string(format_text(event, "order")));
	format_set(out, "category", json_string(format_text(event, "rule")));
	format_set(out, "description", json_string(format_text(event, "message")));
	format_set(out, "reference", json_string(format_text(event, "reference")));
	format_set(out, "ruleset",
		   json_string(format_text(json_object_get(event, "policy"), "name")));
	return out;
}

/* What of file and process has no field. */
static void keep_rest(json_t *rest, const json_t *event, const char *part,
		      const char *const *placed, size_t n)
{
	json_t *out = json_object(), *value;
	const char *key;
	size_t i;

	json_object_foreach(json_object_get(event, part), key, value)
	{
		for (i = 0; i < n && strcmp(placed[i], key) != 0; i++)
			;
		if (i == n)
			format_set(out, key, json_incref(value));
	}
	format_set(rest, part, out);
}

static json_t *rest_fields(const json_t *event)
{
	static const char *const file[] = { "path", "size", "dev", "ino", "sha256" };
	static const char *const process[] = { "pid", "ppid", "uid",	  "comm",
					       "exe", "args", "container" };
	static const char *const top[] = { "labels", "reference", "message" };
	json_t *rest = format_rest(event);

	for (size_t i = 0; i < sizeof(top) / sizeof(*top); i++)
		json_object_del(rest, top[i]);

	keep_rest(rest, event, "file", file, sizeof(file) / sizeof(*file));
	keep_rest(rest, event, "process", process, sizeof(process) / sizeof(*process));
	return rest;
}

json_t *format_ecs(const json_t *event)
{
	const json_t *process = json_object_get(event, "process");
	const char *order = format_text(event, "order");
	char *message = event_describe(event);
	json_t *out = json_object();

	format_set(out, "@timestamp", json_string(format_text(event, "time")));
	format_set(out, "ecs", json_pack("{s:s}", "version", ECS_VERSION));
	format_set(out, "message", json_string(message ? message : ""));
	format_set(out, "event", event_fields(event));
	format_set(out, "agent",
		   json_pack("{s:s, s:s}", "type", "interdict", "version", INTERDICT_VERSION));
	format_set(out, "host",
		   json_pack("{s:s, s:{s:s}}", "id", format_text(event, "host"), "boot", "id",
			     format_text(event, "boot")));
	format_set(out, "file", file_fields(json_object_get(event, "file")));
	format_set(out, "process", process_fields(process));
	if (json_is_object(process))
		format_set(
			out, "user",
			json_pack("{s:o}", "id",
				  json_sprintf("%lld", (long long)format_number(process, "uid"))));
	format_set(out, "container", container_fields(json_object_get(process, "container")));
	if (*order)
		format_set(out, "rule", rule_fields(event));
	format_set(out, "tags", json_incref(json_object_get(event, "labels")));
	format_set(out, "interdict", rest_fields(event));
	free(message);
	return out;
}
