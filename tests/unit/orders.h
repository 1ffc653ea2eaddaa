/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders in tests: the least text that one is made of, and what is parsed from a text. */
#ifndef INTERDICT_TEST_ORDERS_H
#define INTERDICT_TEST_ORDERS_H

#include "cases.h"
#include "rejections.h"

/* All that an order needs before `match`: lines 1 to 6. */
#define ORDER_HEAD "interdict: 1\norder: o\ntitle: t\nauthority: a\nreference: r\nreason: w\n"

/*
 * The order in @text, which must be right, in a policy of its own that the caller frees with
 * policy_free(). Kinds that this version cannot enforce are kept.
 */
static inline struct policy *order_parsed(const char *text)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	int ret =
		policy_parse_order(text, strlen(text), "f", POLICY_UNENFORCED_KEEP, &policy, &errs);

	policy_errors_print(&errs, stderr);
	case_note("order", text, strlen(text), ret, &errs);
	assert_int_equal(ret, 0);
	assert_int_equal(errs.n, 0);
	return policy;
}

/* The same for a text that is wrong, as check_rejections() wants it. */
static inline int order_rejected(const char *buf, size_t len, struct policy_errors *errs)
{
	struct policy *policy = NULL;
	int ret = policy_parse_order(buf, len, "f", POLICY_UNENFORCED_KEEP, &policy, errs);

	case_note("order", buf, len, ret, errs);
	policy_free(policy);
	return ret;
}

#endif
