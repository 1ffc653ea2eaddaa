// SPDX-License-Identifier: GPL-2.0-or-later
#include "explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subject/claim_text.h"
#include "engine/compile.h"
#include "decision.h"
#include "escape.h"
#include "events/event_line.h"
#include "packages/package.h"
#include "policy/policy_resolution.h"
#include "policy/policy_rule.h"

/* Bytes of a file that is hashed only to find a rule with a wrong size: some seconds. */
#define HASH_ALL_MAX (4ULL << 30)

/* ---- the orders ---- */

static json_t *rule_json(const char *rule, const char *text, const char *file, uint32_t line,
			 bool judged, const struct policy_remark *remark)
{
	return json_pack("{s:s, s:s?, s:o, s:b, s:s?, s:s?}", "rule", rule, "text", text, "at",
			 json_sprintf("%s:%u", file, line), "judged", judged, "note", remark->note,
			 "source", remark->source);
}

/* Of what packages make, once for each package rule and kind: many of its files may be the same. */
static void add_resolved(json_t *rules, const struct policy *policy, size_t order,
			 const struct interdict_identity *identity)
{
	const struct policy_resolved_rule *last = NULL;
	size_t n;
	const struct policy_resolved_rule *v = policy_resolved_rules(policy, order, &n);

	for (size_t i = 0; i < n; i++) {
		const struct policy_resolved_rule *rule = &v[i];
		char *text, *package, *path;
		json_t *json;

		if (!policy_identifier_matches(&rule->id, identity) ||
		    (rule->size && rule->size != identity->ids.size) ||
		    (last && last->rule == rule->rule && last->id.kind == rule->id.kind))
			continue;
		last = rule;
		text = policy_rule_text(rule->rule);
		package = escape_name(rule->package, strlen(rule->package), 0);
		path = escape_name(rule->path, strlen(rule->path), 0);
		json = rule_json("package", text ? text + strlen("package: ") : NULL,
				 rule->rule->at.file, rule->rule->at.line, true,
				 &rule->rule->remark);
		if (json) {
			json_object_set_new(
				json, "via",
				json_string(policy_kind_name((enum policy_kind)rule->id.kind)));
			json_object_set_new(json, "package", json_string(package ? package : ""));
			json_object_set_new(json, "file", json_string(path ? path : ""));
		}
		json_array_append_new(rules, json);
		free(text);
		free(package);
		free(path);
	}
}

static void add_list_rows(json_t *rules, const struct policy_list_entry *entry,
			  const struct interdict_ids *ids)
{
	const struct policy_list *list = entry->list;
	char hex[65];

	if (!(ids->have & INTERDICT_ID_SHA256))
		return;
	event_hex(ids->sha256, 32, hex);
	for (size_t i = 0; i < list->n_rows; i++)
		if (memcmp(list->rows[i].sha256, ids->sha256, 32) == 0)
			json_array_append_new(
				rules,
				rule_json("sha256", hex, list->file, policy_row_line(list, i),
					  !list->rows[i].size || list->rows[i].size == ids->size,
					  &entry->remark));
}

/* Of what the file would install; NULL: nothing, or it is not known. */
static void add_installs(json_t *rules, const struct policy_order *order,
			 const struct package *installs)
{
	for (size_t i = 0; installs && i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];
		char *text, *id;
		json_t *json;

		if (!rule->package || !package_matches(rule->package, installs))
			continue;
		text = policy_rule_text(rule);
		id = escape_name(installs->id, strlen(installs->id), 0);
		json = rule_json("package", text ? text + strlen("package: ") : NULL, rule->at.file,
				 rule->at.line, false, &rule->remark);
		json_object_set_new(json, "installs",
				    json_sprintf("%s package %s", package_type_name(installs->type),
						 id ? id : ""));
		json_array_append_new(rules, json);
		free(text);
		free(id);
	}
}

static json_t *matching_rules(const struct policy *policy, size_t index,
			      const struct interdict_identity *identity,
			      const struct package *installs)
{
	const struct policy_order *order = &policy->orders[index];
	const struct interdict_ids *ids = &identity->ids;
	json_t *rules = json_array();

	for (size_t i = 0; i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];

		if (policy_identifier_matches(&rule->id, identity))
			json_array_append_new(
				rules, rule_json(policy_kind_name((enum policy_kind)rule->id.kind),
						 rule->text, rule->at.file, rule->at.line,
						 !rule->has_size || rule->size == ids->size,
						 &rule->remark));
	}
	for (size_t i = 0; i < order->n_lists; i++)
		add_list_rows(rules, &order->lists[i], ids);
	add_resolved(rules, policy, index, identity);
	add_installs(rules, order, installs);
	return rules;
}

static json_t *order_json(const struct explain_context *context, const struct policy_order *order,
			  json_t *rules)
{
	char why[POLICY_WHY_MAX];
	bool in_force = policy_order_in_force(context->policy, order, &context->device, why);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s, s:b, s:s?, s:o}", "order",
			 order->id, "title", order->title, "authority", order->authority,
			 "reference", order->reference, "reason", order->reason, "message",
			 order->message, "contact", order->contact, "mode",
			 policy_mode_name(policy_order_mode(context->policy, order)), "in_force",
			 in_force, "why_not", in_force ? NULL : why, "rules", rules);
}

static json_t *orders_json(const struct explain_context *context,
			   const struct interdict_identity *identity,
			   const struct package *installs)
{
	json_t *orders = json_array();

	for (size_t i = 0; i < context->policy->n_orders; i++) {
		const struct policy_order *order = &context->policy->orders[i];
		json_t *rules = matching_rules(context->policy, i, identity, installs);

		if (json_array_size(rules))
			json_array_append_new(orders, order_json(context, order, rules));
		else
			json_decref(rules);
	}
	return orders;
}

json_t *explain_orders(const struct explain_context *context,
		       const struct interdict_identity *identity)
{
	return orders_json(context, identity, NULL);
}

/* What the file would install; false: nothing, or it is not read. */
static bool find_installs(const struct subject *subject, struct package *package)
{
	char why[PACKAGE_WHY_MAX];
	int fd = subject_open_content(subject);
	bool found;

	if (fd < 0)
		return false;
	found = !package_of_file(fd, package, why);
	close(fd);
	return found;
}

static json_t *policy_json(const struct policy *policy)
{
	json_t *json = event_policy_json(policy->name, policy->serial, policy->digest);

	if (json)
		json_object_set_new(json, "mode", json_string(policy_mode_name(policy->mode)));
	return json;
}

static json_t *file_json(const struct subject *subject, const struct explain_context *context,
			 struct interdict_identity *identity)
{
	struct verify_report report;
	json_t *json;

	if (!context->trust || !claims_are_sane(&identity->claims))
		return subject_json(subject, identity);
	verify_subject(subject, context->trust, &identity->claims, &report);
	json = subject_json(subject, identity);
	verify_json(json, &identity->claims, &report);
	return json;
}

int explain(struct subject *subject, const struct explain_context *context, json_t **ret,
	    bool *banned)
{
	struct interdict_identity all = { 0 }, known = { 0 };
	struct compile_image image;
	struct decision decision;
	struct package installs = { 0 };
	json_t *verdicts, *json;
	bool denied = false, is_package;
	uint32_t want, want_all = INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS;
	int err = compile_image(context->policy, &context->device, &image);

	if (err)
		return err;
	want = interdict_wanted(&image.tables, subject->size);
	if (want & INTERDICT_ID_SHA256 || subject->size <= HASH_ALL_MAX)
		want_all |= INTERDICT_ID_SHA256;
	subject_identify(subject, want_all, &all);
	/* The kernel knows only what the policy makes it look for. */
	if (want && all.ids.have)
		subject_identify(subject, want, &known);
	else
		known.ids = all.ids, known.ids.have = 0;
	verdicts = json_object();
	for (int op = 0; op < INTERDICT_OP_COUNT; op++) {
		decide(&image, &known, !interdict_answered(&known.ids, want), (enum interdict_op)op,
		       &decision);
		denied |= decision.outcome == DECISION_DENY;
		json_object_set_new(verdicts, policy_operation_name((enum policy_operation)op),
				    decision_json(&decision));
	}
	/* What is refused cannot be opened, and the attempt would be recorded. */
	is_package = !denied && find_installs(subject, &installs);
	denied |= is_package && package_banned_by(context->policy, &context->device, &installs);
	json = json_pack("{s:o, s:o, s:o, s:o}", "file", file_json(subject, context, &all),
			 "policy", policy_json(context->policy), "verdicts", verdicts, "orders",
			 orders_json(context, &all, is_package ? &installs : NULL));
	package_clear(&installs);
	compile_image_free(&image);
	if (!json)
		return -ENOMEM;
	*ret = json;
	*banned = denied;
	return 0;
}
