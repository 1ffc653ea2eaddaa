// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"
#include "packages/package.h"

static int copy_text(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int copy_order(const struct policy_order *order, struct scan_order *ret)
{
	int err = copy_text(order->id, &ret->id);

	if (!err)
		err = copy_text(order->title, &ret->title);
	if (!err)
		err = copy_text(order->authority, &ret->authority);
	if (!err)
		err = copy_text(order->message, &ret->message);
	if (!err)
		err = copy_text(order->contact, &ret->contact);
	return err;
}

static int copy_package(const struct policy_package *package, struct policy_package *ret)
{
	int err = copy_text(package->type, (char **)&ret->type);

	if (!err)
		err = copy_text(package->name, (char **)&ret->name);
	if (!err)
		err = copy_text(package->maintainer, (char **)&ret->maintainer);
	if (!err)
		err = copy_text(package->vendor, (char **)&ret->vendor);
	if (!err)
		err = copy_text(package->origin, (char **)&ret->origin);
	return err;
}

/* Those of @order, which is in force. */
static int add_packages(struct scan_policy *copy, const struct policy_order *order, bool audit,
			const struct scan_order *text)
{
	struct scan_package_rule *v;
	int err = 0;

	for (size_t i = 0; i < order->n_rules && !err; i++) {
		if (order->rules[i].id.kind != POLICY_KIND_PACKAGE)
			continue;
		v = realloc(copy->packages, (copy->n_packages + 1) * sizeof(*v));
		if (!v)
			return -ENOMEM;
		copy->packages = v;
		v[copy->n_packages] = (struct scan_package_rule){ .order = text, .audit = audit };
		err = copy_package(order->rules[i].package, &v[copy->n_packages++].package);
		copy->package_types |=
			PACKAGE_TYPE_BIT(package_type_by_name(order->rules[i].package->type)) &
			PACKAGE_TYPES_ALL;
	}
	return err;
}

/* The next order. */
static int add_order(struct scan_policy *copy, const struct policy *policy,
		     const struct policy_device *device)
{
	const struct policy_order *order = &policy->orders[copy->n_orders];
	struct scan_order *text = &copy->orders[copy->n_orders++];
	char why[POLICY_WHY_MAX];
	int err = copy_order(order, text);

	if (err || !policy_order_in_force(policy, order, device, why))
		return err;
	return add_packages(copy, order, policy_order_mode(policy, order) != POLICY_MODE_ENFORCE,
			    text);
}

int scan_policy_init(const struct policy *policy, const struct policy_device *device,
		     struct scan_policy *ret)
{
	struct scan_policy copy = { .serial = policy->serial, .mode = policy->mode };
	int err = compile_image(policy, device, &copy.image);

	if (err)
		return err;
	snprintf(copy.name, sizeof(copy.name), "%s", policy->name ? policy->name : "");
	memcpy(copy.digest, policy->digest, sizeof(copy.digest));
	copy.orders = calloc(policy->n_orders + 1, sizeof(*copy.orders));
	if (!copy.orders)
		err = -ENOMEM;
	while (!err && copy.n_orders < policy->n_orders)
		err = add_order(&copy, policy, device);
	if (err)
		scan_policy_free(&copy);
	else
		*ret = copy;
	return err;
}

void scan_policy_free(struct scan_policy *policy)
{
	for (size_t i = 0; policy->orders && i < policy->n_orders; i++) {
		free(policy->orders[i].id);
		free(policy->orders[i].title);
		free(policy->orders[i].authority);
		free(policy->orders[i].message);
		free(policy->orders[i].contact);
	}
	for (size_t i = 0; policy->packages && i < policy->n_packages; i++) {
		free((char *)policy->packages[i].package.type);
		free((char *)policy->packages[i].package.name);
		free((char *)policy->packages[i].package.maintainer);
		free((char *)policy->packages[i].package.vendor);
		free((char *)policy->packages[i].package.origin);
	}
	free(policy->orders);
	free(policy->packages);
	policy->orders = NULL;
	policy->packages = NULL;
	policy->n_orders = policy->n_packages = 0;
	compile_image_free(&policy->image);
}

const struct scan_order *scan_policy_order(const struct scan_policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->n_orders; i++)
		if (!strcmp(policy->orders[i].id, id))
			return &policy->orders[i];
	return NULL;
}

static enum interdict_op first_op(uint32_t operations)
{
	return (enum interdict_op)__builtin_ctz(operations);
}

bool scan_judge(const struct scan_policy *policy, const struct interdict_identity *identity,
		bool missing, struct scan_verdict *ret)
{
	const struct interdict_head *head = policy->image.head;
	struct interdict_verdict all;
	bool header = missing && head->flags & INTERDICT_HEAD_UNIDENTIFIED_DENY;

	/* What it says of operations is said of all of them, whichever is asked about. */
	interdict_evaluate(&policy->image.tables, &identity->ids, &identity->claims,
			   INTERDICT_OP_EXEC, &all);
	if (header && head->flags & INTERDICT_HEAD_AUDIT)
		all.audit = (1U << INTERDICT_OP_COUNT) - 1;
	else if (header)
		all.deny = (1U << INTERDICT_OP_COUNT) - 1;
	if (!all.deny && !all.audit)
		return false;
	*ret = (struct scan_verdict){
		.deny = all.deny,
		.audit = all.audit & ~all.deny,
		.op = first_op(all.deny ? all.deny : all.audit),
	};
	interdict_evaluate(&policy->image.tables, &identity->ids, &identity->claims, ret->op, &all);
	ret->kind = all.kind;
	decide(&policy->image, identity, missing, ret->op, &ret->decision);
	return ret->decision.outcome != DECISION_ALLOW;
}

const struct scan_package_rule *scan_judge_package(const struct scan_policy *policy,
						   const struct package *package, json_t *also)
{
	const struct scan_package_rule *first = NULL, *rule;

	for (size_t i = 0; i < policy->n_packages; i++) {
		rule = &policy->packages[i];
		if (!package_matches(&rule->package, package))
			continue;
		if (!first || (first->audit && !rule->audit))
			first = rule;
	}
	for (size_t i = 0; first && i < policy->n_packages; i++) {
		rule = &policy->packages[i];
		if (rule->order != first->order && package_matches(&rule->package, package) &&
		    (!json_array_size(also) ||
		     strcmp(json_string_value(json_array_get(also, json_array_size(also) - 1)),
			    rule->order->id) != 0))
			json_array_append_new(also, json_string(rule->order->id));
	}
	return first;
}

static json_t *operations_json(uint32_t operations)
{
	json_t *array = json_array();

	for (int op = 0; op < INTERDICT_OP_COUNT; op++)
		if (operations & 1U << op)
			json_array_append_new(array, json_string(policy_operation_name(
							     (enum policy_operation)op)));
	return array;
}

json_t *scan_order_json(const struct scan_policy *policy, const char *id)
{
	const struct scan_order none = { 0 };
	const struct scan_order *order = id ? scan_policy_order(policy, id) : NULL;

	if (!order)
		order = &none;
	return json_pack("{s:s?, s:s?, s:s?, s:s?}", "title", order->title, "authority",
			 order->authority, "message", order->message, "contact", order->contact);
}

json_t *scan_verdict_json(const struct scan_policy *policy, const struct scan_verdict *verdict)
{
	const struct decision *decision = &verdict->decision;
	json_t *json = decision_json(decision);

	if (json_object_update_new(
		    json,
		    json_pack("{s:o, s:b}", "operations",
			      operations_json(decision->outcome == DECISION_DENY ? verdict->deny :
										   verdict->audit),
			      "claimed", event_is_claimed(verdict->kind))) ||
	    json_object_update_new(json, scan_order_json(policy, decision->order))) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *scan_policy_json(const struct scan_policy *policy)
{
	json_t *json = event_policy_json(policy->name, policy->serial, policy->digest);

	if (json)
		json_object_set_new(json, "mode", json_string(policy_mode_name(policy->mode)));
	return json;
}
