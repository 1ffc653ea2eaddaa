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

/* The list of the order that has the file; *@row: which of its rows. NULL: none has. */
static const struct policy_list *find_row(const struct policy_order *order,
					  const struct interdict_ids *ids, size_t *row)
{
	for (size_t i = 0; order && i < order->n_lists; i++) {
		const struct policy_list *list = order->lists[i].list;

		*row = policy_list_find(list, ids->sha256, ids->size);
		if (*row < list->n_rows)
			return list;
	}
	return NULL;
}

static json_t *hex_match(const char *kind, const uint8_t *bytes, size_t len)
{
	return json_pack("{s:o}", kind, event_hex_json(bytes, len));
}

static json_t *sha256_match(const struct policy_rule *rule, const struct policy_order *order,
			    const struct interdict_ids *ids)
{
	json_t *match = hex_match("sha256", ids->sha256, sizeof(ids->sha256));
	size_t row = 0;
	const struct policy_list *list = rule ? NULL : find_row(order, ids, &row);
	bool sized = rule ? rule->has_size : !list || list->rows[row].size;

	if (match && sized)
		json_object_set_new(match, "size", json_integer((json_int_t)ids->size));
	if (match && list) {
		json_object_set_new(match, "list", json_string(list->path));
		json_object_set_new(match, "line", json_integer(policy_row_line(list, row)));
	}
	return match;
}

/* {KIND: VALUE} as an order has it under match; NULL: it is not known. */
static json_t *match_json(const struct policy_order *order, const struct interdict_event *event)
{
	const struct policy_rule *rule = find_rule(order, event);
	const struct interdict_ids *ids = &event->file.ids;
	char text[CLAIM_TEXT_MAX];

	if (event->rule == INTERDICT_KIND_SHA256 && ids->have & INTERDICT_ID_SHA256)
		return sha256_match(rule, order, ids);
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

/* What a policy before says that events may still come of. */
struct event_orders {
	uint8_t digest[32];
	size_t n;
	struct event_order {
		char *id, *reference, *message; /* message may be NULL */
	} v[];
};

void event_orders_free(struct event_orders *orders)
{
	if (!orders)
		return;
	for (size_t i = 0; i < orders->n; i++) {
		free(orders->v[i].id);
		free(orders->v[i].reference);
		free(orders->v[i].message);
	}
	free(orders);
}

struct event_orders *event_orders_new(const struct policy *policy)
{
	struct event_orders *orders =
		calloc(1, sizeof(*orders) + policy->n_orders * sizeof(orders->v[0]));

	if (!orders)
		return NULL;
	memcpy(orders->digest, policy->digest, sizeof(orders->digest));
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *from = &policy->orders[i];
		struct event_order *to = &orders->v[orders->n++];

		to->id = strdup(from->id);
		to->reference = strdup(from->reference);
		to->message = from->message ? strdup(from->message) : NULL;
		if (!to->id || !to->reference || (from->message && !to->message)) {
			event_orders_free(orders);
			return NULL;
		}
	}
	return orders;
}

static void add_words(json_t *json, const char *reference, const char *message)
{
	json_object_set_new(json, "reference", json_string(reference));
	if (message)
		json_object_set_new(json, "message", json_string(message));
}

static void add_words_before(json_t *json, const struct event_orders *orders, const char *id)
{
	for (size_t i = 0; i < orders->n; i++)
		if (!strcmp(orders->v[i].id, id)) {
			add_words(json, orders->v[i].reference, orders->v[i].message);
			return;
		}
}

void event_add_order(json_t *json, const struct event_origin *origin,
		     const struct interdict_event *event)
{
	const struct policy *policy = origin->policy;
	const struct event_orders *before = origin->before;
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
	if (order)
		add_words(json, order->reference, order->message);
	else if (before && !memcmp(before->digest, event->policy.digest, sizeof(before->digest)))
		add_words_before(json, before, id);
}
