// SPDX-License-Identifier: GPL-2.0-or-later
/* Comparing policies: the rules of orders, the rows of their lists, and all of these together. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_diff_set.h"

/* ---- the rules of an order ---- */

static int start(struct diff_changes *c, size_t examples)
{
	*c = (struct diff_changes){ .examples = examples, .list = json_array() };
	return c->list ? 0 : -ENOMEM;
}

int diff_rules(const struct policy_order *old, const struct policy_order *new, size_t examples,
	       json_t **rules)
{
	struct diff_items before = { 0 };
	struct diff_items after = { 0 };
	struct diff_changes c;
	int err = start(&c, examples);

	*rules = NULL;
	if (!err)
		err = diff_items_init(&before, old->n_rules);
	if (!err)
		err = diff_items_init(&after, new->n_rules);
	if (!err)
		err = diff_items_add_rules(&before, old);
	if (!err)
		err = diff_items_add_rules(&after, new);
	if (!err) {
		diff_items_sort(&before);
		diff_items_sort(&after);
		diff_compare(&c, &before, &after, true);
		err = c.err;
	}
	if (!err && c.added.total + c.removed.total + c.changed.total) {
		*rules = json_pack("{s:o, s:o, s:o, s:O, s:I}", "added", diff_counts_json(&c.added),
				   "removed", diff_counts_json(&c.removed), "changed",
				   diff_counts_json(&c.changed), "examples", c.list, "more",
				   (json_int_t)c.more);
		err = *rules ? 0 : -ENOMEM;
	}
	json_decref(c.list);
	free(before.v);
	free(after.v);
	return err;
}

/* ---- the lists of an order ---- */

static const struct policy_list_entry *find_list(const struct policy_order *order, const char *path)
{
	size_t i;

	for (i = 0; i < order->n_lists; i++)
		if (!strcmp(order->lists[i].list->path, path))
			return &order->lists[i];
	return NULL;
}

/* Line by line: most lists are not touched by a new policy. */
static bool same_rows(const struct policy_list *old, const struct policy_list *new)
{
	size_t i;

	if (old->n_rows != new->n_rows)
		return false;
	for (i = 0; i < old->n_rows; i++)
		if (old->rows[i].size != new->rows[i].size ||
		    memcmp(old->rows[i].sha256, new->rows[i].sha256, sizeof(old->rows[i].sha256)) !=
			    0)
			return false;
	return true;
}

static int compare_rows(struct diff_changes *c, const struct policy_list *old,
			const struct policy_list *new)
{
	struct diff_items before = { 0 };
	struct diff_items after = { 0 };
	int err;

	if (old && new &&same_rows(old, new))
		return 0;
	err = diff_items_init(&before, old ? old->n_rows : 0);
	if (!err)
		err = diff_items_init(&after, new ? new->n_rows : 0);
	if (!err) {
		if (old)
			diff_items_add_rows(&before, old);
		if (new)
			diff_items_add_rows(&after, new);
		diff_items_sort(&before);
		diff_items_sort(&after);
		diff_compare(c, &before, &after, true);
		err = c->err;
	}
	free(before.v);
	free(after.v);
	return err;
}

/* Of @old and @new one may be NULL: the other order does not name this list. */
static int diff_list(json_t *lists, const struct policy_list_entry *old,
		     const struct policy_list_entry *new, size_t examples)
{
	json_t *fields = json_array();
	struct diff_changes c;
	json_t *list;
	int err = start(&c, examples);

	if (!err)
		err = compare_rows(&c, old ? old->list : NULL, new ? new->list : NULL);
	if (!err && old && new)
		err = fields ? diff_remark(fields, &old->remark, &new->remark) : -ENOMEM;
	if (!err && (!old || !new || json_array_size(fields) ||
		     c.added.total + c.removed.total + c.changed.total)) {
		list = json_pack(
			"{s:s, s:s, s:O, s:o, s:o, s:{s:I, s:I, s:I}, s:O, s:I}", "list",
			(new ? new : old)->list->path, "change",
			diff_change_name(!old ? DIFF_ADDED :
					 !new ? DIFF_REMOVED :
						DIFF_CHANGED),
			"fields", fields, "old",
			old ? json_integer((json_int_t)old->list->n_rows) : json_null(), "new",
			new ? json_integer((json_int_t) new->list->n_rows) : json_null(), "rows",
			"added", (json_int_t)c.added.total, "removed", (json_int_t)c.removed.total,
			"changed", (json_int_t)c.changed.total, "examples", c.list, "more",
			(json_int_t)c.more);
		err = json_array_append_new(lists, list) < 0 ? -ENOMEM : 0;
	}
	json_decref(fields);
	json_decref(c.list);
	return err;
}

int diff_lists(const struct policy_order *old, const struct policy_order *new, size_t examples,
	       json_t **ret)
{
	json_t *lists = json_array();
	int err = lists ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !err && i < old->n_lists; i++) {
		const struct policy_list_entry *e = &old->lists[i];

		if (find_list(old, e->list->path) == e)
			err = diff_list(lists, e, find_list(new, e->list->path), examples);
	}
	for (i = 0; !err && i < new->n_lists; i++) {
		const struct policy_list_entry *e = &new->lists[i];

		if (find_list(new, e->list->path) == e && !find_list(old, e->list->path))
			err = diff_list(lists, NULL, e, examples);
	}
	if (err) {
		json_decref(lists);
		return err;
	}
	*ret = lists;
	return 0;
}

/* ---- all orders together ---- */

static int all_items(const struct policy *policy, struct diff_items *items)
{
	size_t room = 0;
	size_t i;
	int err;

	for (i = 0; i < policy->n_orders; i++)
		room += policy->orders[i].n_rules;
	for (i = 0; i < policy->n_lists; i++)
		room += policy->lists[i]->n_rows;
	err = diff_items_init(items, room);
	for (i = 0; !err && i < policy->n_orders; i++)
		err = diff_items_add_rules(items, &policy->orders[i]);
	for (i = 0; !err && i < policy->n_lists; i++)
		diff_items_add_rows(items, policy->lists[i]);
	if (!err)
		diff_items_sort(items);
	return err;
}

int diff_identifiers(const struct policy *old, const struct policy *new, json_t **ret)
{
	struct diff_items before = { 0 };
	struct diff_items after = { 0 };
	struct diff_changes c = { 0 };
	int err = all_items(old, &before);

	if (!err)
		err = all_items(new, &after);
	if (!err) {
		diff_compare(&c, &before, &after, false);
		*ret = json_pack("{s:o, s:o}", "added", diff_counts_json(&c.added), "removed",
				 diff_counts_json(&c.removed));
		err = *ret ? 0 : -ENOMEM;
	}
	free(before.v);
	free(after.v);
	return err;
}
