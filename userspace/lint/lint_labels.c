// SPDX-License-Identifier: GPL-2.0-or-later
#include "lint_labels.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_parse.h"

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The label of a line of @len bytes, without its comment, is an ID as in an order. */
static void take_line(struct policy_parser *p, struct lint_labels *labels, const char *line,
		      size_t len, uint32_t number)
{
	static const struct policy_key key = { .name = "label" };
	const char *comment = memchr(line, '#', len);
	struct yaml_tree node = { .type = YAML_TREE_TEXT, .plain = true, .line = number };
	size_t begin = 0;

	len = comment ? (size_t)(comment - line) : len;
	while (begin < len && is_blank(line[begin]))
		begin++;
	while (len > begin && is_blank(line[len - 1]))
		len--;
	if (begin == len)
		return;
	node.col = (uint32_t)begin + 1;
	node.len = len - begin;
	node.text = policy_arena_text(p->arena, line + begin, node.len);
	if (!node.text)
		p->no_memory = true;
	else if (policy_parse_id(p, &key, &node, &labels->v[labels->n]))
		labels->n++;
}

static int take_lines(struct policy_parser *p, struct lint_labels *labels, const char *buf,
		      size_t len)
{
	const char *end = buf + len;
	uint32_t number = 0;
	const char *next;
	size_t lines = 1;
	size_t i;

	for (i = 0; i < len; i++)
		lines += buf[i] == '\n';
	labels->v = policy_parser_array(p, lines, sizeof(*labels->v));
	for (; labels->v && buf < end; buf = next) {
		const char *feed = memchr(buf, '\n', (size_t)(end - buf));

		next = feed ? feed + 1 : end;
		take_line(p, labels, buf, (size_t)((feed ? feed : end) - buf), ++number);
	}
	return p->no_memory ? -ENOMEM : 0;
}

static int read_file(const char *path, char **ret, size_t *len)
{
	char *buf = malloc(LINT_LABELS_BYTES_MAX + 1);
	FILE *f = fopen(path, "re");
	int err = f ? 0 : -errno;

	if (!buf)
		err = -ENOMEM;
	if (!err) {
		*len = fread(buf, 1, LINT_LABELS_BYTES_MAX + 1, f);
		err = ferror(f) ? -errno : *len > LINT_LABELS_BYTES_MAX ? -EFBIG : 0;
	}
	if (f)
		fclose(f);
	if (err)
		free(buf);
	else
		*ret = buf;
	return err;
}

int lint_labels_load(const char *path, struct lint_labels *ret, struct policy_errors *errs)
{
	struct lint_labels labels = { .file = path, .arena = policy_arena_new() };
	struct policy_parser p = { .arena = labels.arena, .file = path, .errs = errs };
	size_t before = errs->count[POLICY_ERROR];
	char *buf = NULL;
	size_t len = 0;
	int err;

	if (!labels.arena)
		return -ENOMEM;
	err = read_file(path, &buf, &len);
	if (err && err != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0, "the labels cannot be read: %s",
				  strerror(-err));
	if (!err)
		err = take_lines(&p, &labels, buf, len);
	if (!err && errs->count[POLICY_ERROR] > before)
		err = -EBADMSG;
	free(buf);
	if (err) {
		lint_labels_free(&labels);
		return err;
	}
	if (labels.n)
		qsort(labels.v, labels.n, sizeof(labels.v[0]), by_bytes);
	*ret = labels;
	return 0;
}

void lint_labels_free(struct lint_labels *labels)
{
	policy_arena_free(labels->arena);
	*labels = (struct lint_labels){ 0 };
}

static void check_devices(const struct lint_labels *labels, const char *const *devices, size_t n,
			  const struct policy_place *at, struct policy_errors *errs)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!labels->n ||
		    !bsearch(&devices[i], labels->v, labels->n, sizeof(labels->v[0]), by_bytes))
			policy_errors_add_problem(errs, POLICY_PROBLEM_LABEL, POLICY_WARNING,
						  &at[i],
						  "devices: no device has the label \"%s\": "
						  "it is not in %s",
						  devices[i], labels->file);
}

void lint_labels_check(const struct policy *policy, const struct lint_labels *labels,
		       struct policy_errors *errs)
{
	size_t o;
	size_t i;

	for (o = 0; o < policy->n_orders; o++) {
		const struct policy_order *order = &policy->orders[o];

		check_devices(labels, order->devices, order->n_devices, order->devices_at, errs);
		for (i = 0; i < order->n_exemptions; i++)
			check_devices(labels, order->exemptions[i].devices,
				      order->exemptions[i].n_devices,
				      order->exemptions[i].devices_at, errs);
	}
}
