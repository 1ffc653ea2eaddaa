// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Open Cybersecurity Schema Framework 1.5.0 (https://schema.ocsf.io/1.5.0): Process Activity (1007)
 * for exec and for a process that was ended, File System Activity (1001) for other operations on
 * files, each with the profile security_control; Application Lifecycle (6002) for what is about
 * Interdict itself, and what it removed. What it has no attribute for is under "unmapped", with the
 * names of the record.
 */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "commands.h"
#include "events/event_line.h"
#include "format.h"

#define OCSF_VERSION "1.5.0"

enum { CLASS_FILE = 1001, CLASS_PROCESS = 1007, CLASS_LIFECYCLE = 6002 };

struct activity {
	int class, id;
	const char *name;
};

static struct activity activity_of(const json_t *event, const char *kind, const char *op)
{
	if (strcmp(kind, "killed") == 0 && format_ends(event))
		return (struct activity){ CLASS_PROCESS, 2, "Terminate" };
	if (strcmp(kind, "killed") == 0)
		return (struct activity){ CLASS_PROCESS, 99, "Other" };
	if (strcmp(kind, "removed") == 0 &&
	    strcmp(format_text(event, "action"), "uninstalled") == 0)
		return (struct activity){ CLASS_LIFECYCLE, 2, "Remove" };
	if (strcmp(op, "exec") == 0)
		return (struct activity){ CLASS_PROCESS, 1, "Launch" };
	if (*op)
		return (struct activity){ CLASS_FILE, 14, "Open" };
	if (strcmp(kind, "start") == 0)
		return (struct activity){ CLASS_LIFECYCLE, 3, "Start" };
	if (strcmp(kind, "stop") == 0)
		return (struct activity){ CLASS_LIFECYCLE, 4, "Stop" };
	return (struct activity){ CLASS_LIFECYCLE, 99, kind };
}

static const char *class_name(int class)
{
	if (class == CLASS_FILE)
		return "File System Activity";
	return class == CLASS_PROCESS ? "Process Activity" : "Application Lifecycle";
}

static void set_severity(json_t *out, int level)
{
	static const struct {
		int id;
		const char *name;
	} severities[] = {
		[LOG_EMERG] = { 6, "Fatal" },	     [LOG_ALERT] = { 5, "Critical" },
		[LOG_CRIT] = { 5, "Critical" },	     [LOG_ERR] = { 4, "High" },
		[LOG_WARNING] = { 3, "Medium" },     [LOG_NOTICE] = { 2, "Low" },
		[LOG_INFO] = { 1, "Informational" },
	};

	format_set(out, "severity_id", json_integer(severities[level].id));
	format_set(out, "severity", json_string(severities[level].name));
}

/* The profile security_control: what was done about it. */
static void set_control(json_t *out, const char *kind)
{
	static const struct {
		const char *kind, *action, *disposition;
		int action_id, disposition_id;
	} table[] = {
		{ "denied", "Denied", "Blocked", 2, 2 },
		{ "killed", "Denied", "Blocked", 2, 2 },
		{ "audited", "Observed", "Detected", 3, 15 },
		{ "unidentified", "Observed", "Logged", 3, 17 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].kind, kind) != 0)
			continue;
		format_set(out, "action_id", json_integer(table[i].action_id));
		format_set(out, "action", json_string(table[i].action));
		format_set(out, "disposition_id", json_integer(table[i].disposition_id));
		format_set(out, "disposition", json_string(table[i].disposition));
		format_set(out, "is_alert", json_boolean(table[i].action_id == 2));
	}
}

/* The identifier that matched, as an order has it. */
static json_t *match_details(const json_t *event)
{
	json_t *out = json_array(), *value;
	const char *key;

	json_object_foreach(json_object_get(event, "match"), key, value)
	{
		if (json_is_string(value))
			json_array_append_new(
				out, json_sprintf("%s: %s", key, json_string_value(value)));
		else
			json_array_append_new(
				out, json_sprintf("%s: %lld", key, json_integer_value(value)));
	}
	return out;
}

static void set_verdict(json_t *out, const json_t *event)
{
	const json_t *policy = json_object_get(event, "policy");
	const char *order = format_text(event, "order"), *rule = format_text(event, "rule");
	json_t *made;

	/* "firewall_rule" is the profile's attribute for the rule that decided. */
	if (*order || *rule) {
		made = json_object();
		format_set(made, "name", json_string(*order ? order : rule));
		format_set(made, "uid", json_string(order));
		format_set(made, "type", json_string(rule));
		format_set(made, "desc", json_string(format_text(event, "message")));
		format_set(made, "match_details", match_details(event));
		format_set(out, "firewall_rule", made);
	}
	if (json_is_object(policy)) {
		made = json_object();
		format_set(made, "name", json_string(format_text(policy, "name")));
		format_set(made, "uid", json_string(format_text(policy, "digest")));
		format_set(made, "version",
			   json_sprintf("%lld", (long long)format_number(policy, "serial")));
		format_set(out, "policy", made);
	}
}

static json_t *fingerprint(int algorithm_id, const char *algorithm, const char *value)
{
	return json_pack("{s:i, s:s, s:s}", "algorithm_id", algorithm_id, "algorithm", algorithm,
			 "value", value);
}

static json_t *file_object(const json_t *file)
{
	const char *path = format_text(file, "path");
	json_t *out = json_object(), *hashes = json_array();

	/* A name is required. */
	format_set(out, "name", json_string(*path ? format_basename(path) : "unknown"));
	format_set(out, "path", json_string(path));
	format_set(out, "type_id", json_integer(1));
	format_set(out, "type", json_string("Regular File"));
	format_set(out, "size", json_incref(json_object_get(file, "size")));
	format_set(out, "uid",
		   json_sprintf("%s/%lld", format_text(file, "dev"),
				(long long)format_number(file, "ino")));
	if (*format_text(file, "sha256"))
		json_array_append_new(hashes,
				      fingerprint(3, "SHA-256", format_text(file, "sha256")));
	if (*format_text(file, "build_id"))
		json_array_append_new(
			hashes, fingerprint(99, "GNU build-id", format_text(file, "build_id")));
	format_set(out, "hashes", hashes);
	format_set(out, "company_name", json_string(format_text(file, "publisher")));
	return out;
}

static void set_command_line(json_t *out, const json_t *process, const char *key)
{
	char *line = arguments_line(json_object_get(process, key));

	format_set(out, "cmd_line", line ? json_string(line) : NULL);
	free(line);
}

static void set_session(json_t *out, const json_t *process)
{
	json_t *session = json_object();

	if (json_is_integer(json_object_get(process, "session")))
		format_set(session, "uid",
			   json_sprintf("%lld", (long long)format_number(process, "session")));
	format_set(session, "terminal", json_string(format_text(process, "tty")));
	format_set(out, "session", session);
}

/* The profile container. */
static void set_container(json_t *out, const json_t *process)
{
	const json_t *container = json_object_get(process, "container");
	json_t *made = json_object();

	format_set(made, "uid", json_string(format_text(container, "id")));
	format_set(made, "runtime", json_string(format_text(container, "runtime")));
	format_set(out, "container", made);
	format_set(out, "namespace_pid", json_incref(json_object_get(process, "ns_pid")));
}

/* The task that tried. */
static json_t *process_object(const json_t *process)
{
	const char *exe = format_text(process, "exe");
	json_t *out = json_object(), *ancestry = json_array(), *parent;
	size_t i;

	format_set(out, "pid", json_incref(json_object_get(process, "pid")));
	format_set(out, "name", json_string(format_text(process, "comm")));
	format_set(out, "path", json_string(exe));
	if (*exe)
		format_set(out, "file",
			   json_pack("{s:s, s:s, s:i}", "name", format_basename(exe), "path", exe,
				     "type_id", 1));
	format_set(out, "user",
		   json_pack("{s:o}", "uid",
			     json_sprintf("%lld", (long long)format_number(process, "uid"))));
	format_set(out, "parent_process",
		   json_pack("{s:O*}", "pid", json_object_get(process, "ppid")));
	set_command_line(out, process, "args");
	set_session(out, process);
	set_container(out, process);
	json_array_foreach(json_object_get(process, "parents"), i, parent)
		json_array_append_new(ancestry, json_pack("{s:O}", "name", parent));
	format_set(out, "ancestry", ancestry);
	return out;
}

static void set_subject(json_t *out, const json_t *event, int class)
{
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");
	json_t *actor = json_object(), *tried = process_object(process), *launched;

	if (class == CLASS_LIFECYCLE || !json_is_object(process)) {
		format_set(actor, "app_name", json_string("interdict"));
	} else {
		format_set(actor, "process", json_incref(tried));
		format_set(actor, "user", json_incref(json_object_get(tried, "user")));
	}
	if (class != CLASS_LIFECYCLE)
		format_set(out, "actor", json_incref(actor));
	if (class == CLASS_FILE)
		format_set(out, "file", file_object(file));
	if (class == CLASS_PROCESS) {
		/* What was to become of it: the same task, with another file. */
		launched = json_object();
		format_set(launched, "pid", json_incref(json_object_get(process, "pid")));
		format_set(launched, "file", file_object(file));
		set_command_line(launched, process, "exec_args");
		format_set(out, "process", launched);
	}
	if (class == CLASS_LIFECYCLE)
		format_set(out, "app",
			   json_pack("{s:s, s:s, s:s}", "name", "interdict", "vendor_name",
				     "Interdict", "version", INTERDICT_VERSION));
	json_decref(actor);
	json_decref(tried);
}

static json_t *metadata(const json_t *event, int class)
{
	json_t *out = json_pack(
		"{s:s, s:{s:s, s:s, s:s}, s:s, s:s, s:s, s:O}", "version", OCSF_VERSION, "product",
		"name", "interdict", "vendor_name", "Interdict", "version", INTERDICT_VERSION,
		"log_name", "events", "log_provider", "interdict", "event_code",
		format_text(event, "event"), "sequence", json_object_get(event, "seq"));

	format_set(out, "original_time", json_string(format_text(event, "time")));
	format_set(out, "profiles",
		   class == CLASS_LIFECYCLE ?
			   json_pack("[s]", "host") :
			   json_pack("[s, s, s]", "host", "security_control", "container"));
	format_set(out, "labels", json_incref(json_object_get(event, "labels")));
	return out;
}

/* What of file and process has no attribute. */
static json_t *unmapped(const json_t *event)
{
	static const char *const of_file[] = { "claims", "have", "flags", "real" };
	static const char *const of_process[] = { "auid", "cgroup", "namespaces", "args_cut",
						  "exec_args_cut" };
	static const char *const placed[] = { "labels", "match", "message" };
	json_t *rest = format_rest(event);
	const json_t *file = json_object_get(event, "file");
	const json_t *process = json_object_get(event, "process");

	for (size_t i = 0; i < sizeof(placed) / sizeof(*placed); i++)
		json_object_del(rest, placed[i]);
	for (size_t i = 0; i < sizeof(of_file) / sizeof(*of_file); i++)
		format_set(rest, of_file[i], json_incref(json_object_get(file, of_file[i])));
	/* Their class has no file, or no process. */
	if (strcmp(format_text(event, "event"), "tamper") == 0) {
		format_set(rest, "process", json_incref(json_object_get(event, "process")));
	} else {
		for (size_t i = 0; i < sizeof(of_process) / sizeof(*of_process); i++)
			format_set(rest, of_process[i],
				   json_incref(json_object_get(process, of_process[i])));
	}
	if (strcmp(format_text(event, "event"), "removed") == 0)
		format_set(rest, "file", json_incref(json_object_get(event, "file")));
	format_set(rest, "boot", json_string(format_text(event, "boot")));
	return rest;
}

json_t *format_ocsf(const json_t *event)
{
	const char *kind = format_text(event, "event"), *op = format_text(event, "op");
	const struct event_kind *known = event_kind_of(event);
	struct activity activity = activity_of(event, kind, op);
	/* Of a summary: of what. */
	const char *what = strcmp(kind, "summary") == 0 ? format_text(event, "of") :
			   strcmp(kind, "killed") == 0 && !format_ends(event) ? "audited" :
										kind;
	char *message = event_describe(event);
	json_t *out = json_object();
	int64_t ms = format_ms(event, "time");

	format_set(out, "metadata", metadata(event, activity.class));
	format_set(out, "time", json_integer(ms < 0 ? 0 : ms));
	format_set(out, "category_uid", json_integer(activity.class / 1000));
	format_set(out, "category_name",
		   json_string(activity.class == CLASS_LIFECYCLE ? "Application Activity" :
								   "System Activity"));
	format_set(out, "class_uid", json_integer(activity.class));
	format_set(out, "class_name", json_string(class_name(activity.class)));
	format_set(out, "activity_id", json_integer(activity.id));
	format_set(out, "activity_name", json_string(activity.name));
	format_set(out, "type_uid", json_integer((json_int_t)activity.class * 100 + activity.id));
	set_severity(out, known->level);
	format_set(out, "message", json_string(message ? message : ""));
	/* Of what was tried; of the rest it says nothing. */
	format_set(out, "status_id",
		   json_integer(strcmp(what, "denied") == 0 ||
						json_is_true(json_object_get(event, "refused")) ?
					2 :
					1));
	format_set(out, "status_detail", json_string(format_text(event, "reason")));
	format_set(out, "device",
		   json_pack("{s:i, s:s, s:s}", "type_id", 0, "type", "Unknown", "uid",
			     format_text(event, "host")));
	set_subject(out, event, activity.class);
	if (activity.class != CLASS_LIFECYCLE) {
		set_control(out, what);
		set_verdict(out, event);
	}
	format_set(out, "count", json_incref(json_object_get(event, "count")));
	if (format_ms(event, "first_time") >= 0)
		format_set(out, "start_time", json_integer(format_ms(event, "first_time")));
	if (format_ms(event, "last_time") >= 0)
		format_set(out, "end_time", json_integer(format_ms(event, "last_time")));
	format_set(out, "unmapped", unmapped(event));
	free(message);
	return out;
}
