// SPDX-License-Identifier: GPL-2.0-or-later
/* What was imported as an order, as lists, and in a policy's directory. */
#include <errno.h>

#include "importing.h"
#include "tempdir.h"
#include "userspace/policy/policy_source.h"
#include "userspace/policy/policy_parse.h"

static const struct import_head head = {
	.order = "o",
	.title = "T: t",
	.authority = "A",
	.reference = "R",
	.reason = "W",
	.status = "unverified",
};

static struct import *import(enum import_format format, const char *text)
{
	struct policy_errors errs = { 0 };
	struct import *im = NULL;
	struct imported out;

	import_text_of(format, text, strlen(text), false, &out, &im, &errs);
	return im;
}

/* ---- heads ---- */

static void test_heads(void **state)
{
	static const struct {
		struct import_head head;
		const char *why; /* or NULL */
	} cases[] = {
		{ { "o", "t", "a", "r", "w", NULL, false, false }, NULL },
		{ { "no", "yes: #", "- x", "\"", "'", NULL, false, false }, NULL },
		{ { "O", "t", "a", "r", "w", NULL, false, false },
		  "order: \"O\" has characters other than a-z, 0-9 and hyphen" },
		{ { "../x", "t", "a", "r", "w", NULL, false, false },
		  "order: \"../x\" has characters other than a-z, 0-9 and hyphen" },
		{ { "-o", "t", "a", "r", "w", NULL, false, false },
		  "order: \"-o\" begins or ends with a hyphen" },
		{ { "", "t", "a", "r", "w", NULL, false, false }, "order: is empty" },
		{ { "o", "", "a", "r", "w", NULL, false, false }, "title: is empty" },
		{ { "o", "t", "a\nb", "r", "w", NULL, false, false },
		  "an order is UTF-8, and its texts are one line each, without control characters and "
		  "characters that change the direction of text" },
		{ { "o", "t", "a", "\xff", "w", NULL, false, false },
		  "an order is UTF-8, and its texts are one line each, without control characters and "
		  "characters that change the direction of text" },
		{ { "o", "t", "a", "r", "\xe2\x80\xae", NULL, false, false },
		  "an order is UTF-8, and its texts are one line each, without control characters and "
		  "characters that change the direction of text" },
	};
	struct import_head plain = head;
	char why[IMPORT_WHY_MAX];
	char text[POLICY_STRING_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(import_head_check(&cases[i].head, why),
				 cases[i].why ? -EINVAL : 0);
		if (cases[i].why)
			assert_string_equal(why, cases[i].why);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	plain.reason = text;
	assert_int_equal(import_head_check(&plain, why), -EINVAL);
	text[POLICY_STRING_MAX] = '\0';
	assert_int_equal(import_head_check(&plain, why), 0);
}

/* ---- orders ---- */

static void test_order(void **state)
{
	static const char text[] = HASH1 " 77 a: #\"b\"\n" MD5 "  x\n" HASH2 "\n" HASH2 "\nbogus\n";
	struct import *im = import(IMPORT_SHA256SUM, text);
	char expected[4096];
	char digest[65];
	char *order;
	size_t len;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		snprintf(digest + 2 * i, 3, "%02x", im->digest[i]);
	snprintf(expected, sizeof(expected),
		 "# Made by `interdict import sha256sum` from f,\n"
		 "# sha256 %s.\n"
		 "# Rows: 5; imported 2, duplicates 1, refused 2\n"
		 "#   1: an MD5: other files can be made to have it\n"
		 "#   1: cannot be read\n"
		 "interdict: 1\n"
		 "order: o\n"
		 "title: \"T: t\"\n"
		 "authority: A\n"
		 "reference: R\n"
		 "reason: W\n"
		 "match:\n"
		 "  - sha256: " HASH1 "\n"
		 "    size: 77\n"
		 "    note: \"a: #\\\"b\\\"\"\n"
		 "    source: \"f, sha256 %s\"\n"
		 "    status: unverified\n"
		 "  - sha256: " HASH2 "\n"
		 "    source: \"f, sha256 %s\"\n"
		 "    status: unverified\n",
		 digest, digest, digest);
	assert_int_equal(import_order_text(im, &head, 0, &order, &len), 0);
	assert_string_equal(order, expected);
	free(order);
	import_free(im);
}

/* Names from hostile files do not end a comment, a line or a string. */
static void test_hostile_names(void **state)
{
	static const char *const names[] = { "a\nmatch: x", "dir\n/b\r", "\x1b[2J",
					     "\xff\xfe",    "'\"\\: #",	 "\xe2\x80\xae" };
	static const struct import_options how = { .now = IMPORT_NOW };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[256];
		struct import_source source;
		struct policy_errors errs = { 0 };
		struct policy *policy = NULL;
		struct import *im = NULL;
		char *order;
		size_t len;

		snprintf(text, sizeof(text),
			 "[{\"rule_type\":\"BINARY\",\"policy\":\"BLOCKLIST\","
			 "\"identifier\":\"" HASH1 "\",\"comment\":\"x\\nmatch: []\\u202e\"}]");
		source = import_source_memory(text, strlen(text));
		assert_int_equal(import_read(&source, names[i], IMPORT_SANTA, &how, &im, &errs), 0);
		assert_int_equal(import_order_text(im, &head, 0, &order, &len), 0);
		assert_int_equal(policy_parse_order(order, len, "o", 0, &policy, &errs), 0);
		assert_int_equal(errs.n, 0);
		assert_int_equal(policy->orders[0].n_rules, 1);
		assert_string_equal(policy->orders[0].rules[0].remark.note,
				    "x\\x0amatch: []\\xe2\\x80\\xae");
		policy_free(policy);
		import_free(im);
		free(order);
	}
}

/* ---- lists ---- */

/* @n rows, some with sizes, some with names. */
static struct import *many(size_t n)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct import *im;

	for (size_t i = 0; i < n; i++)
		fprintf(out, "%064zx%s\n", i + 1,
			i % 4 == 0 ? "" :
			i % 4 == 1 ? "  a name" :
			i % 4 == 2 ? " 77" :
				     " 78 *b  c");
	fclose(out);
	im = import(IMPORT_SHA256SUM, text);
	free(text);
	return im;
}

static void test_lists(void **state)
{
	struct import *im = many(IMPORT_INLINE_MAX);
	struct import_list lists[IMPORT_LISTS_MAX];
	struct policy_list list = { .file = "f" };
	struct policy_errors errs = { 0 };
	char path[POLICY_PATH_MAX + 1];
	char *text = NULL;
	size_t len = 0;
	FILE *out;

	(void)state;
	assert_int_equal(import_plan_lists(im, lists), 0);
	import_free(im);
	im = many(IMPORT_INLINE_MAX + 1);
	assert_int_equal(import_plan_lists(im, lists), 1);
	out = open_memstream(&text, &len);
	import_list_print(im, &lists[0], out);
	fclose(out);
	/* As a policy reads it, each row with its size. */
	assert_int_equal(policy_read_list(text, len, &list, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(list.n_rows, IMPORT_INLINE_MAX + 1);
	for (size_t i = 0; i < list.n_rows; i++) {
		assert_memory_equal(list.rows[i].sha256, im->rows[i].value, 32);
		assert_int_equal(list.rows[i].size, im->rows[i].size);
	}
	free(list.rows);
	free(list.jumps);
	free(text);
	import_free(im);
	import_list_path("o", 0, path);
	assert_string_equal(path, "lists/o.sha256");
	import_list_path("o", 2, path);
	assert_string_equal(path, "lists/o-3.sha256");
	/* The longest ID fits. */
	import_list_path("123456789012345678901234567890123456789012345678901234567890123", 2,
			 path);
	assert_true(policy_source_plain_path(path) && strlen(path) == 63 + 15);
}

/* More than one list holds, and more than a policy does: rows that share a note, not memory. */
static void test_large_lists(void **state)
{
	static char note[IMPORT_NOTE_MAX + 1];
	struct import im = { .n_rows = 4000000 };
	struct import_list lists[IMPORT_LISTS_MAX];

	(void)state;
	memset(note, 'x', IMPORT_NOTE_MAX);
	im.rows = calloc(im.n_rows, sizeof(*im.rows));
	assert_non_null(im.rows);
	for (size_t i = 0; i < im.n_rows; i++)
		im.rows[i].note = note;
	im.n_kind[IMPORT_KIND_SHA256] = im.n_rows;
	assert_int_equal(import_plan_lists(&im, lists), -EFBIG);
	im.n_rows = 3000000;
	assert_int_equal(import_plan_lists(&im, lists), 2);
	assert_int_equal(lists[0].first, 0);
	assert_int_equal(lists[0].end, lists[1].first);
	assert_int_equal(lists[0].end, POLICY_LIST_BYTES_MAX / (96 + IMPORT_NOTE_MAX));
	assert_int_equal(lists[1].end, im.n_rows);
	free(im.rows);
}

static void test_too_long(void **state)
{
	struct import *im = many(30000);
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(import_order_text(im, &head, 0, &text, &len), -EFBIG);
	assert_int_equal(import_order_text(im, &head, 1, &text, &len), 0);
	free(text);
	import_free(im);
}

/* ---- the directory ---- */

static int store(const struct import *im, bool replace, char why[IMPORT_WHY_MAX])
{
	struct import_list lists[IMPORT_LISTS_MAX];
	int n = import_plan_lists(im, lists);
	char *text = NULL;
	size_t len = 0;
	int err;

	assert_int_equal(import_order_text(im, &head, n, &text, &len), 0);
	err = import_store(im, tempdir, "o", replace, text, len, lists, n, why);
	free(text);
	return err;
}

/* Nothing but what is expected is left. */
static int count_files(const char *directory)
{
	char command[256];
	FILE *f;
	int n = 0;

	snprintf(command, sizeof(command), "find %s/%s -type f | wc -l", tempdir, directory);
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &n), 1);
	pclose(f);
	return n;
}

static void test_store(void **state)
{
	struct import *im = many(300);
	struct import *small = many(3);
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	char expected[IMPORT_WHY_MAX];
	char why[IMPORT_WHY_MAX];

	(void)state;
	snprintf(expected, sizeof(expected),
		 "%s has no policy.yaml: it is not the directory of a policy", tempdir);
	assert_int_equal(store(im, false, why), -ENOENT);
	assert_string_equal(why, expected);
	assert_int_equal(count_files(""), 0);
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n");
	assert_int_equal(store(im, false, why), 0);
	assert_int_equal(policy_load_dir(tempdir, 0, &policy, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(policy->n_rules, 300);
	policy_free(policy);
	/* Nothing is overwritten, of the order or of its list. */
	snprintf(expected, sizeof(expected),
		 "%s/lists/o.sha256 is there already; --replace overwrites it", tempdir);
	assert_int_equal(store(im, false, why), -EEXIST);
	assert_string_equal(why, expected);
	snprintf(expected, sizeof(expected),
		 "%s/orders/o.yaml is there already; --replace overwrites it", tempdir);
	assert_int_equal(store(small, false, why), -EEXIST);
	assert_string_equal(why, expected);
	assert_int_equal(store(small, true, why), 0);
	assert_int_equal(policy_load_dir(tempdir, 0, &policy, &errs), 0);
	assert_int_equal(policy->n_rules, 3);
	policy_free(policy);
	policy_errors_free(&errs);
	assert_int_equal(count_files("orders"), 1);
	assert_int_equal(count_files("lists"), 1);
	import_free(im);
	import_free(small);
}

/* What fails half-way leaves nothing. */
static void test_store_fails(void **state)
{
	struct import *im = many(300);
	char expected[IMPORT_WHY_MAX];
	char why[IMPORT_WHY_MAX];

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 1\nmode: enforce\n");
	/* A link for a directory leads out of the policy. */
	assert_int_equal(symlink("/var/tmp", tempdir_path("lists")), 0);
	snprintf(expected, sizeof(expected), "%s/lists: Not a directory", tempdir);
	assert_int_equal(store(im, false, why), -ENOTDIR);
	assert_string_equal(why, expected);
	assert_int_equal(unlink(tempdir_path("lists")), 0);
	/* The list is in its place, the order cannot be. */
	assert_int_equal(mkdir(tempdir_path("orders/o.yaml"), 0755), 0);
	assert_int_equal(store(im, true, why), -EISDIR);
	snprintf(expected, sizeof(expected), "%s/orders/o.yaml: Is a directory", tempdir);
	assert_string_equal(why, expected);
	assert_int_equal(count_files("orders"), 0);
	import_free(im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_large_lists),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test_setup_teardown(test_store, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_store_fails, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
