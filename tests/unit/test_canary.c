// SPDX-License-Identifier: GPL-2.0-or-later
/* The canary: what it is, how its order lies in the tables, and what a use of it means. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/canary.h"
#include "engine/compile.h"
#include "orders.h"
#include "run.h"

static const struct policy_device here = { .early = 1700000000, .late = 1700000000 };

/* sha256sum knows nothing of ours. */
static void test_content(void **state)
{
	char content[CANARY_SIZE], sum[128];
	const struct policy_rule *rule = &canary_order.rules[0];

	(void)state;
	canary_content(content);
	spill("canary", content, sizeof(content));
	run("sha256sum <canary | cut -d ' ' -f 1 >sum");
	sum[slurp("sum", sum, sizeof(sum))] = '\0';
	assert_true(is_hex_of(sum, rule->id.value, 32));
	assert_int_equal(rule->size, sizeof(content));
	/* No kernel runs it: no magic, and all that could be one is text. */
	for (size_t i = 0; i < 4; i++)
		assert_true(content[i] >= ' ' && content[i] < 0x7f);
	assert_true(strncmp(content, "#!", 2) != 0);
}

/* No policy can have an order of that name. */
static void test_name(void **state)
{
	struct policy_errors errs = { 0 };
	char text[512];

	(void)state;
	snprintf(text, sizeof(text),
		 "interdict: 1\norder: %s\ntitle: t\nauthority: a\nreference: r\nreason: w\n"
		 "match:\n  - publisher: P\n",
		 canary_order.id);
	assert_int_equal(order_rejected(text, strlen(text), &errs), -EBADMSG);
	assert_int_equal(errs.v[0].line, 2);
	policy_errors_free(&errs);
}

/* Compile @mode with the canary, and judge its identifiers as the kernel does. */
static void compiled(enum policy_mode mode, struct compile_plan *plan,
		     struct interdict_verdict *verdict)
{
	struct policy_order order = {
		.id = "o",
		.effective = POLICY_TIME_MIN,
		.expires = POLICY_TIME_MAX,
		.mode = POLICY_MODE_ENFORCE,
		.operations = POLICY_OPS_ALL,
	};
	struct policy_rule rule = { .id = { .kind = POLICY_KIND_BUILD_ID, .len = 4 } };
	struct policy policy = { .name = "p", .serial = 1, .orders = &order, .n_orders = 1 };
	struct interdict_ids ids = { .have = INTERDICT_ID_SHA256, .size = CANARY_SIZE };
	struct interdict_entry entries[8] = { 0 };
	uint64_t buckets[8] = { 0 }, sizes[8] = { 0 }, size_buckets[8] = { 0 };
	struct interdict_tables tables;

	order.rules = &rule;
	order.n_rules = 1;
	policy.mode = mode;
	assert_int_equal(compile_begin(&policy, &here, &canary_order, plan), 0);
	assert_true(plan->entries <= 8 && plan->buckets <= 8 && plan->size_buckets <= 8);
	assert_int_equal(compile_fill(plan, entries, buckets, sizes, size_buckets), 0);
	tables = (struct interdict_tables){
		.head = &plan->head,
		.entries = { entries, plan->entries },
		.buckets = { buckets, plan->buckets },
		.sizes = { sizes, plan->sizes },
		.size_buckets = { size_buckets, plan->size_buckets },
		.matches = { plan->match, plan->matches },
		.orders = { plan->order, plan->orders },
	};
	memcpy(ids.sha256, canary_order.rules[0].id.value, 32);
	assert_int_equal(interdict_wanted(&tables, CANARY_SIZE) & INTERDICT_ID_SHA256,
			 mode == POLICY_MODE_OFF ? 0 : INTERDICT_ID_SHA256);
	interdict_evaluate(&tables, &ids, NULL, INTERDICT_OP_EXEC, verdict);
}

static void test_tables(void **state)
{
	struct interdict_verdict verdict;
	struct compile_plan plan;

	(void)state;
	compiled(POLICY_MODE_ENFORCE, &plan, &verdict);
	assert_int_equal(plan.head.orders, 1);
	assert_int_equal(plan.head.entries, 2);
	assert_int_equal(plan.head.canary, 2);
	assert_int_equal(verdict.order, 1);
	assert_int_equal(verdict.deny, POLICY_OPS_ALL);
	assert_string_equal(plan.order[verdict.order].id, canary_order.id);
	assert_int_equal(plan.order[verdict.order].flags, INTERDICT_ORDER_CANARY);
	assert_int_equal(plan.order[0].flags, 0);
	compile_end(&plan);

	compiled(POLICY_MODE_AUDIT, &plan, &verdict);
	assert_int_equal(verdict.deny, 0);
	assert_int_equal(verdict.audit, POLICY_OPS_ALL);
	compile_end(&plan);

	compiled(POLICY_MODE_OFF, &plan, &verdict);
	assert_int_equal(plan.head.canary, 0);
	assert_int_equal(plan.head.kinds, 0);
	assert_int_equal(verdict.kind, INTERDICT_KIND_NONE);
	compile_end(&plan);
}

static const struct {
	enum policy_mode mode;
	int err;
	bool counted;
	enum canary_answer answer;
} uses[] = {
	{ POLICY_MODE_ENFORCE, -EPERM, true, CANARY_REFUSED },
	/* another LSM's or fanotify's */
	{ POLICY_MODE_ENFORCE, -EPERM, false, CANARY_UNKNOWN },
	{ POLICY_MODE_ENFORCE, -EACCES, false, CANARY_UNKNOWN },
	{ POLICY_MODE_ENFORCE, -EACCES, true, CANARY_UNKNOWN },
	{ POLICY_MODE_ENFORCE, -ENOENT, false, CANARY_UNKNOWN },
	/* the programs are not called, or what they say is not heard */
	{ POLICY_MODE_ENFORCE, 0, false, CANARY_LET_THROUGH },
	{ POLICY_MODE_ENFORCE, -ENOEXEC, false, CANARY_LET_THROUGH },
	{ POLICY_MODE_ENFORCE, -ENOEXEC, true, CANARY_LET_THROUGH },
	{ POLICY_MODE_AUDIT, 0, true, CANARY_RECORDED },
	{ POLICY_MODE_AUDIT, -ENOEXEC, true, CANARY_RECORDED },
	{ POLICY_MODE_AUDIT, 0, false, CANARY_LET_THROUGH },
	{ POLICY_MODE_AUDIT, -EPERM, true, CANARY_UNKNOWN },
	{ POLICY_MODE_AUDIT, -EPERM, false, CANARY_UNKNOWN },
};

static void test_uses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		const struct canary canary = { .exec = canary_judge(uses[i].mode, uses[i].err,
								    uses[i].counted) };

		print_message("%s, %s, %scounted: %s\n", policy_mode_name(uses[i].mode),
			      strerror(-uses[i].err), uses[i].counted ? "" : "not ",
			      canary_answer_name(canary.exec));
		assert_int_equal(canary.exec, uses[i].answer);
		assert_int_equal(canary_is_fine(&canary),
				 uses[i].answer == CANARY_REFUSED ||
					 uses[i].answer == CANARY_RECORDED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_content, tempdir_setup, tempdir_teardown),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_uses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
