// SPDX-License-Identifier: GPL-2.0-or-later
/* The subset of YAML: what it leaves out is refused at its place. */
#include <errno.h>

#include "rejections.h"
#include "userspace/policy/yaml_tree.h"

static int parse(const char *buf, size_t len, struct policy_errors *errs)
{
	struct policy_arena *arena = policy_arena_new();
	struct yaml_tree *root;
	int ret = yaml_tree_parse(arena, buf, len, "f", &root, errs);

	policy_arena_free(arena);
	return ret || !errs->count[POLICY_ERROR] ? ret : -EBADMSG;
}

#define SIXTEEN(x)  x x x x x x x x x x x x x x x x
#define STRING_1024 SIXTEEN(SIXTEEN("abcd"))

static const struct rejection rejections[] = {
	/* bytes */
	{ "a: \xff", 1, 4, "byte 0xff is not UTF-8 here", 0 },
	{ "a: b\nc: \xc0\xaf", 2, 4, "byte 0xc0 is not UTF-8 here", 0 },
	{ "a: \xed\xa0\x80", 1, 4, "byte 0xed is not UTF-8 here", 0 },
	{ "a: \xf4\x90\x80\x80", 1, 4, "byte 0xf4 is not UTF-8 here", 0 },
	{ "a: \xe2\x82", 1, 4, "byte 0xe2 is not UTF-8 here", 0 },
	{ "a: b\0c", 1, 5, "a control character", 6 },
	{ "a: \x1b[31m", 1, 4, "a control character", 0 },
	{ "# \x7f", 1, 3, "a control character", 0 },
	{ "a: \xc2\x85", 1, 4, "a control character", 0 },
	{ "a: b\r\n", 1, 5, "a carriage return: lines end in a line feed alone", 0 },
	{ "a: \xe2\x80\xa8", 1, 4, "a line or paragraph separator: lines end in a line feed alone",
	  0 },
	{ "\xef\xbb\xbf"
	  "a: b",
	  1, 1, "a byte order mark: the text is UTF-8 without one", 0 },
	{ "# \xc3\xa9\xe2\x80\xae", 1, 4,
	  "a character that changes the direction of text: it would not be read as it is", 0 },
	{ "a: \xe2\x81\xa6", 1, 4,
	  "a character that changes the direction of text: it would not be read as it is", 0 },
	/* what escapes make */
	{ "a: \"b\\ac\"", 1, 4, "this string contains a control character", 0 },
	{ "a: \"b\\0c\"", 1, 4, "this string contains a control character", 0 },
	{ "a: \"b\\u202ec\"", 1, 4,
	  "this string contains a character that changes the direction of text: it would not be "
	  "read as it is",
	  0 },
	{ "a: \"b\\nc\"", 1, 4,
	  "this string contains a line feed: a string is one line; fold longer text with '>-'", 0 },
	{ "a: |\n  b\n  c\n", 1, 4,
	  "this string contains a line feed: a string is one line; fold longer text with '>-'", 0 },
	{ "a: \"b\\tc\"", 1, 4, "this string contains a tab", 0 },
	{ "a: " STRING_1024 "x", 1, 4, "this string has 1025 bytes; at most 1024 are allowed", 0 },
	/* documents */
	{ "", 1, 1, "the file holds no document", 0 },
	{ "# nothing\n", 1, 1, "the file holds no document", 0 },
	{ "a: b\n---\nc: d\n", 2, 1, "a second document begins here; a file holds one", 0 },
	{ "%YAML 1.1\n---\na: b\n", 1, 1, "directives (%YAML, %TAG) are not part of the format",
	  0 },
	{ "%TAG ! tag:x,2000:\n---\na: b\n", 1, 1,
	  "directives (%YAML, %TAG) are not part of the format", 0 },
	/* anchors, aliases, tags */
	{ "a: &x b\n", 1, 4, "anchors (&x) are not part of the format", 0 },
	{ "a:\n  - &seq [b]\n", 2, 5, "anchors (&seq) are not part of the format", 0 },
	{ "&top\na: b\n", 1, 1, "anchors (&top) are not part of the format", 0 },
	{ "a: *x\n", 1, 4, "aliases (*x) are not part of the format", 0 },
	{ "a: !!str b\n", 1, 4, "tags (tag:yaml.org,2002:str) are not part of the format", 0 },
	{ "a: !mine {b: c}\n", 1, 4, "tags (!mine) are not part of the format", 0 },
	{ "a: ! b\n", 1, 4, "tags (!) are not part of the format", 0 },
	/* keys */
	{ "a: b\nc: d\na: e\n", 3, 1, "key \"a\" is there already, at line 1", 0 },
	{ "a: {b: 1, \"b\": 2}\n", 1, 11, "key \"b\" is there already, at line 1", 0 },
	{ "? [a]\n: b\n", 1, 3, "a key is text, not a sequence", 0 },
	{ "? {a: b}\n: c\n", 1, 3, "a key is text, not a mapping", 0 },
	{ ": b\n", 1, 1, "not YAML: while parsing a block mapping, did not find expected key", 0 },
	{ "\"\": b\n", 1, 1, "a key is empty", 0 },
	/* nesting */
	{ "[[[[[[[[[x]]]]]]]]]", 1, 9, "nested deeper than 8 levels", 0 },
	{ "a:\n - b:\n    - c:\n       - d:\n          - [e]\n", 5, 13,
	  "nested deeper than 8 levels", 0 },
	/* syntax */
	{ "a: b: c\n", 1, 5, "not YAML: mapping values are not allowed in this context", 0 },
	{ "a: [b\n", 2, 1,
	  "not YAML: while parsing a flow sequence, did not find expected ',' or ']'", 0 },
	{ "a: [b", 1, 6,
	  "not YAML: while parsing a flow sequence, did not find expected ',' or ']'", 0 },
	{ "a: \"b\n", 2, 1,
	  "not YAML: while scanning a quoted scalar, found unexpected end of stream", 0 },
	{ "a: b\n c: d\n", 2, 3, "not YAML: mapping values are not allowed in this context", 0 },
	{ "a:\n\tb: c\n", 2, 1,
	  "not YAML: while scanning for the next token, found character that cannot start any token",
	  0 },
	{ "a: @b\n", 1, 4,
	  "not YAML: while scanning for the next token, found character that cannot start any token",
	  0 },
	{ "a: \"\\q\"\n", 1, 5,
	  "not YAML: while parsing a quoted scalar, found unknown escape character", 0 },
	{ "- a\nb: c\n", 2, 1,
	  "not YAML: while parsing a block collection, did not find expected '-' indicator", 0 },
};

static void test_rejections(void **state)
{
	(void)state;
	check_rejections(TABLE(rejections), parse);
}

static void test_too_many_keys(void **state)
{
	struct policy_errors errs = { 0 };
	char text[2048] = "";
	size_t used = 0;
	int i;

	(void)state;
	for (i = 0; i <= (int)YAML_TREE_KEYS_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "k%d: v\n", i);
	assert_int_equal(parse(text, used, &errs), -EBADMSG);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].line, 65);
	assert_string_equal(errs.v[0].text, "more than 64 keys in a mapping");
	policy_errors_free(&errs);
}

/* Several problems of one file are all said. */
static void test_collects(void **state)
{
	static const char text[] = "a: &x b\nc: *x\nd: !t e\na: f\n";
	struct policy_errors errs = { 0 };

	(void)state;
	assert_int_equal(parse(text, strlen(text), &errs), -EBADMSG);
	assert_int_equal(errs.n, 4);
	assert_int_equal(errs.v[0].line, 1);
	assert_int_equal(errs.v[1].line, 2);
	assert_int_equal(errs.v[2].line, 3);
	assert_int_equal(errs.v[3].line, 4);
	policy_errors_free(&errs);
}

static void test_tree(void **state)
{
	static const char text[] = "---\na: no\nb: [x, 'y']\nc:\n  d: >-\n    one\n    two\n"
				   "\xc3\xa9: {e: \"f\\u00e9\"}\n...\n";
	struct policy_arena *arena = policy_arena_new();
	struct policy_errors errs = { 0 };
	struct yaml_tree *root;
	struct yaml_tree *k;

	(void)state;
	assert_int_equal(yaml_tree_parse(arena, text, strlen(text), "f", &root, &errs), 0);
	assert_int_equal(errs.n, 0);
	assert_int_equal(root->type, YAML_TREE_MAPPING);
	assert_int_equal(root->n, 4);
	k = root->first;
	assert_string_equal(k->text, "a");
	assert_string_equal(k->value->text, "no");
	assert_true(k->value->plain);
	assert_int_equal(k->value->line, 2);
	assert_int_equal(k->value->col, 4);
	k = k->next;
	assert_int_equal(k->value->n, 2);
	assert_string_equal(k->value->first->next->text, "y");
	assert_false(k->value->first->next->plain);
	k = k->next;
	assert_string_equal(k->value->first->value->text, "one two");
	k = k->next;
	assert_string_equal(k->text, "\xc3\xa9");
	assert_string_equal(k->value->first->value->text, "f\xc3\xa9");
	assert_int_equal(k->value->first->value->col, 8);
	assert_null(k->next);
	policy_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rejections),
		cmocka_unit_test(test_too_many_keys),
		cmocka_unit_test(test_collects),
		cmocka_unit_test(test_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
