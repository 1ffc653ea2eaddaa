// SPDX-License-Identifier: GPL-2.0-or-later
/* Hash lists. */
#include <errno.h>
#include <stdlib.h>

#include "rejections.h"
#include "userspace/policy/policy_parse.h"

static int parse(const char *buf, size_t len, struct policy_errors *errs)
{
	struct policy_list list = { .file = "f" };
	int ret = policy_read_list(buf, len, &list, errs);

	free(list.rows);
	free(list.jumps);
	return ret || !errs->count[POLICY_ERROR] ? ret : -EBADMSG;
}

#define HASH  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define AFTER "after the SHA-256 come two spaces and a name, or one space and a size"
#define SIZE  "a size in bytes is a decimal number, and ends the line or a space and a name follow"

static const struct rejection rejections[] = {
	{ "x\n", 1, 1, "not a hex digit; a line begins with a SHA-256", 0 },
	{ "# ok\n\n" HASH "  a\n  " HASH "  a\n", 4, 1,
	  "a SHA-256 has 64 hex digits; this line has fewer", 0 },
	{ "9f86d0\n", 1, 7, "a SHA-256 has 64 hex digits; this line has fewer", 0 },
	{ "9f86d  name\n", 1, 6, "a SHA-256 has 64 hex digits; this line has fewer", 0 },
	{ "9f86d0,name\n", 1, 7, "not a hex digit; a line begins with a SHA-256", 0 },
	{ HASH, 1, 65, AFTER, 0 },
	{ HASH "\n", 1, 65, AFTER, 0 },
	{ HASH " \n", 1, 65, AFTER, 0 },
	{ HASH "  \n", 1, 65, AFTER, 0 },
	{ HASH " *\n", 1, 65, AFTER, 0 },
	{ HASH "0  name\n", 1, 65, "after the SHA-256's 64 hex digits a space is needed", 0 },
	{ HASH "\tname\n", 1, 65, "after the SHA-256's 64 hex digits a space is needed", 0 },
	{ HASH ",4\n", 1, 65, "after the SHA-256's 64 hex digits a space is needed", 0 },
	{ HASH " name\n", 1, 66, SIZE, 0 },
	{ HASH " 4k\n", 1, 67, SIZE, 0 },
	{ HASH " 4\tname\n", 1, 67, SIZE, 0 },
	{ HASH " -4\n", 1, 66, SIZE, 0 },
	{ HASH " 0\n", 1, 66, "size 0 is the empty file, which cannot be banned", 0 },
	{ HASH " 0 name\n", 1, 66, "size 0 is the empty file, which cannot be banned", 0 },
	{ HASH " 04\n", 1, 66, "this size begins with a zero", 0 },
	{ HASH " 9223372036854775808\n", 1, 66, "this size is too large", 0 },
	{ HASH "  a\n" HASH "  b\r\n", 2, 68, "a carriage return: lines end in a line feed alone",
	  0 },
	{ "\r\n", 1, 1, "a carriage return: lines end in a line feed alone", 0 },
	{ "\\" HASH " 4\n", 1, 66, AFTER, 0 },
	{ "\\\n", 1, 2, "a SHA-256 has 64 hex digits; this line has fewer", 0 },
	{ "\\x\n", 1, 2, "not a hex digit; a line begins with a SHA-256", 0 },
	{ "9f86\0", 1, 5, "not a hex digit; a line begins with a SHA-256", 5 },
};

static void test_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(rejections), parse);
}

static void test_forms(void **state)
{
	static const char text[] =
		"# comment\n\n" HASH "  a name\n" HASH " *binary\n\\" HASH "  a\\nb\n" HASH
		" 4\n" HASH " 9223372036854775807 name\n"
		"9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08"
		" 5 x  y";
	static const uint64_t sizes[] = { 0, 0, 0, 4, INT64_MAX, 5 };
	struct policy_list list = { .file = "f" };
	struct policy_errors errs = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(policy_read_list(text, strlen(text), &list, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(list.n_rows, 6);
	assert_int_equal(list.n_sizeless, 3);
	for (i = 0; i < list.n_rows; i++) {
		assert_int_equal(list.rows[i].sha256[0], 0x9f);
		assert_int_equal(list.rows[i].sha256[31], 0x08);
		assert_true(list.rows[i].size == sizes[i]);
		assert_int_equal(policy_row_line(&list, i), i + 3);
	}
	free(list.rows);
	free(list.jumps);
}

/* Rows have their lines, whatever is between them, also where they take the text's place. */
static void test_lines(void **state)
{
	static const uint32_t lines[] = { 1, 2, 5, 7, 8, 9, 2000 };
	struct policy_list list = { .file = "f" }, over = { .file = "f" };
	struct policy_errors errs = { 0 };
	char *text = calloc(1, 4096), *at = text;
	size_t n = 0;

	(void)state;
	for (uint32_t line = 1; n < 7; line++) {
		if (line == lines[n])
			at += sprintf(at, HASH " %zu\n", ++n);
		else
			at += sprintf(at, "\n");
	}
	assert_int_equal(policy_read_list(text, strlen(text), &list, &errs), 0);
	assert_int_equal(policy_read_list_over(text, strlen(text), &over, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(list.n_rows, 7);
	assert_int_equal(over.n_rows, 7);
	for (n = 0; n < 7; n++) {
		assert_int_equal(policy_row_line(&list, n), lines[n]);
		assert_int_equal(policy_row_line(&over, n), lines[n]);
		assert_int_equal(over.rows[n].size, n + 1);
		assert_memory_equal(over.rows[n].sha256, list.rows[n].sha256, 32);
	}
	free(list.rows);
	free(list.jumps);
	free(over.rows);
	free(over.jumps);
}

/* Rows are found by hash and size, whatever the list's length; of several, the first. */
static void test_find(void **state)
{
	static const size_t counts[] = { 0, 1, 4, 5, 1000, 4097 };
	struct policy_errors errs = { 0 };
	char *text = malloc(4097 * 80 + 200);

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct policy_list list = { .file = "f" };
		uint8_t sha256[32] = { 0 };
		size_t len = 0;

		for (size_t i = 0; i < counts[c]; i++)
			len += (size_t)sprintf(text + len, "%016zx%048zx %zu\n", i * 0x9e3779b9, i,
					       i + 1);
		/* the last hash again, with another size, and without any */
		for (int i = 0; i < 2 && counts[c]; i++)
			len += (size_t)sprintf(text + len, "%016zx%048zx%s\n",
					       (counts[c] - 1) * 0x9e3779b9, counts[c] - 1,
					       i ? "  name" : " 7777777");
		assert_int_equal(policy_read_list(text, len, &list, &errs), 0);
		assert_int_equal(errs.n, 0);
		assert_int_equal(list.n_rows, counts[c] ? counts[c] + 2 : 0);
		for (int indexed = 0; indexed < 2; indexed++) {
			for (size_t i = 0; i < list.n_rows; i++) {
				size_t row = policy_list_find(&list, list.rows[i].sha256,
							      list.rows[i].size);

				assert_true(row <= i);
				assert_memory_equal(list.rows[row].sha256, list.rows[i].sha256, 32);
				assert_true(!list.rows[row].size ||
					    list.rows[row].size == list.rows[i].size);
			}
			assert_int_equal(policy_list_find(&list, memset(sha256, 0xee, 32), 1),
					 list.n_rows);
			assert_int_equal(policy_list_index(&list), 0);
		}
		free(list.rows);
		free(list.jumps);
		free(list.index);
	}
	policy_errors_free(&errs);
	free(text);
}

/* No row is lost to a bad neighbour, and only so many problems are kept. */
static void test_many_problems(void **state)
{
	struct policy_list list = { .file = "f" };
	struct policy_errors errs = { 0 };
	char *text = malloc(3000 * 2 + 100);
	size_t len = 0;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++)
		len += (size_t)sprintf(text + len, "x\n");
	len += (size_t)sprintf(text + len, HASH "  a\n");
	assert_int_equal(policy_read_list(text, len, &list, &errs), 0);
	assert_int_equal(list.n_rows, 1);
	assert_int_equal(errs.n, POLICY_ERRORS_MAX);
	assert_int_equal(errs.dropped, 3000 - POLICY_ERRORS_MAX);
	assert_int_equal(errs.count[POLICY_ERROR], 3000);
	policy_errors_free(&errs);
	free(list.rows);
	free(list.jumps);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejections),    cmocka_unit_test(test_forms),
		cmocka_unit_test(test_find),	      cmocka_unit_test(test_lines),
		cmocka_unit_test(test_many_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
