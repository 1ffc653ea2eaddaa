// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy text: header, order, hash list, configuration or labels, by the input's first byte. Beyond
 * not crashing: a text is loaded or has a problem, and every problem is a line of printable UTF-8
 * with a place inside of the text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "userspace/config.h"
#include "userspace/lint/lint_internal.h"
#include "userspace/policy/policy_parse.h"
#include "userspace/policy/policy_utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What is loaded has a value, and zeros behind it. */
static void check_rule(const struct policy_rule *rule)
{
	const struct policy_identifier *id = &rule->id;
	size_t i;

	require(id->kind < POLICY_KIND_COUNT && id->form < INTERDICT_FORM_COUNT);
	require((id->kind == POLICY_KIND_PACKAGE) == !id->len && id->len <= sizeof(id->value));
	for (i = id->len; i < sizeof(id->value); i++)
		require(!id->value[i]);
	if (id->kind == POLICY_KIND_PUBLISHER)
		lint_authority(rule->text);
}

static void check_line(const char *text)
{
	size_t len = strlen(text);

	require(len > 0);
	while (len) {
		size_t n = policy_utf8_length((const unsigned char *)text, len);

		require(n && *text != '\n' && !policy_utf8_refused((const unsigned char *)text, n));
		text += n;
		len -= n;
	}
}

static int parse(char what, const char *text, size_t len, struct policy_errors *errs)
{
	struct policy_list list = { .file = "f" };
	struct policy *policy = NULL;
	struct config config;
	size_t i;
	int ret;

	switch (what) {
	case 'h':
		ret = policy_parse_header(text, len, "f", &policy, errs);
		require(ret || (policy->name && policy->serial));
		break;
	case 'l':
		ret = policy_read_list(text, len, &list, errs);
		require(list.n_sizeless <= list.n_rows && list.n_rows <= len / 64);
		free(list.rows);
		free(list.jumps);
		return ret || !errs->count[POLICY_ERROR] ? ret : -EBADMSG;
	case 'c':
		ret = config_parse(text, len, "f", &config, errs);
		if (!ret)
			config_free(&config);
		return ret;
	case 'd':
		require(!config_parse("", 0, "f", &config, errs));
		ret = config_parse_labels(text, len, "f", &config, errs);
		require(config.n_labels <= POLICY_ELEMENTS_MAX);
		for (i = 0; i < config.n_labels; i++)
			check_line(config.labels[i]);
		config_free(&config);
		return ret;
	default:
		ret = policy_parse_order(text, len, "f", POLICY_UNENFORCED_KEEP, &policy, errs);
		require(ret || (policy->orders[0].id && policy->orders[0].operations));
		require(ret || policy->orders[0].n_rules == policy->n_rules);
		for (i = 0; !ret && i < policy->n_rules; i++)
			check_rule(&policy->orders[0].rules[i]);
	}
	policy_free(policy);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_errors errs = { 0 };
	uint32_t lines = 1;
	char *text;
	size_t i;
	int ret;

	if (!size)
		return 0;
	/* A copy of its own, so that reading one byte too far is seen. */
	text = malloc(size - 1);
	if (!text && size > 1)
		return 0;
	if (size > 1)
		memcpy(text, data + 1, size - 1);
	for (i = 0; i < size - 1; i++)
		lines += text[i] == '\n';
	ret = parse((char)data[0], text, size - 1, &errs);
	require(ret == (errs.count[POLICY_ERROR] ? -EBADMSG : 0));
	for (i = 0; i < errs.n; i++) {
		require(errs.v[i].line >= 1 && errs.v[i].line <= lines);
		require(errs.v[i].col >= 1 && errs.v[i].col <= size + 1);
		check_line(errs.v[i].text);
	}
	policy_errors_free(&errs);
	free(text);
	return 0;
}
