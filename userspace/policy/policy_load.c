// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a policy: its files in, a struct policy or the problems of the text out. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle/bundle.h"
#include "engine/seal.h"
#include "policy_boot.h"
#include "policy_parse.h"
#include "policy_source.h"

struct load {
	struct policy_source *source;
	struct policy *policy;
	int error; /* the first file that could not be read */
};

/* ---- lists ---- */

/* The list at @path, which is read once all orders are: see load_lists(). */
static const struct policy_list *find_list(struct policy_parser *p, const char *path,
					   const char **why)
{
	struct load *load = p->context;
	struct policy *policy = load->policy;
	struct policy_list **lists;
	struct policy_list *list;
	size_t i;

	if (strncmp(path, "lists/", 6) || !policy_source_plain_path(path)) {
		*why = "a list is a file below lists/; its path has only A-Z, a-z, 0-9, '.', '_', "
		       "'+' and '-', no part that begins with a dot, and at most 100 bytes";
		return NULL;
	}
	for (i = 0; i < policy->n_lists; i++)
		if (!strcmp(policy->lists[i]->path, path))
			return policy->lists[i];
	lists = realloc(policy->lists, (policy->n_lists + 1) * sizeof(struct policy_list *));
	if (lists)
		policy->lists = lists;
	list = lists ? calloc(1, sizeof(*list)) : NULL;
	if (!list) {
		p->no_memory = true;
		return NULL;
	}
	policy->lists[policy->n_lists++] = list;
	list->path = policy_arena_text(p->arena, path, strlen(path));
	list->file = list->path;
	p->no_memory |= !list->path;
	return list;
}

static int lists_by_path(const void *a, const void *b)
{
	const struct policy_list *const *x = a;
	const struct policy_list *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* Say so wherever an order names it. */
static void list_failed(const struct load *load, const struct policy_list *list, const char *why,
			struct policy_errors *errs)
{
	for (size_t i = 0; i < load->policy->n_orders; i++) {
		const struct policy_order *order = &load->policy->orders[i];

		for (size_t k = 0; k < order->n_lists; k++)
			if (order->lists[k].list == list)
				policy_errors_add(errs, POLICY_ERROR, order->lists[k].at.file,
						  order->lists[k].at.line, order->lists[k].at.col,
						  "list: \"%.100s\": %s", list->path, why);
	}
}

/*
 * The text goes into the digest first. Where it is not needed any more then, the rows take its
 * place: the two of them together would be most of what a large policy takes to load.
 */
static int read_list(struct load *load, struct policy_member *member, struct policy_list *list,
		     struct policy_errors *errs)
{
	char *text = load->source->keep ? NULL : member->owned;
	const size_t len = member->len;
	int err;

	if (!text) {
		err = policy_read_list(member->buf, len, list, errs);
		return err ? err : policy_source_settle(load->source, member);
	}
	member->owned = NULL;
	err = policy_source_settle(load->source, member);
	member->buf = NULL;
	if (err)
		free(text);
	else
		err = policy_read_list_over(text, len, list, errs);
	return err;
}

/*
 * In the order of their paths, which is that of the digest, and one after the other: so the text of
 * no more than one is in memory.
 */
static int load_lists(struct load *load, struct policy_parser *p)
{
	struct policy *policy = load->policy;
	struct policy_member *member;
	const char *why;
	int err = 0;

	if (policy->n_lists)
		qsort(policy->lists, policy->n_lists, sizeof(policy->lists[0]), lists_by_path);
	for (size_t i = 0; i < policy->n_lists && !err; i++) {
		struct policy_list *list = policy->lists[i];
		int failed = policy_source_read(load->source, list->path, POLICY_LIST_BYTES_MAX,
						&member, &why);

		if (failed == -ENOMEM)
			return failed;
		if (failed) {
			list_failed(load, list, why, p->errs);
			load->error = load->error ? load->error : failed;
			continue;
		}
		list->file = policy_arena_text(p->arena, member->file, strlen(member->file));
		err = list->file ? read_list(load, member, list, p->errs) : -ENOMEM;
	}
	return err;
}

static void count_rules(struct policy *policy)
{
	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];

		policy->n_rules += order->n_rules;
		for (size_t k = 0; k < order->n_lists; k++)
			policy->n_rules += order->lists[k].list->n_rows;
	}
}

/* ---- the files ---- */

static void load_file(struct load *load, struct policy_parser *p, const char *path,
		      struct policy_order *order)
{
	struct policy_member *member;
	struct yaml_tree *root;
	const char *why;
	int err;

	err = policy_source_read(load->source, path, POLICY_TEXT_BYTES_MAX, &member, &why);
	if (err) {
		policy_source_say(load->source, POLICY_ERROR, path, "%s", why);
		load->error = load->error ? load->error : err;
		return;
	}
	p->file = policy_arena_text(p->arena, member->file, strlen(member->file));
	p->no_memory |= !p->file;
	root = policy_parser_tree(p, member->buf, member->len);
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
	int ret;

	ret = policy_source_orders(load->source, &paths, &n);
	if (ret)
		return ret;
	policy->orders = policy_parser_array(p, n, sizeof(*policy->orders));
	for (i = 0; i < n; i++) {
		struct policy_order *order = &policy->orders[i];

		if (!p->no_memory) {
			load_file(load, p, paths[i], order);
			policy->n_orders++;
		}
		free(paths[i]);
	}
	free(paths);
	if (!n)
		policy_errors_add_problem(p->errs, POLICY_PROBLEM_EMPTY, POLICY_WARNING,
					  &(struct policy_place){ .file = load->source->name },
					  "the policy has no orders: nothing is banned");
	check_order_ids(policy, p->errs);
	return 0;
}

static int load_files(struct load *load, unsigned int flags, struct policy_errors *errs)
{
	size_t before = errs->count[POLICY_ERROR];
	struct policy_parser p;
	int ret;

	p = policy_parser_for(load->policy, load->source->name, flags, errs);
	p.find_list = find_list;
	p.context = load;
	if (p.no_memory)
		return -ENOMEM;
	load_file(load, &p, "policy.yaml", NULL);
	ret = load_orders(load, &p);
	if (!ret && p.no_memory)
		ret = -ENOMEM;
	if (!ret)
		ret = load_lists(load, &p);
	if (!ret)
		ret = policy_source_unused(load->source);
	if (ret)
		return ret;
	count_rules(load->policy);
	ret = policy_source_digest(load->source, load->policy->digest);
	if (ret)
		return ret;
	ret = policy_parser_outcome(&p, before);
	return ret == -EBADMSG && load->error ? load->error : ret;
}

static int load_source(struct policy_source *source, unsigned int flags, struct policy **ret,
		       struct policy_errors *errs)
{
	struct load load = { .source = source, .policy = policy_new() };
	int err;

	err = load.policy ? load_files(&load, flags, errs) : -ENOMEM;
	if (err)
		policy_free(load.policy);
	else
		*ret = load.policy;
	return err;
}

/* ---- what a policy is loaded from ---- */

int policy_load_dir(const char *name, unsigned int flags, struct policy **ret,
		    struct policy_errors *errs)
{
	struct policy_source *source = NULL;
	int err;

	err = policy_source_dir(name, errs, &source);
	if (!err)
		err = load_source(source, flags, ret, errs);
	policy_source_free(source);
	return err;
}

int policy_load_archive(const char *name, const void *buf, size_t len, unsigned int flags,
			struct policy **ret, struct policy_errors *errs)
{
	struct policy_source *source = NULL;
	int err;

	err = policy_source_archive(name, buf, len, errs, &source);
	if (!err)
		err = load_source(source, flags, ret, errs);
	policy_source_free(source);
	return err;
}

int policy_pack_dir(const char *name, unsigned int flags, size_t max, struct policy **ret_policy,
		    char **buf, size_t *len, struct policy_errors *errs)
{
	struct policy_source *source = NULL;
	struct policy *policy = NULL;
	int err;

	err = policy_source_dir(name, errs, &source);
	if (!err) {
		source->keep = true;
		err = load_source(source, flags, &policy, errs);
	}
	if (!err)
		err = policy_source_pack(source, max, buf, len);
	if (err == -EFBIG && policy)
		policy_errors_add(errs, POLICY_ERROR, source->name, 0, 0,
				  "the archive of the policy has more than %zu MiB", max >> 20);
	policy_source_free(source);
	if (err) {
		policy_free(policy);
		return err;
	}
	*ret_policy = policy;
	return 0;
}

int policy_load(const char *path, const char *trust_dir, int64_t now, unsigned int flags,
		struct policy **ret, struct policy_errors *errs)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISDIR(st.st_mode))
		return policy_load_dir(path, flags, ret, errs);
	return bundle_load(path, trust_dir, now, flags, ret, errs);
}

/* What this boot's kernel command line asks for. Where it cannot be read, it asks for nothing. */
static int obey_cmdline(struct policy *policy)
{
	char text[4096]; /* COMMAND_LINE_SIZE, 2048 on x86 */
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return policy_boot_override(policy, text);
}

int policy_load_to_enforce(const char *path, const char *trust_dir, int64_t now,
			   struct policy **ret, struct policy_errors *errs)
{
	struct policy *policy;
	struct seal_status sealed;
	int err = policy_load(path, trust_dir, now, POLICY_BY_SEALED, &policy, errs);

	if (err)
		return err;
	seal_get_status(&sealed);
	if (!policy->signer && (sealed.usable || trust_has_anchors(trust_dir))) {
		policy_errors_add(errs, POLICY_REFUSED, path, 0, 0,
				  "is not signed, and there are trust anchors %s%s: only a bundle "
				  "is loaded that they vouch for",
				  sealed.usable ? "sealed in the kernel" : "in ",
				  sealed.usable ? "" : trust_dir);
		policy_free(policy);
		return -EKEYREJECTED;
	}
	err = obey_cmdline(policy);
	if (err)
		policy_free(policy);
	else
		*ret = policy;
	return err;
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

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int settle_file(struct policy_source *source, const char *path)
{
	struct policy_member *member;
	const char *why;
	int err = policy_source_read(source, path, POLICY_LIST_BYTES_MAX, &member, &why);

	if (err && err != -ENOMEM)
		policy_source_say(source, POLICY_ERROR, path, "cannot be read: %s", why);
	return err ? err : policy_source_settle(source, member);
}

int policy_digest_files(const char *dir, const char **paths, size_t n, uint8_t digest[32],
			struct policy_errors *errs)
{
	struct policy_source *source = NULL;
	int err = policy_source_dir(dir, errs, &source);

	qsort(paths, n, sizeof(*paths), compare_paths);
	for (size_t i = 0; i < n && !err; i++)
		err = settle_file(source, paths[i]);
	if (!err)
		err = policy_source_digest(source, digest);
	policy_source_free(source);
	return err;
}
