// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_finding.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "escape.h"
#include "events/event_line.h"
#include "packages/package.h"
#include "running/running.h"

static json_t *name_json(const char *name)
{
	char *escaped = escape_name(name, strlen(name), 0);
	json_t *json = escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

/* The file itself, with the number of its names. NULL: no memory. */
static json_t *file_json(const char *path, const struct statx *stx,
			 const struct interdict_identity *identity)
{
	const struct event_file file = {
		.dev_major = stx->stx_dev_major,
		.dev_minor = stx->stx_dev_minor,
		.ino = stx->stx_ino,
		.ids = &identity->ids,
		.claims = &identity->claims,
	};
	json_t *object = event_file_json(name_json(path), &file);

	if (json_object_set_new(object, "links", json_integer(stx->stx_nlink))) {
		json_decref(object);
		return NULL;
	}
	return object;
}

json_t *scan_finding_file(const struct scan_policy *policy, const struct scan_verdict *verdict,
			  const char *path, const struct statx *stx,
			  const struct interdict_identity *identity)
{
	json_t *json = json_pack("{s:s}", "found", "file");

	if (json_object_update_new(json, scan_verdict_json(policy, verdict)) ||
	    json_object_set_new(json, "file", file_json(path, stx, identity))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* ---- packages ---- */

static json_t *text_json(const char *text)
{
	return text ? name_json(text) : json_null();
}

json_t *scan_finding_package(const struct scan_policy *policy, const struct scan_package_rule *rule,
			     json_t *also, const struct package *package)
{
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:[], s:b}", "found", "package", "verdict",
		decision_name(rule->audit ? DECISION_AUDIT : DECISION_DENY), "order",
		rule->order->id, "rule", "package", "also", also, "operations", "claimed", true);

	if (json_object_update_new(json, scan_order_json(policy, rule->order->id)) ||
	    json_object_set_new(
		    json, "package",
		    json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "type",
			      package_type_name(package->type), "name", text_json(package->name),
			      "version", text_json(package->version), "arch",
			      text_json(package->arch), "maintainer",
			      text_json(package->maintainer), "vendor", text_json(package->vendor),
			      "origin", text_json(package->origin), "id",
			      text_json(package->id)))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *scan_finding_package_file(const struct scan_policy *policy,
				  const struct scan_package_rule *rule, json_t *also,
				  const struct package *package, const char *path,
				  const struct statx *stx,
				  const struct interdict_identity *identity)
{
	json_t *json = scan_finding_package(policy, rule, also, package);

	if (json_object_set_new(json, "found", json_string("file")) ||
	    json_object_set_new(json, "file", file_json(path, stx, identity))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* ---- processes ---- */

/* Of an array that may have no NUL. */
static json_t *array_json(const char *text, size_t size)
{
	char *copy = strndup(text, size);
	json_t *json = copy ? name_json(copy) : NULL;

	free(copy);
	return json;
}

static json_t *process_json(const struct running_found *found)
{
	json_t *parents = json_array();

	for (uint32_t i = 0; i < found->parents_count; i++)
		json_array_append_new(parents, array_json(found->parents[i], INTERDICT_COMM_LEN));
	return json_pack("{s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "pid", (json_int_t)found->pid,
			 "ppid", (json_int_t)found->ppid, "uid", (json_int_t)found->uid, "auid",
			 (json_int_t)found->auid, "comm",
			 array_json(found->comm, INTERDICT_COMM_LEN), "exe",
			 array_json(found->exe, sizeof(found->exe)), "parents", parents);
}

static bool is_claimed(const char *rule)
{
	for (int kind = 0; rule && kind < POLICY_KIND_COUNT; kind++)
		if (!strcmp(policy_kind_name((enum policy_kind)kind), rule))
			return event_is_claimed((uint32_t)kind + 1);
	return false;
}

json_t *scan_finding_process(const struct scan_policy *policy, const struct running_found *found)
{
	const struct event_file file = {
		.dev_major = major(found->file.dev),
		.dev_minor = minor(found->file.dev),
		.ino = found->file.ino,
		.ids = &found->file.identity.ids,
		.claims = &found->file.identity.claims,
	};
	const char *order = found->order[0] ? found->order : NULL;
	json_t *also = json_array(), *json;

	for (uint32_t i = 0; i < found->also_count; i++)
		json_array_append_new(also, json_string(found->also[i]));
	json = json_pack("{s:s, s:s, s:s?, s:s?, s:o, s:[s], s:b}", "found", "process", "verdict",
			 decision_name(found->outcome), "order", order, "rule", found->rule, "also",
			 also, "operations",
			 policy_operation_name((enum policy_operation)found->op), "claimed",
			 is_claimed(found->rule));
	if (json_object_update_new(json, scan_order_json(policy, order)) ||
	    json_object_set_new(json, "file",
				event_file_json(name_json(found->file.path), &file)) ||
	    json_object_set_new(json, "process", process_json(found))) {
		json_decref(json);
		return NULL;
	}
	return json;
}
