// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a policy: its files in, a struct policy or the problems of the text out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_dir.h"
#include "policy_parse.h"

struct load {
	struct policy_dir dir;
	struct policy *policy;
	int error; /* the first file that could not be read */
};

void policy_free(struct policy *policy)
{
	size_t i;

	if (!policy)
		return;
	for (i = 0; i < policy->n_lists; i++) {
		free(policy->lists[i]->rows);
		free(policy->lists[i]);
	}
	free(policy->lists);
	policy_arena_free(policy->arena);
	free(policy);
}

static struct policy *new_policy(void)
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

static struct policy_parser parser_for(struct policy *policy, const char *file, unsigned int flags,
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

/* What a load returns, from what went wrong in it. */
static int outcome(const struct policy_parser *p, size_t errors_before)
{
	if (p->no_memory)
		return -ENOMEM;
	if (p->errs->count[POLICY_ERROR] > errors_before)
		return -EBADMSG;
	return p->unenforced && !(p->flags & POLICY_UNENFORCED_REPORT) ? -EOPNOTSUPP : 0;
}

static struct yaml_tree *parse(struct policy_parser *p, const char *buf, size_t len)
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
	struct policy *policy = new_policy();
	struct yaml_tree *root;
	struct policy_parser p;
	int err;

	if (!policy)
		return -ENOMEM;
	p = parser_for(policy, file, 0, errs);
	policy->file = p.file;
	root = parse(&p, buf, len);
	if (root)
		policy_read_header(&p, root, policy);
	err = outcome(&p, before);
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
	struct policy *policy = new_policy();
	struct yaml_tree *root;
	struct policy_parser p;
	int err;

	if (!policy)
		return -ENOMEM;
	p = parser_for(policy, file, flags, errs);
	policy->file = p.file;
	p.find_list = no_lists;
	policy->orders = policy_parser_array(&p, 1, sizeof(*policy->orders));
	root = parse(&p, buf, len);
	if (root && policy->orders) {
		policy_read_order(&p, root, &policy->orders[0]);
		policy->n_orders = 1;
		policy->n_rules = policy->orders[0].n_rules;
	}
	err = outcome(&p, before);
	if (err) {
		policy_free(policy);
		return err;
	}
	*ret = policy;
	return 0;
}

/* ---- lists ---- */

static int load_list(struct load *load, struct policy_parser *p, const char *path,
		     struct policy_list **ret, const char **why)
{
	struct policy *policy = load->policy;
	struct policy_list **lists;
	struct policy_member *member;
	struct policy_list *list;
	int err;

	err = policy_dir_read(&load->dir, path, POLICY_LIST_BYTES_MAX, &member, why);
	if (err)
		return err;
	lists = realloc(policy->lists, (policy->n_lists + 1) * sizeof(struct policy_list *));
	if (!lists)
		return -ENOMEM;
	policy->lists = lists;
	list = calloc(1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	policy->lists[policy->n_lists++] = list;
	list->path = policy_arena_text(p->arena, path, strlen(path));
	list->file = policy_arena_text(p->arena, member->file, strlen(member->file));
	if (!list->path || !list->file)
		return -ENOMEM;
	err = policy_read_list(member->buf, member->len, list, p->errs);
	if (err)
		return err;
	*ret = list;
	return 0;
}

static const struct policy_list *find_list(struct policy_parser *p, const char *path,
					   const char **why)
{
	struct load *load = p->context;
	struct policy_list *list = NULL;
	size_t i;
	int err;

	if (strncmp(path, "lists/", 6) || !policy_dir_plain_path(path) ||
	    strlen(path) > POLICY_PATH_MAX) {
		*why = "a list is a file below lists/; its path has only A-Z, a-z, 0-9, '.', '_', "
		       "'+' and '-', no part that begins with a dot, and at most 100 bytes";
		return NULL;
	}
	for (i = 0; i < load->policy->n_lists; i++)
		if (!strcmp(load->policy->lists[i]->path, path))
			return load->policy->lists[i];
	err = load_list(load, p, path, &list, why);
	if (err == -ENOMEM)
		p->no_memory = true;
	else if (err && !load->error)
		load->error = err;
	return list;
}

static int lists_by_path(const void *a, const void *b)
{
	const struct policy_list *const *x = a;
	const struct policy_list *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* ---- the directory ---- */

static void load_file(struct load *load, struct policy_parser *p, const char *path,
		      struct policy_order *order)
{
	struct policy_member *member;
	struct yaml_tree *root;
	const char *why;
	char *file;
	int err;

	err = policy_dir_read(&load->dir, path, POLICY_TEXT_BYTES_MAX, &member, &why);
	if (err) {
		if (asprintf(&file, "%s/%s", load->dir.name, path) < 0) {
			p->no_memory = true;
			return;
		}
		policy_errors_add(p->errs, POLICY_ERROR, file, 0, 0, "%s", why);
		free(file);
		load->error = load->error ? load->error : err;
		return;
	}
	p->file = policy_arena_text(p->arena, member->file, strlen(member->file));
	p->no_memory |= !p->file;
	root = parse(p, member->buf, member->len);
	if (!root)
		return;
	if (order)
		policy_read_order(p, root, order);
	else
		policy_read_header(p, root, load->policy);
	if (!order)
		load->policy->file = p->file;
}

/* POLICY_ORDERS_MAX bounds the square. */
static void check_order_ids(struct policy *policy, struct policy_errors *errs)
{
	size_t i;
	size_t j;

	for (i = 1; i < policy->n_orders; i++) {
		const struct policy_order *o = &policy->orders[i];

		for (j = 0; o->id && j < i; j++) {
			const struct policy_order *first = &policy->orders[j];

			if (!first->id || strcmp(first->id, o->id))
				continue;
			policy_errors_add(errs, POLICY_ERROR, o->at.file, o->at.line, o->at.col,
					  "order: \"%s\" is there already, at %s:%u:%u", o->id,
					  first->at.file, first->at.line, first->at.col);
			break;
		}
	}
}

static int load_orders(struct load *load, struct policy_parser *p)
{
	struct policy *policy = load->policy;
	char **paths = NULL;
	size_t n = 0;
	size_t i;
	size_t k;
	int ret;

	ret = policy_dir_orders(&load->dir, &paths, &n);
	if (ret)
		return ret;
	policy->orders = policy_parser_array(p, n, sizeof(*policy->orders));
	for (i = 0; i < n; i++) {
		struct policy_order *order = &policy->orders[i];

		if (!p->no_memory) {
			load_file(load, p, paths[i], order);
			policy->n_orders++;
		}
		for (k = 0; k < order->n_lists; k++)
			policy->n_rules += order->lists[k].list->n_rows;
		policy->n_rules += order->n_rules;
		free(paths[i]);
	}
	free(paths);
	if (!n)
		policy_errors_add_problem(p->errs, POLICY_PROBLEM_EMPTY, POLICY_WARNING,
					  &(struct policy_place){ .file = load->dir.name },
					  "the policy has no orders: nothing is banned");
	check_order_ids(policy, p->errs);
	return 0;
}

static int load_dir(struct load *load, unsigned int flags, struct policy_errors *errs)
{
	size_t before = errs->count[POLICY_ERROR];
	struct policy_parser p;
	int ret;

	p = parser_for(load->policy, load->dir.name, flags, errs);
	p.find_list = find_list;
	p.context = load;
	if (p.no_memory)
		return -ENOMEM;
	load_file(load, &p, "policy.yaml", NULL);
	ret = load_orders(load, &p);
	if (!ret)
		ret = policy_dir_unused_lists(&load->dir);
	if (ret)
		return ret;
	if (load->policy->n_lists)
		qsort(load->policy->lists, load->policy->n_lists, sizeof(load->policy->lists[0]),
		      lists_by_path);
	ret = policy_dir_digest(&load->dir, load->policy->digest);
	if (ret)
		return ret;
	ret = outcome(&p, before);
	return ret == -EBADMSG && load->error ? load->error : ret;
}

int policy_load_dir(const char *name, unsigned int flags, struct policy **ret,
		    struct policy_errors *errs)
{
	struct load load = { 0 };
	int err;

	err = policy_dir_open(&load.dir, name, errs);
	if (!err) {
		load.policy = new_policy();
		err = load.policy ? load_dir(&load, flags, errs) : -ENOMEM;
	}
	policy_dir_close(&load.dir);
	if (err) {
		policy_free(load.policy);
		return err;
	}
	*ret = load.policy;
	return 0;
}

int policy_digest_dir(const char *dir, uint8_t digest[32], struct policy_errors *errs)
{
	struct policy *policy;
	int ret;

	ret = policy_load_dir(dir, POLICY_UNENFORCED_KEEP, &policy, errs);
	if (ret)
		return ret;
	memcpy(digest, policy->digest, sizeof(policy->digest));
	policy_free(policy);
	return 0;
}
