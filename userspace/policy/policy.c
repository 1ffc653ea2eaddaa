// SPDX-License-Identifier: GPL-2.0-or-later
/* A policy in memory, and one from a single text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_parse.h"
#include "policy_resolution.h"

void policy_free(struct policy *policy)
{
	size_t i;

	if (!policy)
		return;
	for (i = 0; i < policy->n_lists; i++) {
		free(policy->lists[i]->rows);
		free(policy->lists[i]->jumps);
		free(policy->lists[i]->index);
		free(policy->lists[i]);
	}
	free(policy->lists);
	policy_resolution_free(policy->resolution);
	policy_arena_free(policy->arena);
	free(policy);
}

uint64_t policy_count_rules(const struct policy_order *order, uint64_t count[POLICY_KIND_COUNT])
{
	uint64_t n = order->n_rules;

	for (size_t i = 0; i < order->n_rules; i++)
		count[order->rules[i].id.kind]++;
	for (size_t i = 0; i < order->n_lists; i++) {
		count[POLICY_KIND_SHA256] += order->lists[i].list->n_rows;
		n += order->lists[i].list->n_rows;
	}
	return n;
}

const struct policy_order *policy_order_find(const struct policy *policy, const char *id)
{
	size_t i;

	for (i = 0; policy && i < policy->n_orders; i++)
		if (!strcmp(policy->orders[i].id, id))
			return &policy->orders[i];
	return NULL;
}

struct policy *policy_new(void)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return NULL;
	policy->arena = policy_arena_new();
	if (!policy->arena) {
		free(policy);
		return NULL;
	}
	return policy;
}

struct policy_parser policy_parser_for(struct policy *policy, const char *file, unsigned int flags,
				       struct policy_errors *errs)
{
	struct policy_parser p = {
		.arena = policy->arena,
		.errs = errs,
		.flags = flags,
	};

	p.file = policy_arena_text(policy->arena, file, strlen(file));
	p.no_memory = !p.file;
	return p;
}

int policy_parser_outcome(const struct policy_parser *p, size_t errors_before)
{
	if (p->no_memory)
		return -ENOMEM;
	if (p->errs->count[POLICY_ERROR] > errors_before)
		return -EBADMSG;
	return p->unenforced && !(p->flags & POLICY_UNENFORCED_REPORT) ? -EOPNOTSUPP : 0;
}

struct yaml_tree *policy_parser_tree(struct policy_parser *p, const char *buf, size_t len)
{
	struct yaml_tree *root;
	int ret;

	if (p->no_memory)
		return NULL;
	ret = yaml_tree_parse(p->arena, buf, len, p->file, &root, p->errs);
	if (ret == -ENOMEM)
		p->no_memory = true;
	return ret ? NULL : root;
}

int policy_parse_header(const char *buf, size_t len, const char *file, struct policy **ret,
			struct policy_errors *errs)
{
	size_t before = errs->count[POLICY_ERROR];
	struct policy *policy = policy_new();
	struct yaml_tree *root;
	struct policy_parser p;
	int err;

	if (!policy)
		return -ENOMEM;
	p = policy_parser_for(policy, file, 0, errs);
	policy->file = p.file;
	root = policy_parser_tree(&p, buf, len);
	if (root)
		policy_read_header(&p, root, policy);
	err = policy_parser_outcome(&p, before);
	if (err) {
		policy_free(policy);
		return err;
	}
	*ret = policy;
	return 0;
}

static const struct policy_list *no_lists(struct policy_parser *p, const char *path,
					  const char **why)
{
	(void)p;
	(void)path;
	*why = "lists can be named only in a policy's directory";
	return NULL;
}

int policy_parse_order(const char *buf, size_t len, const char *file, unsigned int flags,
		       struct policy **ret, struct policy_errors *errs)
{
	size_t before = errs->count[POLICY_ERROR];
	struct policy *policy = policy_new();
	struct yaml_tree *root;
	struct policy_parser p;
	int err;

	if (!policy)
		return -ENOMEM;
	p = policy_parser_for(policy, file, flags, errs);
	policy->file = p.file;
	p.find_list = no_lists;
	policy->orders = policy_parser_array(&p, 1, sizeof(*policy->orders));
	root = policy_parser_tree(&p, buf, len);
	if (root && policy->orders) {
		policy_read_order(&p, root, &policy->orders[0]);
		policy->n_orders = 1;
		policy->n_rules = policy->orders[0].n_rules;
	}
	err = policy_parser_outcome(&p, before);
	if (err) {
		policy_free(policy);
		return err;
	}
	*ret = policy;
	return 0;
}
