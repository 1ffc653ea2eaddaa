// SPDX-License-Identifier: GPL-2.0-or-later
/* What of arguments gets into a record: redaction, escapes, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "userspace/events/arguments.h"

/* Arguments end with a NUL in the literals, and the last with the literal's own. */
#define ARGS(literal) literal, sizeof(literal)

static const struct {
	const char *args;
	size_t len;
	bool cut;
	const char *redacted; /* as JSON */
} cases[] = {
	/* nothing to hide */
	{ ARGS("ls\0-l\0/home"), false, "[\"ls\",\"-l\",\"/home\"]" },
	{ ARGS(""), false, "[\"\"]" },
	{ ARGS("a\0\0b"), false, "[\"a\",\"\",\"b\"]" },
	{ ARGS("a\0"), false, "[\"a\",\"\"]" },
	{ ARGS("a\0\0"), false, "[\"a\",\"\",\"\"]" },
	{ ARGS("nginx: worker\0\0\0\0\0\0"), false, "[\"nginx: worker\"]" },
	{ ARGS("ssh-keygen\0-t\0ed25519"), false, "[\"ssh-keygen\",\"-t\",\"ed25519\"]" },
	{ ARGS("cat\0/etc/keys"), false, "[\"cat\",\"/etc/keys\"]" },
	{ ARGS("-pSECRET"), false, "[\"-pSECRET\"]" },
	{ ARGS("a=b\0--user=me"), false, "[\"a=b\",\"--user=me\"]" },
	{ ARGS("http://key.example:80/a"), false, "[\"http://key.example:80/a\"]" },
	{ ARGS("http://host:80/a"), false, "[\"http://host:80/a\"]" },
	{ ARGS("git@host:keys"), false, "[\"git@host:keys\"]" },
	{ ARGS("user@token:80"), false, "[\"user@token:80\"]" },
	{ ARGS("mailto://me@host:80"), false, "[\"mailto://me@host:80\"]" },
	{ ARGS("--password="), false, "[\"--password=\"]" },
	{ ARGS("a\0--password"), false, "[\"a\",\"--password\"]" },
	/* an option and its value in one */
	{ ARGS("x\0--password=hunter2\0y"), false, "[\"x\",\"--password=***\",\"y\"]" },
	{ ARGS("--Password=hunter2"), false, "[\"--Password=***\"]" },
	{ ARGS("--x-PASSWD-y=a b&c;d"), false, "[\"--x-PASSWD-y=***\"]" },
	{ ARGS("-token=abc"), false, "[\"-token=***\"]" },
	{ ARGS("--api-key=\"a b\""), false, "[\"--api-key=\\\"***\"]" },
	{ ARGS("--client_secret=a=b"), false, "[\"--client_secret=***\"]" },
	{ ARGS("--authorization=x"), false, "[\"--authorization=***\"]" },
	{ ARGS("--credentials.file=/x"), false, "[\"--credentials.file=***\"]" },
	{ ARGS("/password:hunter2"), false, "[\"/password:***\"]" },
	/* in two */
	{ ARGS("--password\0hunter2\0y"), false, "[\"--password\",\"***\",\"y\"]" },
	{ ARGS("--token\0-abc\0y"), false, "[\"--token\",\"***\",\"y\"]" },
	{ ARGS("--auth\0--password\0hunter2\0y"), false, "[\"--auth\",\"***\",\"***\",\"y\"]" },
	{ ARGS("--key\0\0y"), false, "[\"--key\",\"***\",\"y\"]" },
	{ ARGS("--key\0a\nb\0y"), false, "[\"--key\",\"***\",\"y\"]" },
	/* variables */
	{ ARGS("env\0DB_PASSWORD=hunter2\0prog"), false, "[\"env\",\"DB_PASSWORD=***\",\"prog\"]" },
	{ ARGS("-eGITHUB_TOKEN=x"), false, "[\"-eGITHUB_TOKEN=***\"]" },
	/* headers */
	{ ARGS("-H\0Authorization: Bearer abc"), false, "[\"-H\",\"Authorization: ***\"]" },
	{ ARGS("-HX-Api-Key:abc"), false, "[\"-HX-Api-Key:***\"]" },
	/* inside of an argument */
	{ ARGS("sh\0-c\0A=1 TOKEN=abc prog --password hunter2 -v"), false,
	  "[\"sh\",\"-c\",\"A=1 TOKEN=*** prog --password *** -v\"]" },
	{ ARGS("x 'password=a b' c"), false, "[\"x 'password=***' c\"]" },
	{ ARGS("x password='a b' c"), false, "[\"x password='***' c\"]" },
	{ ARGS("x password='a b"), false, "[\"x password='***\"]" },
	{ ARGS("curl -H \"Authorization: Basic abc\" u"), false,
	  "[\"curl -H \\\"Authorization: ***\\\" u\"]" },
	{ ARGS("{\"user\":\"a\",\"password\": \"b\\\\c\",\"x\":1}"), false,
	  "[\"{\\\"user\\\":\\\"a\\\",\\\"password\\\": \\\"***\\\",\\\"x\\\":1}\"]" },
	{ ARGS("host=x password=y port=1"), false, "[\"host=x password=*** port=1\"]" },
	{ ARGS("https://h/?a=1&token=x&b=2"), false, "[\"https://h/?a=1&token=***&b=2\"]" },
	{ ARGS("x --password=a"), false, "[\"x --password=***\"]" },
	/* URLs */
	{ ARGS("https://me:hunter2@host/a"), false, "[\"https://me:***@host/a\"]" },
	{ ARGS("https://:hunter2@host"), false, "[\"https://:***@host\"]" },
	{ ARGS("postgres://u:p/w@d@host:5432/x"), false, "[\"postgres://u:***@host:5432/x\"]" },
	{ ARGS("a b://c:d@e f"), false, "[\"a b://c:***@e f\"]" },
	{ ARGS("--url=b://c:d@e"), false, "[\"--url=b://c:***@e\"]" },
	{ ARGS("https://me:@host"), false, "[\"https://me:@host\"]" },
	/* what was cut may go on with an @ */
	{ "https://me:hunt", 15, true, "[\"https://me:***\"]" },
	{ "https://me:hunt\0x", 17, true, "[\"https://me:hunt\",\"x\"]" },
	{ "--password=hunt", 15, true, "[\"--password=***\"]" },
	{ "a\0--passwo", 10, true, "[\"a\",\"--passwo\"]" },
	/* bytes */
	{ ARGS("a\nb\0\xff\\\0\x1b[2J"), false, "[\"a\\nb\",\"\\\\xff\\\\\\\\\",\"\\u001B[2J\"]" },
	{ ARGS("\xc3\xa4=\xe2\x82\xac\0t\xc3\xb6ken=x"), false, "[\"ä=€\",\"töken=x\"]" },
};

static void test_redacted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		bool cut = cases[i].cut;
		/* So that a byte behind the end is noticed. */
		char *copy = malloc(cases[i].len), *text;
		json_t *json;

		memcpy(copy, cases[i].args, cases[i].len);
		json = arguments_json(copy, cases[i].len, ARGUMENTS_REDACTED, &cut);
		text = json_dumps(json, JSON_COMPACT);
		assert_string_equal(text, cases[i].redacted);
		assert_int_equal(cut, cases[i].cut);
		free(text);
		free(copy);
		json_decref(json);
	}
}

static void test_yes(void **state)
{
	static const char args[] = "x\0--password=a\0--token\0b";
	bool cut = false;
	json_t *json = arguments_json(args, sizeof(args), ARGUMENTS_YES, &cut);
	char *text = json_dumps(json, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, "[\"x\",\"--password=a\",\"--token\",\"b\"]");
	assert_false(cut);
	free(text);
	json_decref(json);
}

/* Whatever the bytes are, the JSON is bounded, and said to be cut where it is not all. */
static void test_bounds(void **state)
{
	static const char bytes[] = {
		'a', '\n', '\x01', '"', '\\', '\xff', '\0', ':', '=', '@', ' '
	};
	char args[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		for (size_t n = 1; n <= 64; n *= 4) {
			bool cut = false;
			char *text;
			json_t *json;

			/* n of one, then n of "key=v://" */
			for (size_t at = 0; at < sizeof(args); at++)
				args[at] = at / n % 2 ? "key=v://"[at % 8] : bytes[i];
			json = arguments_json(args, sizeof(args), ARGUMENTS_REDACTED, &cut);
			text = json_dumps(json, JSON_COMPACT);
			assert_true(strlen(text) <= 4098);
			free(text);
			json_decref(json);
		}
	memset(args, '\xff', sizeof(args));
	for (int whole = 0; whole < 2; whole++) {
		bool cut = false;
		json_t *json = arguments_json(args, whole ? 64 : sizeof(args), ARGUMENTS_YES, &cut);

		assert_int_equal(json_array_size(json), 1);
		assert_int_equal(cut, !whole);
		json_decref(json);
	}
}

static void test_line(void **state)
{
	static const struct {
		const char *args, *line;
	} lines[] = {
		{ "[]", NULL },
		{ "[\"ls\",\"-l\"]", "ls -l" },
		{ "[\"a b\",\"\",\"c'd\"]", "'a b' '' 'c'\\''d'" },
		{ "[\"--x=***\",\"$(y)\",\"a\\nb\"]", "--x=*** '$(y)' 'a\nb'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		json_t *args = json_loads(lines[i].args, 0, NULL);
		char *line = arguments_line(args);

		if (lines[i].line)
			assert_string_equal(line, lines[i].line);
		else
			assert_null(line);
		free(line);
		json_decref(args);
	}
	assert_null(arguments_line(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redacted),
		cmocka_unit_test(test_yes),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_line),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
