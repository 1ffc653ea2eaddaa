// SPDX-License-Identifier: GPL-2.0-or-later
/* The entries under `match`: an identifier or a list each, with remarks. */
#include <string.h>

#include "policy_parse.h"

/* What an entry's text says, before it is known to be a rule or a list. */
struct entry {
	const char *kind;	      /* the key that names the identifier, or NULL */
	const struct yaml_tree *list; /* the value of `list`, or NULL */
	bool has_size;
	const struct yaml_tree *size_at;
	struct policy_rule rule;
};

/* A list's remark is parsed into the rule's, and copied. */
static const char *const status_words[] = { "verified", "unverified" };

static bool first_identifier(struct policy_parser *p, const struct policy_key *key,
			     const struct yaml_tree *value, struct entry *entry)
{
	if (entry->kind) {
		policy_wrong(p, value,
			     "%s: this entry has %s already; an entry has one identifier or list",
			     key->name, entry->kind);
		return false;
	}
	entry->kind = key->name;
	return true;
}

static void entry_identifier(struct policy_parser *p, const struct policy_key *key,
			     const struct yaml_tree *value, void *out)
{
	struct entry *entry = out;
	enum policy_kind kind;

	if (!first_identifier(p, key, value, entry))
		return;
	for (kind = 0; kind < POLICY_KIND_COUNT; kind++)
		if (!strcmp(policy_kind_name(kind), key->name))
			break;
	entry->rule.at = policy_place_of(p, value);
	policy_read_identifier(p, kind, key, value, &entry->rule);
	if (policy_kind_enforced(kind) || p->flags & POLICY_UNENFORCED_KEEP)
		return;
	p->unenforced = true;
	policy_errors_add_problem(p->errs, POLICY_PROBLEM_UNENFORCED, POLICY_REFUSED,
				  &entry->rule.at, "%s rules cannot be enforced by this version",
				  key->name);
}

static void entry_list(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct entry *entry = out;

	if (first_identifier(p, key, value, entry))
		entry->list = value;
}

static void entry_size(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, void *out)
{
	struct entry *entry = out;

	entry->size_at = value;
	if (!strcmp(value->text, "0"))
		policy_wrong(p, value, "%s: 0 is the empty file, which cannot be banned",
			     key->name);
	else
		entry->has_size = policy_parse_number(p, key, value, 1, &entry->rule.size);
}

static void entry_status(struct policy_parser *p, const struct policy_key *key,
			 const struct yaml_tree *value, void *out)
{
	struct entry *entry = out;
	int word = policy_parse_word(p, key, value, status_words, 2);

	if (word >= 0)
		entry->rule.remark.status =
			word ? POLICY_STATUS_UNVERIFIED : POLICY_STATUS_VERIFIED;
}

static const struct policy_key entry_keys[] = {
	{ "sha256", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "fsverity", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "build-id", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "certificate", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "key", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "publisher", YAML_TREE_TEXT, false, entry_identifier, 0 },
	{ "package", YAML_TREE_MAPPING, false, entry_identifier, 0 },
	{ "list", YAML_TREE_TEXT, false, entry_list, 0 },
	{ "size", YAML_TREE_TEXT, false, entry_size, 0 },
	{ "note", YAML_TREE_TEXT, false, policy_key_string,
	  offsetof(struct entry, rule.remark.note) },
	{ "source", YAML_TREE_TEXT, false, policy_key_string,
	  offsetof(struct entry, rule.remark.source) },
	{ "status", YAML_TREE_TEXT, false, entry_status, 0 },
};

static void add_list(struct policy_parser *p, struct policy_order *order, const struct entry *entry)
{
	const char *why = NULL;
	const struct policy_list *list = p->find_list(p, entry->list->text, &why);

	if (!list) {
		if (why)
			policy_wrong(p, entry->list, "list: \"%.100s\": %s", entry->list->text,
				     why);
		return;
	}
	order->lists[order->n_lists++] = (struct policy_list_entry){
		.list = list,
		.remark = entry->rule.remark,
		.at = policy_place_of(p, entry->list),
	};
}

static void read_entry(struct policy_parser *p, const struct yaml_tree *node,
		       struct policy_order *order)
{
	struct entry entry = { 0 };

	policy_parse_mapping(p, node, "an entry of match", entry_keys,
			     sizeof(entry_keys) / sizeof(entry_keys[0]), &entry);
	if (node->type != YAML_TREE_MAPPING)
		return;
	if (entry.size_at && (!entry.kind || strcmp(entry.kind, "sha256")))
		policy_wrong(p, entry.size_at, "size: goes with sha256 only");
	if (!entry.kind) {
		const struct policy_key *key;

		/* Where a kind was given, but badly, that has been said. */
		for (key = entry_keys; strcmp(key->name, "size"); key++)
			if (policy_has_key(node, key->name))
				return;
		policy_wrong(p, node, "this entry of match has no identifier and no list");
		return;
	}
	if (entry.list) {
		add_list(p, order, &entry);
		return;
	}
	entry.rule.has_size = entry.has_size;
	order->rules[order->n_rules++] = entry.rule;
}

void policy_read_match(struct policy_parser *p, const struct policy_key *key,
		       const struct yaml_tree *value, struct policy_order *order)
{
	const struct yaml_tree *element;
	size_t n_lists = 0;

	if (!value->n) {
		policy_wrong(p, value, "%s: is empty; an order has at least one entry", key->name);
		return;
	}
	for (element = value->first; element; element = element->next)
		n_lists += element->type == YAML_TREE_MAPPING && policy_has_key(element, "list");
	order->rules = policy_parser_array(p, value->n, sizeof(*order->rules));
	order->lists = policy_parser_array(p, n_lists, sizeof(*order->lists));
	if (!order->rules || !order->lists)
		return;
	for (element = value->first; element; element = element->next)
		if (!element->bad)
			read_entry(p, element, order);
}
