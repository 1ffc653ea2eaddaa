// SPDX-License-Identifier: GPL-2.0-or-later
#include "decision.h"

#include <assert.h>
#include <string.h>

#include "policy/policy.h"

static_assert(POLICY_KIND_SHA256 + 1 == INTERDICT_KIND_SHA256 &&
		      POLICY_KIND_PACKAGE + 1 == INTERDICT_KIND_PACKAGE,
	      "the kinds of policy.h and tables.h are the same, from 0 and from 1");

static const char *const names[] = {
	[DECISION_ALLOW] = "allow",
	[DECISION_AUDIT] = "audit",
	[DECISION_DENY] = "deny",
};
static_assert(sizeof(names) / sizeof(names[0]) == DECISION_COUNT, "a name each");

const char *decision_name(enum decision_outcome outcome)
{
	return names[outcome];
}

static const char *order_id(const struct compile_image *image, uint32_t index)
{
	const struct interdict_order *order =
		interdict_row(&image->tables.orders, struct interdict_order, index);

	return order ? order->id : "";
}

static uint32_t order_flags(const struct compile_image *image, uint32_t index)
{
	const struct interdict_order *order =
		interdict_row(&image->tables.orders, struct interdict_order, index);

	return order ? order->flags : 0;
}

/* What in the header refuses what no order names, or NULL. */
static const char *header_rule(const struct interdict_head *head, const struct interdict_ids *ids,
			       bool missing, enum interdict_op op)
{
	if (head->flags & INTERDICT_HEAD_UNTRUSTED_FS_DENY && ids->flags & INTERDICT_FILE_FOREIGN &&
	    op <= INTERDICT_OP_MAP)
		return "untrusted-fs";
	return missing && head->flags & INTERDICT_HEAD_UNIDENTIFIED_DENY ? "unidentified" : NULL;
}

static bool is_there(const struct decision *decision, const char *id)
{
	if (!strcmp(decision->order, id))
		return true;
	for (uint32_t i = 0; i < decision->also_count; i++)
		if (!strcmp(decision->also[i], id))
			return true;
	return false;
}

static void by_order(const struct compile_image *image, const struct interdict_verdict *verdict,
		     enum decision_outcome outcome, struct decision *ret)
{
	*ret = (struct decision){
		.outcome = outcome,
		.order = order_id(image, verdict->order),
		.rule = policy_kind_name((enum policy_kind)(verdict->kind - 1)),
	};
	if (order_flags(image, verdict->order) & INTERDICT_ORDER_PACKAGE) {
		ret->via = ret->rule;
		ret->rule = policy_kind_name(POLICY_KIND_PACKAGE);
	}
	/* Of an order, its own rules and those that packages make have a row each. */
	for (uint32_t i = 0; i < verdict->also_count; i++) {
		const char *id = order_id(image, verdict->also[i]);

		if (!is_there(ret, id))
			ret->also[ret->also_count++] = id;
	}
}

void decide(const struct compile_image *image, const struct interdict_identity *identity,
	    bool missing, enum interdict_op op, struct decision *ret)
{
	const char *header = header_rule(image->head, &identity->ids, missing, op);
	struct interdict_verdict verdict;
	uint32_t bit = 1U << op;

	interdict_evaluate(&image->tables, &identity->ids, &identity->claims, op, &verdict);
	if (verdict.deny & bit)
		by_order(image, &verdict, DECISION_DENY, ret);
	else if (header && !(image->head->flags & INTERDICT_HEAD_AUDIT))
		*ret = (struct decision){ .outcome = DECISION_DENY, .rule = header };
	else if (verdict.audit & bit && verdict.kind)
		by_order(image, &verdict, DECISION_AUDIT, ret);
	else if (header)
		*ret = (struct decision){ .outcome = DECISION_AUDIT, .rule = header };
	else
		*ret = (struct decision){ .outcome = DECISION_ALLOW };
}

json_t *decision_json(const struct decision *decision)
{
	json_t *also = json_array();
	json_t *json;

	for (uint32_t i = 0; also && i < decision->also_count; i++)
		json_array_append_new(also, json_string(decision->also[i]));
	json = json_pack("{s:s, s:s?, s:s?, s:o}", "verdict", decision_name(decision->outcome),
			 "order", decision->order, "rule", decision->rule, "also", also);
	if (json && decision->via)
		json_object_set_new(json, "via", json_string(decision->via));
	return json;
}
