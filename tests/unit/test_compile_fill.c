// SPDX-License-Identifier: GPL-2.0-or-later
/* From policies to tables: what was put in is found, once, in order, with its orders; else nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/compile.h"

static const struct policy_device here = { .early = 1000, .late = 1000 };

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static struct policy_order new_order(const char *id)
{
	return (struct policy_order){ .id = id,
				      .effective = POLICY_TIME_MIN,
				      .expires = POLICY_TIME_MAX,
				      .mode = POLICY_MODE_ENFORCE,
				      .operations = POLICY_OPS_ALL };
}

static struct policy new_policy(struct policy_order *orders, size_t n)
{
	return (struct policy){ .name = "test",
				.serial = 1,
				.mode = POLICY_MODE_ENFORCE,
				.orders = orders,
				.n_orders = n };
}

static struct policy_row new_row(const uint64_t words[4], uint64_t size)
{
	struct policy_row row = { .size = size };

	memcpy(row.sha256, words, sizeof(row.sha256));
	return row;
}

static struct policy_rule new_rule(enum policy_kind kind, const void *value, uint8_t len,
				   uint64_t size)
{
	struct policy_rule rule = { .id = { .kind = kind, .len = len }, .size = size };

	/* Bytes behind len must not matter. */
	memset(rule.id.value, 0xee, sizeof(rule.id.value));
	memcpy(rule.id.value, value, len);
	rule.has_size = size != 0;
	return rule;
}

static struct policy_list new_list(struct policy_row *rows, size_t n)
{
	struct policy_list list = { .rows = rows, .n_rows = n };

	for (size_t i = 0; i < n; i++)
		list.n_sizeless += !rows[i].size;
	return list;
}

static uint32_t find(const struct compile_image *image, uint32_t kind, const void *bytes,
		     uint32_t len)
{
	struct interdict_value value = { 0 };

	memcpy(&value, bytes, len);
	return interdict_lookup(&image->tables, kind, &value, len);
}

/* How many orders an identifier belongs to, if @order is one of them; else 0. */
static uint32_t orders_of(const struct compile_image *image, uint32_t kind, const void *value,
			  uint32_t len, uint32_t order)
{
	const struct interdict_match *matches = image->tables.matches.v;
	uint32_t found = find(image, kind, value, len);

	if (!found)
		return 0;
	assert_in_range(found, 1, image->tables.matches.n);
	matches += found - 1;
	for (uint32_t i = 0; i < matches->count; i++)
		if (matches->orders[i] == order)
			return matches->count + matches->more;
	return 0;
}

/* Buckets are strictly ascending, within the table, apart from each other, hold what hashes there,
 * and together as many as the head says. */
static void check_tables(const struct compile_image *image)
{
	const struct interdict_entry *entries = image->tables.entries.v;
	const uint64_t *buckets = image->tables.buckets.v, *sizes = image->tables.sizes.v;
	const uint64_t *size_buckets = image->tables.size_buckets.v;
	uint64_t total = 0, end = 0;

	for (uint32_t b = 0; b < image->tables.buckets.n; b++) {
		uint64_t first = buckets[b] >> 32;

		assert_true(first >= end);
		end = first + (uint32_t)buckets[b];
		total += (uint32_t)buckets[b];
		assert_true(end <= image->tables.entries.n);
		for (uint64_t i = first; i < end; i++) {
			const struct interdict_entry *e = &entries[i];

			assert_int_equal(
				interdict_bucket(e->value.words[0], image->head->bucket_shift), b);
			if (i > first)
				assert_true(interdict_compare(e - 1, e->kind, &e->value, e->len) <
					    0);
		}
	}
	assert_int_equal(total, image->head->entries);
	total = end = 0;
	for (uint32_t b = 0; b < image->tables.size_buckets.n; b++) {
		uint32_t bits = size_buckets[b] & 0xffff;
		uint64_t first = INTERDICT_SIZES_FIRST(size_buckets[b]);

		assert_true(first >= end);
		end = first + INTERDICT_SIZES_COUNT(size_buckets[b]);
		total += end - first;
		assert_true(end <= image->tables.sizes.n);
		for (uint64_t i = first; i < end; i++) {
			assert_int_equal(interdict_bucket(sizes[i], image->head->size_bucket_shift),
					 b);
			if (i > first)
				assert_true(sizes[i - 1] < sizes[i]);
			assert_true(bits >> interdict_size_bit(sizes[i],
							       image->head->size_bucket_shift) &
				    1);
		}
		assert_true(first != end || !bits);
	}
	assert_int_equal(total, image->head->sizes);
}

static void test_nothing(void **state)
{
	struct policy policy = new_policy(NULL, 0);
	struct compile_image image;
	uint64_t value[4] = { 0 };

	(void)state;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.head->entries, 0);
	assert_int_equal(image.head->kinds, 0);
	assert_false(find(&image, INTERDICT_KIND_SHA256, value, 32));
	assert_false(interdict_size_named(&image.tables, 0));
	assert_int_equal(interdict_wanted(&image.tables, 1), 0);
	compile_image_free(&image);
}

/* Rows as hashes are, each with its own size; every hundredth has none. */
static void test_many(void **state)
{
	enum { N = 20000 };
	struct policy_row *rows = calloc(N, sizeof(*rows));
	struct policy_order order = new_order("many");
	struct policy policy = new_policy(&order, 1);
	struct compile_image image;
	struct policy_list list;
	struct policy_list_entry named = { .list = &list };
	uint64_t random = 1;

	(void)state;
	assert_non_null(rows);
	for (size_t i = 0; i < N; i++) {
		uint64_t words[4];

		for (size_t w = 0; w < 4; w++)
			words[w] = next_random(&random);
		rows[i] = new_row(words, i % 100 ? (next_random(&random) >> 16) + 1 : 0);
	}
	list = new_list(rows, N);
	order.lists = &named;
	order.n_lists = 1;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.head->entries, N);
	assert_int_equal(image.head->kinds, 1 << INTERDICT_KIND_SHA256);
	assert_true(image.head->flags & INTERDICT_HEAD_UNSIZED);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(orders_of(&image, INTERDICT_KIND_SHA256, rows[i].sha256, 32, 0),
				 1);
		assert_false(find(&image, INTERDICT_KIND_BUILD_ID, rows[i].sha256, 32));
		if (rows[i].size)
			assert_true(interdict_size_named(&image.tables, rows[i].size));
		rows[i].sha256[31] ^= 1;
		assert_false(find(&image, INTERDICT_KIND_SHA256, rows[i].sha256, 32));
		assert_false(interdict_size_named(&image.tables, (1ULL << 48) + 1 + i));
	}
	compile_image_free(&image);
	free(rows);
}

/* Some begin alike, so that one bucket gets them all; the same ones in several orders and twice. */
static void test_alike(void **state)
{
	static const size_t numbers[] = { 1, 2, 3, 23, 24, 25, 26, 100 };

	(void)state;
	for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
		const size_t n = numbers[k];
		struct policy_order orders[3] = { new_order("a"), new_order("b"), new_order("c") };
		struct policy policy = new_policy(orders, 3);
		struct policy_row rows[200], few[2];
		struct policy_list list, short_list;
		struct policy_list_entry named[2] = { { .list = &list }, { .list = &short_list } };
		struct compile_image image;

		for (size_t i = 0; i < n; i++) {
			/* descending, then in no order; word 0 is always the same */
			uint64_t words[4] = { 7, (n - i) / 2, i * 7919 % 64, i };

			rows[i] = new_row(words, 500 - i % 30);
			rows[n + i] = rows[i];
		}
		few[0] = rows[0];
		few[1] = rows[n - 1];
		list = new_list(rows, 2 * n);
		short_list = new_list(few, 2);
		orders[0].lists = &named[0];
		orders[0].n_lists = 1;
		orders[1].lists = named;
		orders[1].n_lists = 2;
		orders[2].lists = &named[1];
		orders[2].n_lists = 1;
		assert_int_equal(compile_image(&policy, &here, &image), 0);
		check_tables(&image);
		assert_int_equal(image.head->entries, n);
		assert_int_equal(image.head->sizes, n < 30 ? n : 30);
		for (size_t i = 0; i < n; i++) {
			const uint8_t *value = rows[i].sha256;
			bool in_few = i == 0 || i == n - 1;

			for (uint32_t o = 0; o < 3; o++)
				assert_int_equal(
					orders_of(&image, INTERDICT_KIND_SHA256, value, 32, o),
					in_few ? 3 :
					o < 2  ? 2 :
						 0);
			assert_true(interdict_size_named(&image.tables, rows[i].size));
		}
		compile_image_free(&image);
	}
}

/* Sizes of one bucket, more than are sorted while they are placed, then all of them again. */
static void test_sizes(void **state)
{
	enum { N = 400, TWICE = 2 * N };
	struct policy_row rows[TWICE];
	struct policy_order order = new_order("sizes");
	struct policy policy = new_policy(&order, 1);
	struct compile_image image;
	struct policy_list list;
	struct policy_list_entry named = { .list = &list };
	uint64_t random = 2, size = 1u << 20;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		uint64_t words[4] = { next_random(&random), 0, 0, i };

		/* 800 sizes make 256 buckets. */
		while (interdict_bucket(--size, 64 - 8))
			;
		rows[i] = new_row(words, size);
		rows[i + N] = new_row(words, size);
	}
	list = new_list(rows, TWICE);
	order.lists = &named;
	order.n_lists = 1;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.head->size_bucket_shift, 64 - 8);
	assert_int_equal(INTERDICT_SIZES_COUNT(*(const uint64_t *)image.tables.size_buckets.v), N);
	assert_int_equal(image.head->entries, N);
	assert_int_equal(image.head->sizes, N);
	assert_false(image.head->flags & INTERDICT_HEAD_UNSIZED);
	for (size_t i = 0; i < N; i++)
		assert_true(interdict_size_named(&image.tables, rows[i].size));
	assert_false(interdict_size_named(&image.tables, (1u << 20) + 1));
	compile_image_free(&image);
}

/* One look tells most sizes that nothing asks about, and never one that a rule names; a hash
 * without a size asks about all. */
static void test_unwanted(void **state)
{
	enum { N = 1000, NAMED = 1 << 20, OTHERS = 100000 };
	struct policy_row rows[N];
	struct policy_order order = new_order("unwanted");
	struct policy policy = new_policy(&order, 1);
	struct compile_image image;
	struct policy_list list;
	struct policy_list_entry named = { .list = &list };
	uint64_t random = 3;
	uint32_t unwanted = 0;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		uint64_t words[4] = { next_random(&random), 0, 0, i };

		rows[i] = new_row(words, NAMED + next_random(&random) % NAMED);
	}
	list = new_list(rows, N);
	order.lists = &named;
	order.n_lists = 1;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	for (size_t i = 0; i < N; i++)
		assert_false(interdict_unwanted(&image.tables, rows[i].size));
	for (uint64_t size = 0; size < OTHERS; size++) {
		assert_int_equal(interdict_wanted(&image.tables, size), 0);
		unwanted += interdict_unwanted(&image.tables, size);
	}
	/* Four sizes in a bucket set four of its sixteen bits at most. */
	assert_true(unwanted > OTHERS / 4 * 3);
	compile_image_free(&image);

	rows[0].size = 0;
	list = new_list(rows, N);
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	for (uint64_t size = 0; size < OTHERS; size++)
		assert_false(interdict_unwanted(&image.tables, size));
	compile_image_free(&image);
}

/* Kind and length are part of an identifier; kinds that no program looks up are left out. */
static void test_kinds(void **state)
{
	static const uint8_t value[32] = { 1, 2, 3, 4 };
	struct policy_rule rules[] = {
		new_rule(POLICY_KIND_BUILD_ID, value, 20, 0),
		new_rule(POLICY_KIND_SHA256, value, 32, 10),
		new_rule(POLICY_KIND_BUILD_ID, value, 4, 0),
		new_rule(POLICY_KIND_PACKAGE, value, 20, 0),
		new_rule(POLICY_KIND_BUILD_ID, value, 32, 0),
		new_rule(POLICY_KIND_BUILD_ID, value, 4, 0),
	};
	struct policy_order order = new_order("kinds");
	struct policy policy = new_policy(&order, 1);
	struct compile_image image;

	(void)state;
	order.rules = rules;
	order.n_rules = sizeof(rules) / sizeof(rules[0]);
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.head->entries, 4);
	assert_int_equal(image.head->sizes, 1);
	assert_int_equal(image.head->kinds,
			 1 << INTERDICT_KIND_SHA256 | 1 << INTERDICT_KIND_BUILD_ID);
	assert_false(image.head->flags & INTERDICT_HEAD_UNSIZED);
	assert_int_equal(orders_of(&image, INTERDICT_KIND_SHA256, value, 32, 0), 1);
	assert_int_equal(orders_of(&image, INTERDICT_KIND_BUILD_ID, value, 32, 0), 1);
	assert_int_equal(orders_of(&image, INTERDICT_KIND_BUILD_ID, value, 20, 0), 1);
	assert_int_equal(orders_of(&image, INTERDICT_KIND_BUILD_ID, value, 4, 0), 1);
	assert_false(find(&image, INTERDICT_KIND_BUILD_ID, value, 8));
	assert_false(find(&image, INTERDICT_KIND_PACKAGE, value, 20));
	compile_image_free(&image);
}

#define ENTRY(kind, form) \
	INTERDICT_ENTRY_KIND((uint32_t)INTERDICT_KIND_##kind, (uint32_t)INTERDICT_FORM_##form)

/* All forms of one value in one bucket: each has an entry of its own, with the order that has it.
 */
static void test_forms(void **state)
{
	static const struct {
		enum policy_kind kind;
		enum interdict_form form;
		uint8_t len;
		uint32_t entry;
	} forms[] = {
		{ POLICY_KIND_FSVERITY, INTERDICT_FORM_SHA256, 32, ENTRY(FSVERITY, SHA256) },
		{ POLICY_KIND_FSVERITY, INTERDICT_FORM_SHA512, 32, ENTRY(FSVERITY, SHA512) },
		{ POLICY_KIND_CERTIFICATE, INTERDICT_FORM_DER, 32, ENTRY(CERTIFICATE, DER) },
		{ POLICY_KIND_CERTIFICATE, INTERDICT_FORM_IS, 32, ENTRY(CERTIFICATE, IS) },
		{ POLICY_KIND_KEY, INTERDICT_FORM_SPKI, 32, ENTRY(KEY, SPKI) },
		{ POLICY_KIND_KEY, INTERDICT_FORM_SKID, 20, ENTRY(KEY, SKID) },
		{ POLICY_KIND_KEY, INTERDICT_FORM_IMA, 4, ENTRY(KEY, IMA) },
		{ POLICY_KIND_KEY, INTERDICT_FORM_PGP, 20, ENTRY(KEY, PGP) },
		{ POLICY_KIND_PUBLISHER, INTERDICT_FORM_NAME, 32, ENTRY(PUBLISHER, NAME) },
	};
	enum { N = sizeof(forms) / sizeof(forms[0]) };
	static const uint8_t value[32] = { 5, 6, 7, 8, 9 };
	struct policy_rule rules[N];
	struct policy_order orders[2] = { new_order("all"), new_order("last") };
	struct policy policy = new_policy(orders, 2);
	struct compile_image image;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		rules[i] = new_rule(forms[i].kind, value, forms[i].len, 0);
		rules[i].id.form = (uint8_t)forms[i].form;
	}
	orders[0].rules = rules;
	orders[0].n_rules = N;
	orders[1].rules = &rules[N - 1];
	orders[1].n_rules = 1;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.head->entries, N);
	assert_int_equal(image.head->sizes, 0);
	assert_int_equal(image.head->kinds,
			 1 << INTERDICT_KIND_FSVERITY | 1 << INTERDICT_KIND_CERTIFICATE |
				 1 << INTERDICT_KIND_KEY | 1 << INTERDICT_KIND_PUBLISHER);
	assert_int_equal(image.head->flags, 0);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(orders_of(&image, forms[i].entry, value, forms[i].len, 0),
				 i == N - 1 ? 2 : 1);
		assert_int_equal(orders_of(&image, forms[i].entry, value, forms[i].len, 1),
				 i == N - 1 ? 2 : 0);
		/* neither another length, nor the kind without its form */
		assert_false(find(&image, forms[i].entry, value, forms[i].len - 1U));
		assert_false(find(&image, forms[i].kind + 1U, value, forms[i].len));
	}
	assert_false(find(&image, ENTRY(PUBLISHER, DER), value, 32));
	assert_false(find(&image, ENTRY(KEY, NAME), value, 32));
	compile_image_free(&image);
}

/* Orders that are not in force have no entries, and the others keep their names. */
static void test_force(void **state)
{
	static const uint8_t value[2][32] = { { 1 }, { 2 } };
	struct policy_rule rules[2] = { new_rule(POLICY_KIND_SHA256, value[0], 32, 0),
					new_rule(POLICY_KIND_SHA256, value[1], 32, 0) };
	struct policy_order orders[3] = { new_order("later"), new_order("now"), new_order("off") };
	struct policy policy = new_policy(orders, 3);
	const struct interdict_order *out;
	struct compile_image image;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		orders[i].rules = &rules[i == 1];
		orders[i].n_rules = 1;
	}
	orders[0].effective = here.late + 5;
	orders[2].mode = POLICY_MODE_OFF;
	assert_int_equal(compile_image(&policy, &here, &image), 0);
	check_tables(&image);
	assert_int_equal(image.next, 5);
	assert_int_equal(image.head->orders, 1);
	assert_int_equal(image.head->entries, 1);
	assert_true(image.head->flags & INTERDICT_HEAD_UNSIZED);
	out = image.tables.orders.v;
	assert_string_equal(out[0].id, "now");
	assert_false(find(&image, INTERDICT_KIND_SHA256, value[0], 32));
	assert_int_equal(orders_of(&image, INTERDICT_KIND_SHA256, value[1], 32, 0), 1);
	compile_image_free(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),	 cmocka_unit_test(test_many),
		cmocka_unit_test(test_alike),	 cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unwanted), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_forms),	 cmocka_unit_test(test_force),
	};

	return cmocka_run_group_tests_name("compile_fill", tests, NULL, NULL);
}
