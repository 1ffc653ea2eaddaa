// SPDX-License-Identifier: GPL-2.0-or-later
/* What an event tells of the order that decided: its rule, and what its text says. */
#include <stdlib.h>
#include <string.h>

#include "event_json.h"
#include "policy/policy_rule.h"
#include "subject/claim_text.h"

/* The rule of @order, of the kind that matched, that what is known of the file fits; NULL: it is in
 * a list, or the text is not known. */
static const struct policy_rule *find_rule(const struct policy_order *order,
					   const struct interdict_event *event)
{
	const struct interdict_identity identity = { event->file.ids, *event_claims(event) };

	if (!order)
		return NULL;
	for (size_t i = 0; i < order->n_rules; i++)
		if (order->rules[i].id.kind + 1U == event->rule &&
		    policy_identifier_matches(&order->rules[i].id, &identity))
			return &order->rules[i];
	return NULL;
}

/* The value of the only claim of the kind; "": there are several, or it has no text. */
static void only_claim(const struct interdict_event *event, char text[CLAIM_TEXT_MAX])
{
	const struct interdict_claims *claims = event_claims(event);
	uint32_t n = 0, at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < claims->count; i++)
		if (claims->claim[i].kind == event->rule) {
			at = i;
			n++;
		}
	if (n == 1 && !claim_text(claims, at, text))
		text[0] = '\0';
}

static json_t *hex_match(const char *kind, const uint8_t *bytes, size_t len)
{
	return json_pack("{s:o}", kind, event_hex_json(bytes, len));
}

/* {KIND: VALUE} as an order has it under match; NULL: it is not known. */
static json_t *match_json(const struct policy_order *order, const struct interdict_event *event)
{
	const struct policy_rule *rule = find_rule(order, event);
	const struct interdict_ids *ids = &event->file.ids;
	char text[CLAIM_TEXT_MAX];
	json_t *match;

	if (event->rule == INTERDICT_KIND_SHA256 && ids->have & INTERDICT_ID_SHA256) {
		match = hex_match("sha256", ids->sha256, sizeof(ids->sha256));
		if (match && (!rule || rule->has_size))
			json_object_set_new(match, "size", json_integer((json_int_t)ids->size));
		return match;
	}
	if (event->rule == INTERDICT_KIND_BUILD_ID && ids->have & INTERDICT_ID_BUILD_ID)
		return hex_match("build-id", ids->build_id, ids->build_id_len);
	if (!event->rule || event->rule == INTERDICT_KIND_PACKAGE)
		return NULL;
	if (!rule)
		only_claim(event, text);
	if (!rule && !*text)
		return NULL;
	return json_pack("{s:s}", policy_kind_name((enum policy_kind)(event->rule - 1)),
			 rule ? rule->text : text);
}

void event_add_order(json_t *json, const struct policy *policy, const struct interdict_event *event)
{
	const struct policy_order *order = NULL;
	char id[INTERDICT_ID_LEN + 1] = "";
	json_t *match;

	memcpy(id, event->order, INTERDICT_ID_LEN);
	/* The digest is of the text: a policy that has it is the one, of whatever generation. */
	if (policy && !memcmp(policy->digest, event->policy.digest, sizeof(policy->digest)))
		order = policy_order_find(policy, id);
	match = match_json(order, event);
	if (match)
		json_object_set_new(json, "match", match);
	if (!order)
		return;
	json_object_set_new(json, "reference", json_string(order->reference));
	if (order->message)
		json_object_set_new(json, "message", json_string(order->message));
}
