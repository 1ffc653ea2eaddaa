// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"

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
	while (!err && copy.n_orders < policy->n_orders) {
		err = copy_order(&policy->orders[copy.n_orders], &copy.orders[copy.n_orders]);
		copy.n_orders++;
	}
	if (err)
		scan_policy_free(&copy);
	else
		*ret = copy;
	return err;
}

void scan_policy_free(struct scan_policy *policy)
{
	for (size_t i = 0; i < policy->n_orders; i++) {
		free(policy->orders[i].id);
		free(policy->orders[i].title);
		free(policy->orders[i].authority);
		free(policy->orders[i].message);
		free(policy->orders[i].contact);
	}
	free(policy->orders);
	policy->orders = NULL;
	policy->n_orders = 0;
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

static json_t *operations_json(uint32_t operations)
{
	json_t *array = json_array();

	for (int op = 0; op < INTERDICT_OP_COUNT; op++)
		if (operations & 1U << op)
			json_array_append_new(array, json_string(policy_operation_name(
							     (enum policy_operation)op)));
	return array;
}

json_t *scan_verdict_json(const struct scan_policy *policy, const struct scan_verdict *verdict)
{
	const struct scan_order none = { 0 }, *order = NULL;
	const struct decision *decision = &verdict->decision;
	json_t *json = decision_json(decision);

	if (decision->order)
		order = scan_policy_order(policy, decision->order);
	if (!order)
		order = &none;
	if (json_object_update_new(
		    json,
		    json_pack("{s:o, s:b, s:s?, s:s?, s:s?, s:s?}", "operations",
			      operations_json(decision->outcome == DECISION_DENY ? verdict->deny :
										   verdict->audit),
			      "claimed", event_is_claimed(verdict->kind), "title", order->title,
			      "authority", order->authority, "message", order->message, "contact",
			      order->contact))) {
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
