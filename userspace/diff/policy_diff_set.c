// SPDX-License-Identifier: GPL-2.0-or-later
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "events/event_line.h"
#include "policy_diff_set.h"
#include "policy/policy_rule.h"

static const char *const change_names[] = { "added", "removed", "changed" };
static_assert(sizeof(change_names) / sizeof(change_names[0]) == DIFF_CHANGES, "a name each");

/* ---- items ---- */

static uint64_t head_of(const uint8_t *value)
{
	uint64_t head;

	memcpy(&head, value, sizeof(head));
	return be64toh(head);
}

int diff_items_init(struct diff_items *items, size_t room)
{
	*items = (struct diff_items){ .v = calloc(room + 1, sizeof(*items->v)) };
	return items->v ? 0 : -ENOMEM;
}

int diff_items_add_rules(struct diff_items *items, const struct policy_order *order)
{
	struct policy_identifier key;
	size_t i;

	for (i = 0; i < order->n_rules; i++) {
		const struct policy_rule *rule = &order->rules[i];

		if (policy_rule_key(rule, &key))
			return -ENOMEM;
		items->v[items->n++] = (struct diff_item){
			.head = head_of(key.value),
			.entry = rule,
			.tag = (uint32_t)key.kind << 16 | (uint32_t)key.form << 8 | key.len,
		};
	}
	return 0;
}

void diff_items_add_rows(struct diff_items *items, const struct policy_list *list)
{
	size_t i;

	for (i = 0; i < list->n_rows; i++)
		items->v[items->n++] = (struct diff_item){
			.head = head_of(list->rows[i].sha256),
			.entry = &list->rows[i],
			.tag = POLICY_KIND_SHA256 << 16 | sizeof(list->rows[i].sha256),
			.is_row = true,
		};
}

static enum policy_kind kind_of(const struct diff_item *item)
{
	return (enum policy_kind)(item->tag >> 16);
}

static uint64_t size_of(const struct diff_item *item)
{
	return item->is_row ? ((const struct policy_row *)item->entry)->size :
			      ((const struct policy_rule *)item->entry)->size;
}

static const uint8_t *value_of(const struct diff_item *item)
{
	return item->is_row ? ((const struct policy_row *)item->entry)->sha256 :
			      ((const struct policy_rule *)item->entry)->id.value;
}

/* By identifier alone. */
static int compare_ids(const struct diff_item *a, const struct diff_item *b)
{
	if (a->tag != b->tag)
		return a->tag < b->tag ? -1 : 1;
	if (a->head != b->head)
		return a->head < b->head ? -1 : 1;
	if (kind_of(a) == POLICY_KIND_PACKAGE)
		return policy_package_compare(((const struct policy_rule *)a->entry)->package,
					      ((const struct policy_rule *)b->entry)->package);
	return memcmp(value_of(a), value_of(b), a->tag & 0xff);
}

static int by_id_and_size(const void *a, const void *b)
{
	int order = compare_ids(a, b);
	uint64_t x;
	uint64_t y;

	if (order)
		return order;
	x = size_of(a);
	y = size_of(b);
	return x < y ? -1 : x > y;
}

void diff_items_sort(struct diff_items *items)
{
	if (items->n)
		qsort(items->v, items->n, sizeof(items->v[0]), by_id_and_size);
}

/* How many of @items from @i on have the identifier of the first. */
static size_t group(const struct diff_items *items, size_t i)
{
	size_t n = 1;

	while (i + n < items->n && !compare_ids(&items->v[i], &items->v[i + n]))
		n++;
	return n;
}

/* ---- what changed ---- */

static json_t *size_json(uint64_t size)
{
	return size ? json_integer((json_int_t)size) : json_null();
}

/* Where one identifier has several sizes, which is a mistake, the first that differ are shown. */
static int diff_sizes(json_t *fields, const struct diff_item *old, size_t n_old,
		      const struct diff_item *new, size_t n_new)
{
	size_t i = 0;
	size_t k = 0;

	for (;;) {
		uint64_t x = size_of(&old[i]);
		uint64_t y = size_of(&new[k]);
		bool ended;

		if (x != y)
			return diff_field(fields, "size", size_json(x), size_json(y));
		while (i < n_old && size_of(&old[i]) == x)
			i++;
		while (k < n_new && size_of(&new[k]) == x)
			k++;
		ended = i == n_old || k == n_new;
		if (ended && i == n_old && k == n_new)
			return 0;
		if (ended)
			return diff_field(fields, "size",
					  i < n_old ? size_json(size_of(&old[i])) : json_null(),
					  k < n_new ? size_json(size_of(&new[k])) : json_null());
	}
}

static char *item_text(const struct diff_item *item)
{
	const struct policy_row *row = item->entry;
	char hex[65];
	char *text;
	int n;

	if (!item->is_row)
		return policy_rule_text(item->entry);
	event_hex(row->sha256, sizeof(row->sha256), hex);
	if (row->size)
		n = asprintf(&text, "sha256: %s, size: %llu", hex, (unsigned long long)row->size);
	else
		n = asprintf(&text, "sha256: %s", hex);
	return n < 0 ? NULL : text;
}

/* @fields is stolen. */
static void note(struct diff_changes *c, enum diff_change change, const struct diff_item *item,
		 json_t *fields)
{
	struct diff_counts *counts = change == DIFF_ADDED   ? &c->added :
				     change == DIFF_REMOVED ? &c->removed :
							      &c->changed;
	char *text;

	counts->total++;
	counts->kind[kind_of(item)]++;
	if (!c->list || json_array_size(c->list) >= c->examples) {
		c->more += c->list != NULL;
		json_decref(fields);
		return;
	}
	text = item_text(item);
	if (json_array_append_new(c->list, json_pack("{s:s, s:s, s:o}", "change",
						     change_names[change], "rule", text, "fields",
						     fields ? fields : json_array())) < 0)
		c->err = -ENOMEM;
	free(text);
}

static void note_same(struct diff_changes *c, const struct diff_item *old, size_t n_old,
		      const struct diff_item *new, size_t n_new)
{
	json_t *fields = json_array();

	if (!fields || diff_sizes(fields, old, n_old, new, n_new) ||
	    (!old->is_row &&
	     !new->is_row &&diff_remark(fields, &((const struct policy_rule *)old->entry)->remark,
					&((const struct policy_rule *)new->entry)->remark)))
		c->err = -ENOMEM;
	if (json_array_size(fields))
		note(c, DIFF_CHANGED, new, fields);
	else
		json_decref(fields);
}

void diff_compare(struct diff_changes *c, const struct diff_items *old,
		  const struct diff_items *new, bool same)
{
	size_t i = 0;
	size_t k = 0;

	while (!c->err && (i < old->n || k < new->n)) {
		int order = i == old->n ? 1 :
			    k == new->n ? -1 :
					  compare_ids(&old->v[i], &new->v[k]);
		size_t n_old = order <= 0 ? group(old, i) : 0;
		size_t n_new = order >= 0 ? group(new, k) : 0;

		if (order < 0)
			note(c, DIFF_REMOVED, &old->v[i], NULL);
		else if (order > 0)
			note(c, DIFF_ADDED, &new->v[k], NULL);
		else if (same)
			note_same(c, &old->v[i], n_old, &new->v[k], n_new);
		i += n_old;
		k += n_new;
	}
}

const char *diff_change_name(enum diff_change change)
{
	return change_names[change];
}
