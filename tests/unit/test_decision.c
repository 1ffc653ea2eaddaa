// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel answers, worked out in user space: orders, audit mode, and what the header
 * refuses. */
#include <errno.h>

#include "decide/decision.h"
#include "orders.h"

#define RULE "match:\n  - build-id: aabbccdd\n"

struct row {
	const char *order; /* behind ORDER_HEAD */
	enum policy_mode mode;
	bool unidentified_deny, untrusted_fs_deny;
	bool matches, missing, foreign;
	enum interdict_op op;
	enum decision_outcome outcome;
	const char *by, *rule; /* NULL: none */
};

#define ENFORCE POLICY_MODE_ENFORCE
#define EXEC	INTERDICT_OP_EXEC
#define OPEN	INTERDICT_OP_OPEN
#define ALLOW	DECISION_ALLOW
#define AUDIT	DECISION_AUDIT
#define DENY	DECISION_DENY

static const struct row rows[] = {
	/* order, mode, unidentified, untrusted-fs, matches, missing, foreign, op */
	{ RULE, ENFORCE, 0, 0, 1, 0, 0, EXEC, DENY, "o", "build-id" },
	{ RULE, ENFORCE, 0, 0, 0, 0, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE "operations: [open]\n", ENFORCE, 0, 0, 1, 0, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE "mode: audit\n", ENFORCE, 0, 0, 1, 0, 0, EXEC, AUDIT, "o", "build-id" },
	{ RULE "mode: off\n", ENFORCE, 0, 0, 1, 0, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE, POLICY_MODE_AUDIT, 0, 0, 1, 0, 0, EXEC, AUDIT, "o", "build-id" },
	{ RULE, POLICY_MODE_OFF, 1, 1, 1, 1, 1, EXEC, ALLOW, NULL, NULL },
	/* what could not be identified */
	{ RULE, ENFORCE, 0, 0, 0, 1, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE, ENFORCE, 1, 0, 0, 1, 0, EXEC, DENY, NULL, "unidentified" },
	{ RULE, ENFORCE, 1, 0, 0, 1, 0, OPEN, DENY, NULL, "unidentified" },
	{ RULE, ENFORCE, 1, 0, 0, 0, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE, ENFORCE, 1, 0, 1, 1, 0, EXEC, DENY, "o", "build-id" },
	{ RULE, POLICY_MODE_AUDIT, 1, 0, 0, 1, 0, EXEC, AUDIT, NULL, "unidentified" },
	/* an order that records does not keep the header from refusing */
	{ RULE "mode: audit\n", ENFORCE, 1, 0, 1, 1, 0, EXEC, DENY, NULL, "unidentified" },
	{ RULE "mode: audit\n", ENFORCE, 0, 1, 1, 0, 1, EXEC, DENY, NULL, "untrusted-fs" },
	{ RULE, POLICY_MODE_AUDIT, 1, 0, 1, 1, 0, EXEC, AUDIT, "o", "build-id" },
	/* other file systems: run and mapped only */
	{ RULE, ENFORCE, 0, 1, 0, 0, 1, EXEC, DENY, NULL, "untrusted-fs" },
	{ RULE, ENFORCE, 0, 1, 0, 0, 1, INTERDICT_OP_MAP, DENY, NULL, "untrusted-fs" },
	{ RULE, ENFORCE, 0, 1, 0, 0, 1, OPEN, ALLOW, NULL, NULL },
	{ RULE, ENFORCE, 0, 1, 0, 0, 0, EXEC, ALLOW, NULL, NULL },
	{ RULE, ENFORCE, 1, 1, 0, 1, 1, EXEC, DENY, NULL, "untrusted-fs" },
	{ RULE, ENFORCE, 1, 1, 0, 1, 1, OPEN, DENY, NULL, "unidentified" },
};

static void same(const char *said, const char *expected)
{
	assert_int_equal(said != NULL, expected != NULL);
	if (expected)
		assert_string_equal(said, expected);
}

static void test_rows(void **state)
{
	const struct policy_device device = { .early = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct interdict_identity identity = { 0 };
		struct compile_image image;
		struct decision decision;
		struct policy *policy;
		char text[512];
		json_t *json;

		print_message("row %zu\n", i);
		snprintf(text, sizeof(text), ORDER_HEAD "%s", row->order);
		policy = order_parsed(text);
		policy->mode = row->mode;
		policy->unidentified_deny = row->unidentified_deny;
		policy->untrusted_fs_deny = row->untrusted_fs_deny;
		if (row->matches) {
			identity.ids.have = INTERDICT_ID_BUILD_ID;
			identity.ids.build_id_len = 4;
			memcpy(identity.ids.build_id, "\xaa\xbb\xcc\xdd", 4);
		}
		identity.ids.flags = row->foreign ? INTERDICT_FILE_FOREIGN : 0;
		assert_int_equal(compile_image(policy, &device, &image), 0);
		decide(&image, &identity, row->missing, row->op, &decision);
		assert_int_equal(decision.outcome, row->outcome);
		same(decision.order, row->by);
		same(decision.rule, row->rule);
		json = decision_json(&decision);
		same(json_string_value(json_object_get(json, "verdict")),
		     decision_name(row->outcome));
		same(json_string_value(json_object_get(json, "order")), row->by);
		json_decref(json);
		compile_image_free(&image);
		policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
