// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing policies: the header, and orders by their IDs. */
#include "policy_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"
#include "policy_diff_internal.h"

/* ---- parts ---- */

json_t *diff_counts_json(const struct diff_counts *counts)
{
	json_t *json = json_pack("{s:I}", "total", (json_int_t)counts->total);
	enum policy_kind kind;

	for (kind = 0; json && kind < POLICY_KIND_COUNT; kind++)
		if (counts->kind[kind])
			json_object_set_new(json, policy_kind_name(kind),
					    json_integer((json_int_t)counts->kind[kind]));
	return json;
}

int diff_field(json_t *fields, const char *name, json_t *old, json_t *new)
{
	json_t *field = json_pack("{s:s, s:o, s:o}", "field", name, "old", old, "new", new);

	return json_array_append_new(fields, field) < 0 ? -ENOMEM : 0;
}

static json_t *text_json(const char *text)
{
	return text ? json_string(text) : json_null();
}

int diff_text(json_t *fields, const char *name, const char *old, const char *new)
{
	if (old == new || (old && new && !strcmp(old, new)))
		return 0;
	return diff_field(fields, name, text_json(old), text_json(new));
}

static const char *status_name(enum policy_status status)
{
	return status == POLICY_STATUS_NONE	? NULL :
	       status == POLICY_STATUS_VERIFIED ? "verified" :
						  "unverified";
}

int diff_remark(json_t *fields, const struct policy_remark *old, const struct policy_remark *new)
{
	int err = diff_text(fields, "note", old->note, new->note);

	if (!err)
		err = diff_text(fields, "source", old->source, new->source);
	if (!err)
		err = diff_text(fields, "status", status_name(old->status),
				status_name(new->status));
	return err;
}

/* ---- orders ---- */

static json_t *order_json(const struct policy *policy, const struct policy_order *order)
{
	struct diff_counts counts = { 0 };

	counts.total = policy_count_rules(order, counts.kind);
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "order", order->id, "title", order->title,
			 "authority", order->authority, "mode",
			 policy_mode_name(policy_order_mode(policy, order)), "rules",
			 diff_counts_json(&counts));
}

/* Appends to @changed if the orders differ. */
static int diff_order(json_t *changed, const struct policy_order *old,
		      const struct policy_order *new, size_t examples)
{
	json_t *fields = json_array();
	json_t *added = json_array();
	json_t *removed = json_array();
	json_t *rules = NULL;
	json_t *lists = NULL;
	json_t *change;
	int err = fields && added && removed ? 0 : -ENOMEM;

	if (!err)
		err = diff_fields(fields, old, new);
	if (!err)
		err = diff_exemptions(old, new, added, removed);
	if (!err)
		err = diff_rules(old, new, examples, &rules);
	if (!err)
		err = diff_lists(old, new, examples, &lists);
	if (!err && (json_array_size(fields) || json_array_size(added) ||
		     json_array_size(removed) || rules || json_array_size(lists))) {
		change = json_pack("{s:s, s:s, s:O, s:{s:O, s:O}, s:O, s:O}", "order", new->id,
				   "title", new->title, "fields", fields, "exemptions", "added",
				   added, "removed", removed, "rules", rules ? rules : json_null(),
				   "lists", lists);
		err = json_array_append_new(changed, change) < 0 ? -ENOMEM : 0;
	}
	json_decref(fields);
	json_decref(added);
	json_decref(removed);
	json_decref(rules);
	json_decref(lists);
	return err;
}

static int by_id(const void *a, const void *b)
{
	const struct policy_order *const *x = a;
	const struct policy_order *const *y = b;

	return strcmp((*x)->id, (*y)->id);
}

static const struct policy_order **sorted_orders(const struct policy *policy)
{
	const struct policy_order **v = calloc(policy->n_orders + 1, sizeof(*v));
	size_t i;

	for (i = 0; v && i < policy->n_orders; i++)
		v[i] = &policy->orders[i];
	if (v && policy->n_orders)
		qsort(v, policy->n_orders, sizeof(*v), by_id);
	return v;
}

static int diff_orders(const struct policy *old, const struct policy *new, size_t examples,
		       json_t *added, json_t *lifted, json_t *changed)
{
	const struct policy_order **before = sorted_orders(old);
	const struct policy_order **after = sorted_orders(new);
	int err = before && after ? 0 : -ENOMEM;
	size_t i = 0;
	size_t k = 0;

	while (!err && (i < old->n_orders || k < new->n_orders)) {
		int order = i == old->n_orders ? 1 :
			    k == new->n_orders ? -1 :
						 by_id(&before[i], &after[k]);

		if (order < 0)
			err = json_array_append_new(lifted, order_json(old, before[i]));
		else if (order > 0)
			err = json_array_append_new(added, order_json(new, after[k]));
		else
			err = diff_order(changed, before[i], after[k], examples);
		i += order <= 0;
		k += order >= 0;
	}
	free(before);
	free(after);
	return err ? -ENOMEM : 0;
}

/* ---- the header ---- */

static json_t *side_json(const struct policy *policy)
{
	json_t *json = event_policy_json(policy->name, policy->serial, policy->digest);
	json_t *more =
		json_pack("{s:s, s:I, s:I}", "mode", policy_mode_name(policy->mode), "orders",
			  (json_int_t)policy->n_orders, "rules", (json_int_t)policy->n_rules);

	if (!more || json_object_update(json, more)) {
		json_decref(json);
		json = NULL;
	}
	json_decref(more);
	return json;
}

static int diff_header(json_t *fields, const struct policy *old, const struct policy *new)
{
	if (diff_text(fields, "policy", old->name, new->name) ||
	    diff_text(fields, "mode", policy_mode_name(old->mode), policy_mode_name(new->mode)) ||
	    diff_text(fields, "unidentified", old->unidentified_deny ? "deny" : "allow",
		      new->unidentified_deny ? "deny" : "allow") ||
	    diff_text(fields, "untrusted-fs", old->untrusted_fs_deny ? "deny" : "judge",
		      new->untrusted_fs_deny ? "deny" : "judge") ||
	    diff_text(fields, "boot-override", old->boot_override ? "yes" : "no",
		      new->boot_override ? "yes" : "no"))
		return -ENOMEM;
	return 0;
}

/* First of the header's. One that stayed where something else changed is worth a word, too. */
static int diff_serial(json_t *fields, const struct policy *old, const struct policy *new,
		       bool differ)
{
	json_t *field;

	if (old->serial == new->serial && !differ)
		return 0;
	field = json_pack("{s:s, s:I, s:I}", "field", "serial", "old", (json_int_t)old->serial,
			  "new", (json_int_t) new->serial);
	if (field && new->serial < old->serial)
		json_object_set_new(field, "remark",
				    json_string("older: devices that have the old one refuse it"));
	else if (field && new->serial == old->serial)
		json_object_set_new(field, "remark",
				    json_string("the same, though the policy differs"));
	return json_array_insert_new(fields, 0, field) ? -ENOMEM : 0;
}

/* ---- all ---- */

int policy_diff(const struct policy *old, const struct policy *new, size_t examples, json_t **ret)
{
	json_t *header = json_array();
	json_t *added = json_array();
	json_t *lifted = json_array();
	json_t *changed = json_array();
	json_t *identifiers = NULL;
	json_t *diff = NULL;
	bool differ = false;
	int err = header && added && lifted && changed ? 0 : -ENOMEM;

	if (!err)
		err = diff_header(header, old, new);
	if (!err)
		err = diff_orders(old, new, examples, added, lifted, changed);
	if (!err) {
		differ = json_array_size(header) || json_array_size(added) ||
			 json_array_size(lifted) || json_array_size(changed);
		err = diff_serial(header, old, new, differ);
		differ |= json_array_size(header) > 0;
	}
	if (!err)
		err = diff_identifiers(old, new, &identifiers);
	if (!err) {
		diff = json_pack("{s:o, s:o, s:b, s:O, s:{s:O, s:O, s:O}, s:O}", "old",
				 side_json(old), "new", side_json(new), "differ", differ, "header",
				 header, "orders", "added", added, "lifted", lifted, "changed",
				 changed, "identifiers", identifiers);
		err = diff ? 0 : -ENOMEM;
	}
	json_decref(header);
	json_decref(added);
	json_decref(lifted);
	json_decref(changed);
	json_decref(identifiers);
	if (!err)
		*ret = diff;
	return err;
}

bool policy_diff_differs(const json_t *diff)
{
	return json_is_true(json_object_get(diff, "differ"));
}
