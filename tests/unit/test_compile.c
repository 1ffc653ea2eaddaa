// SPDX-License-Identifier: GPL-2.0-or-later
/* Compilation and evaluation: policies made by hand, and the tables compared with a plain search.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/compile.h"

#define NOW  1700000000
#define BIT  POLICY_OP_BIT
#define MANY 5000

/* A policy of orders that the test fills. */
struct made {
	struct policy policy;
	struct policy_order order[24];
	struct policy_rule rule[24][4];
	char id[24][24];
};

static void make(struct made *made, size_t n)
{
	memset(made, 0, sizeof(*made));
	made->policy.name = "made";
	made->policy.serial = 7;
	made->policy.mode = POLICY_MODE_ENFORCE;
	made->policy.orders = made->order;
	made->policy.n_orders = n;
	for (size_t i = 0; i < n; i++) {
		snprintf(made->id[i], sizeof(made->id[i]), "o%zu", i);
		made->order[i].id = made->id[i];
		made->order[i].effective = POLICY_TIME_MIN;
		made->order[i].expires = POLICY_TIME_MAX;
		made->order[i].mode = POLICY_MODE_ENFORCE;
		made->order[i].operations = POLICY_OPS_ALL;
		made->order[i].rules = made->rule[i];
	}
}

/* Add a rule to order @at; its value is @len times the byte @byte. */
static void add(struct made *made, size_t at, enum policy_kind kind, uint8_t byte, uint8_t len,
		uint64_t size)
{
	struct policy_order *order = &made->order[at];
	struct policy_rule *rule = &order->rules[order->n_rules++];

	rule->id.kind = kind;
	rule->id.len = len;
	memset(rule->id.value, byte, len);
	rule->size = size;
	rule->has_size = size != 0;
}

static void sha256(struct interdict_ids *ids, uint8_t byte)
{
	ids->have |= INTERDICT_ID_SHA256;
	memset(ids->sha256, byte, sizeof(ids->sha256));
}

static void build_id(struct interdict_ids *ids, uint8_t byte, uint32_t len)
{
	ids->have |= INTERDICT_ID_BUILD_ID;
	ids->build_id_len = len;
	memset(ids->build_id, byte, len);
}

static void compile_at(struct made *made, const char *const *labels, size_t n_labels,
		       struct compile_image *image)
{
	const struct policy_device device = {
		.early = NOW, .late = NOW, .labels = labels, .n_labels = n_labels
	};

	assert_int_equal(compile_image(&made->policy, &device, image), 0);
}

static struct interdict_verdict judge(const struct compile_image *image,
				      const struct interdict_ids *ids, enum interdict_op op)
{
	struct interdict_verdict verdict;

	memset(&verdict, 0xa5, sizeof(verdict));
	interdict_evaluate(&image->tables, ids, NULL, op, &verdict);
	return verdict;
}

static const char *order_id(const struct compile_image *image, uint32_t index)
{
	const struct interdict_order *orders = image->tables.orders.v;

	assert_true(index < image->tables.orders.n);
	return orders[index].id;
}

static void test_empty(void **state)
{
	struct interdict_ids ids = { 0 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 0);
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(image.head->entries, 0);
	assert_int_equal(image.head->kinds, 0);
	assert_int_equal(interdict_wanted(&image.tables, 4096), 0);
	sha256(&ids, 0);
	build_id(&ids, 0, 20);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	assert_true(image.next == POLICY_TIME_MAX);
	compile_image_free(&image);
}

static void test_operations_and_modes(void **state)
{
	struct interdict_ids ids = { 0 };
	struct interdict_verdict verdict;
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 3);
	add(&made, 0, POLICY_KIND_SHA256, 1, 32, 10);
	add(&made, 1, POLICY_KIND_SHA256, 1, 32, 10);
	add(&made, 2, POLICY_KIND_SHA256, 1, 32, 10);
	made.order[0].operations = BIT(POLICY_OP_EXEC);
	made.order[1].operations = BIT(POLICY_OP_OPEN) | BIT(POLICY_OP_EXEC);
	made.order[1].mode = POLICY_MODE_AUDIT;
	made.order[2].mode = POLICY_MODE_OFF;
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(image.head->entries, 1);
	assert_int_equal(image.head->orders, 2);
	sha256(&ids, 1);
	verdict = judge(&image, &ids, INTERDICT_OP_EXEC);
	assert_int_equal(verdict.deny, BIT(POLICY_OP_EXEC));
	assert_int_equal(verdict.audit, BIT(POLICY_OP_OPEN) | BIT(POLICY_OP_EXEC));
	assert_int_equal(verdict.kind, INTERDICT_KIND_SHA256);
	assert_string_equal(order_id(&image, verdict.order), "o0");
	assert_int_equal(verdict.also_count, 1);
	assert_string_equal(order_id(&image, verdict.also[0]), "o1");
	verdict = judge(&image, &ids, INTERDICT_OP_OPEN);
	assert_string_equal(order_id(&image, verdict.order), "o1");
	assert_int_equal(verdict.also_count, 0);
	verdict = judge(&image, &ids, INTERDICT_OP_LOAD);
	assert_int_equal(verdict.kind, INTERDICT_KIND_NONE);
	compile_image_free(&image);
}

static void test_policy_mode_is_the_ceiling(void **state)
{
	struct interdict_ids ids = { 0 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 1);
	add(&made, 0, POLICY_KIND_SHA256, 1, 32, 10);
	sha256(&ids, 1);
	made.policy.unidentified_deny = true;
	made.policy.mode = POLICY_MODE_AUDIT;
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).audit, POLICY_OPS_ALL);
	assert_int_equal(image.head->flags,
			 INTERDICT_HEAD_AUDIT | INTERDICT_HEAD_UNIDENTIFIED_DENY);
	compile_image_free(&image);
	made.policy.mode = POLICY_MODE_OFF;
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).audit, 0);
	assert_int_equal(image.head->flags, INTERDICT_HEAD_OFF);
	compile_image_free(&image);
}

/* With a break-glass token: what is not in force stays so, nothing else is told apart. */
static void test_record_only(void **state)
{
	const struct policy_device device = { .early = NOW, .late = NOW, .record_only = true };
	struct interdict_ids ids = { 0 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 2);
	add(&made, 0, POLICY_KIND_SHA256, 1, 32, 10);
	add(&made, 1, POLICY_KIND_SHA256, 2, 32, 10);
	made.order[1].mode = POLICY_MODE_OFF;
	made.policy.untrusted_fs_deny = true;
	assert_int_equal(compile_image(&made.policy, &device, &image), 0);
	sha256(&ids, 1);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).audit, POLICY_OPS_ALL);
	sha256(&ids, 2);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).audit, 0);
	assert_int_equal(image.head->flags,
			 INTERDICT_HEAD_AUDIT | INTERDICT_HEAD_UNTRUSTED_FS_DENY);
	compile_image_free(&image);
	made.policy.mode = POLICY_MODE_OFF;
	assert_int_equal(compile_image(&made.policy, &device, &image), 0);
	assert_int_equal(image.head->flags, INTERDICT_HEAD_OFF);
	compile_image_free(&image);
}

/* The most exact rule is reported; but one that denies before one that records. */
static void test_most_exact(void **state)
{
	struct interdict_ids ids = { 0 };
	struct interdict_verdict verdict;
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 2);
	add(&made, 0, POLICY_KIND_BUILD_ID, 2, 20, 0);
	add(&made, 1, POLICY_KIND_SHA256, 1, 32, 10);
	sha256(&ids, 1);
	build_id(&ids, 2, 20);
	compile_at(&made, NULL, 0, &image);
	verdict = judge(&image, &ids, INTERDICT_OP_MAP);
	assert_int_equal(verdict.kind, INTERDICT_KIND_SHA256);
	assert_string_equal(order_id(&image, verdict.order), "o1");
	assert_int_equal(verdict.also_count, 1);
	assert_string_equal(order_id(&image, verdict.also[0]), "o0");
	compile_image_free(&image);

	made.order[1].mode = POLICY_MODE_AUDIT;
	compile_at(&made, NULL, 0, &image);
	verdict = judge(&image, &ids, INTERDICT_OP_MAP);
	assert_int_equal(verdict.kind, INTERDICT_KIND_BUILD_ID);
	assert_string_equal(order_id(&image, verdict.order), "o0");
	assert_string_equal(order_id(&image, verdict.also[0]), "o1");
	compile_image_free(&image);
}

/* Kind and length belong to the identifier: zeros behind a short build-id are not a longer one. */
static void test_kind_and_length(void **state)
{
	struct interdict_ids ids = { 0 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 1);
	add(&made, 0, POLICY_KIND_BUILD_ID, 0, 8, 0);
	add(&made, 0, POLICY_KIND_BUILD_ID, 3, 32, 0);
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(interdict_wanted(&image.tables, 1), INTERDICT_ID_BUILD_ID);
	build_id(&ids, 0, 20);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	build_id(&ids, 0, 8);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, POLICY_OPS_ALL);
	memset(&ids, 0, sizeof(ids));
	sha256(&ids, 3);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	/* Not asked is not "none". */
	memset(&ids, 0, sizeof(ids));
	memset(ids.build_id, 3, 32);
	assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	compile_image_free(&image);
}

static void test_wanted(void **state)
{
	struct interdict_ids ids = { 0 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 1);
	add(&made, 0, POLICY_KIND_SHA256, 1, 32, 4096);
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(interdict_wanted(&image.tables, 4096), INTERDICT_ID_SHA256);
	assert_int_equal(interdict_wanted(&image.tables, 4095), 0);
	assert_int_equal(interdict_wanted(&image.tables, 0), 0);
	compile_image_free(&image);
	add(&made, 0, POLICY_KIND_SHA256, 2, 32, 0);
	add(&made, 0, POLICY_KIND_BUILD_ID, 2, 20, 0);
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(interdict_wanted(&image.tables, 4096),
			 INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID);
	assert_int_equal(interdict_wanted(&image.tables, 4095),
			 INTERDICT_ID_SHA256_BY_MAGIC | INTERDICT_ID_BUILD_ID);
	compile_image_free(&image);

	assert_false(interdict_answered(&ids, INTERDICT_ID_SHA256));
	assert_false(interdict_answered(&ids, INTERDICT_ID_SHA256_BY_MAGIC));
	ids.flags = INTERDICT_FILE_PLAIN;
	assert_true(interdict_answered(&ids, INTERDICT_ID_SHA256_BY_MAGIC));
	assert_false(interdict_answered(&ids, INTERDICT_ID_SHA256));
	assert_false(interdict_answered(&ids, INTERDICT_ID_BUILD_ID));
	ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	assert_true(interdict_answered(&ids, INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID));
}

static void test_where_and_when(void **state)
{
	static const char *const government[] = { "government" };
	static const char *const press[] = { "government", "press" };
	struct policy_exemption exemption = { .devices = press + 1,
					      .n_devices = 1,
					      .until = NOW + 50 };
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 3);
	add(&made, 0, POLICY_KIND_SHA256, 1, 32, 1);
	add(&made, 1, POLICY_KIND_SHA256, 2, 32, 2);
	add(&made, 2, POLICY_KIND_SHA256, 3, 32, 3);
	made.order[0].devices = government;
	made.order[0].n_devices = 1;
	made.order[0].exemptions = &exemption;
	made.order[0].n_exemptions = 1;
	made.order[1].effective = NOW + 100;
	made.order[2].expires = NOW + 200;
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(image.head->orders, 1);
	assert_int_equal(image.next, 100);
	compile_image_free(&image);
	compile_at(&made, government, 1, &image);
	assert_int_equal(image.head->orders, 2);
	assert_int_equal(image.next, 100);
	compile_image_free(&image);
	compile_at(&made, press, 2, &image);
	assert_int_equal(image.head->orders, 1);
	assert_int_equal(image.next, 50);
	compile_image_free(&image);
}

/* More orders for one identifier than a set holds: no verdict may be lost. */
static void test_crowded(void **state)
{
	struct interdict_ids ids = { 0 };
	struct interdict_verdict verdict;
	const struct interdict_match *match;
	struct compile_image image;
	struct made made;

	(void)state;
	make(&made, 24);
	for (size_t i = 0; i < 24; i++) {
		add(&made, i, POLICY_KIND_SHA256, 1, 32, 1);
		made.order[i].mode = POLICY_MODE_AUDIT;
	}
	made.order[22].mode = POLICY_MODE_ENFORCE;
	made.order[22].operations = BIT(POLICY_OP_LOAD);
	made.order[23].mode = POLICY_MODE_ENFORCE;
	made.order[23].operations = BIT(POLICY_OP_EXEC);
	sha256(&ids, 1);
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(image.head->entries, 1);
	verdict = judge(&image, &ids, INTERDICT_OP_LOAD);
	assert_int_equal(verdict.deny, BIT(POLICY_OP_LOAD) | BIT(POLICY_OP_EXEC));
	assert_string_equal(order_id(&image, verdict.order), "o22");
	assert_int_equal(verdict.also_count, INTERDICT_MATCH_ORDERS - 2);
	verdict = judge(&image, &ids, INTERDICT_OP_EXEC);
	assert_string_equal(order_id(&image, verdict.order), "o23");
	match = image.tables.matches.v;
	assert_int_equal(match[image.tables.matches.n - 1].count, INTERDICT_MATCH_ORDERS);
	assert_int_equal(match[image.tables.matches.n - 1].more, 24 - INTERDICT_MATCH_ORDERS);
	compile_image_free(&image);
}

static uint64_t random_word(void)
{
	static uint64_t x = 88172645463325252ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/*
 * Two overlapping lists: what is in them is found with the right orders, and nothing else is.
 * @narrow: all values share their first eight bytes, and so a bucket.
 */
static void check_lists(bool narrow)
{
	static struct policy_row row[MANY];
	struct policy_list lists[2] = { { .rows = row, .n_rows = MANY / 2 + 100 },
					{ .rows = row + MANY / 2, .n_rows = MANY / 2 } };
	struct policy_list_entry entry[2] = { { .list = &lists[0] }, { .list = &lists[1] } };
	struct interdict_ids ids = { .have = INTERDICT_ID_SHA256 };
	struct interdict_verdict verdict;
	struct compile_image image;
	struct made made;

	for (size_t i = 0; i < MANY; i++) {
		for (size_t j = 0; j < 32; j += 8) {
			uint64_t word = narrow && !j ? 42 : random_word();

			memcpy(row[i].sha256 + j, &word, 8);
		}
		row[i].size = random_word() % 700 + 1;
	}
	row[17] = row[16]; /* twice in one list */
	make(&made, 2);
	for (size_t i = 0; i < 2; i++) {
		made.order[i].lists = &entry[i];
		made.order[i].n_lists = 1;
	}
	compile_at(&made, NULL, 0, &image);
	assert_int_equal(image.head->entries, MANY - 1);
	assert_true(image.head->sizes <= 700);
	for (size_t i = 0; i < MANY; i++) {
		bool first = i < MANY / 2 + 100, second = i >= MANY / 2;

		memcpy(ids.sha256, row[i].sha256, 32);
		verdict = judge(&image, &ids, INTERDICT_OP_EXEC);
		assert_int_equal(verdict.kind, INTERDICT_KIND_SHA256);
		assert_string_equal(order_id(&image, verdict.order), first ? "o0" : "o1");
		assert_int_equal(verdict.also_count, first && second);
		assert_int_equal(interdict_wanted(&image.tables, row[i].size), INTERDICT_ID_SHA256);
		ids.sha256[31] ^= 1;
		assert_int_equal(judge(&image, &ids, INTERDICT_OP_EXEC).deny, 0);
	}
	for (uint64_t size = 701; size < 2000; size++)
		assert_int_equal(interdict_wanted(&image.tables, size), 0);
	compile_image_free(&image);
}

static void test_lists(void **state)
{
	(void)state;
	check_lists(false);
}

static void test_one_bucket(void **state)
{
	(void)state;
	check_lists(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_operations_and_modes),
		cmocka_unit_test(test_policy_mode_is_the_ceiling),
		cmocka_unit_test(test_record_only),
		cmocka_unit_test(test_most_exact),
		cmocka_unit_test(test_kind_and_length),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_where_and_when),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_one_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
