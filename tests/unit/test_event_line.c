// SPDX-License-Identifier: GPL-2.0-or-later
/* Escapes, and events as JSON: keys, types, order, and what a hostile record does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/event.h"
#include "escape.h"
#include "events/event_line.h"

static const struct {
	const char *name;
	size_t len;
	unsigned int flags;
	const char *escaped;
} escapes[] = {
	{ "/usr/bin/true", 13, 0, "/usr/bin/true" },
	{ "a\\b", 3, 0, "a\\\\b" },
	{ "a\\b", 3, ESCAPE_KEEP_BACKSLASH, "a\\b" },
	{ "caf\xc3\xa9", 5, 0, "caf\xc3\xa9" },
	{ "caf\xe9", 4, 0, "caf\\xe9" },
	{ "\xc3", 1, 0, "\\xc3" },			      /* cut short */
	{ "\xc0\xaf", 2, 0, "\\xc0\\xaf" },		      /* overlong slash */
	{ "\xed\xa0\x80", 3, 0, "\\xed\\xa0\\x80" },	      /* surrogate */
	{ "\xf4\x90\x80\x80", 4, 0, "\\xf4\\x90\\x80\\x80" }, /* above U+10FFFF */
	{ "\xf0\x9f\x98\x80", 4, 0, "\xf0\x9f\x98\x80" },
	{ "a\nb", 3, 0, "a\nb" },
	{ "a\nb", 3, ESCAPE_TERMINAL, "a\\x0ab" },
	{ "\x1b[2J", 4, ESCAPE_TERMINAL, "\\x1b[2J" },
	{ "\x7f", 1, ESCAPE_TERMINAL, "\\x7f" },
	{ "\xc2\x9b", 2, ESCAPE_TERMINAL, "\\xc2\\x9b" },	   /* C1 CSI */
	{ "\xe2\x80\xae", 3, ESCAPE_TERMINAL, "\\xe2\\x80\\xae" }, /* right-to-left override */
	{ "a\0b", 3, 0, "a\\x00b" },
	{ "", 0, 0, "" },
};

static void test_escape(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(*escapes); i++) {
		char *text = escape_name(escapes[i].name, escapes[i].len, escapes[i].flags);
		char back[64];

		assert_string_equal(text, escapes[i].escaped);
		if (!(escapes[i].flags & ESCAPE_KEEP_BACKSLASH)) {
			assert_int_equal(unescape_name(text, back), escapes[i].len);
			assert_memory_equal(back, escapes[i].name, escapes[i].len);
		}
		free(text);
	}
}

static void test_unescape_rejects(void **state)
{
	static const char *const wrong[] = { "\\",    "\\n",   "\\x",	"\\x1",
					     "\\xG0", "\\x1G", "\\xAB", "a\\" };
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(unescape_name(wrong[i], out), -1);
}

static struct event_origin origin;
static struct interdict_event event;

static void fill(void)
{
	memset(&event, 0, sizeof(event));
	event.k = 644;
	event.lost = 3;
	event.boottime_ns = 1;
	event.kind = INTERDICT_EVENT_DENIED;
	event.op = INTERDICT_OP_EXEC;
	event.rule = INTERDICT_KIND_SHA256;
	event.provider = INTERDICT_PROVIDER_KMOD;
	strcpy(event.order, "ca-tbs-wechat");
	event.also_count = 1;
	strcpy(event.also[0], "other");
	strcpy(event.policy.name, "baseline");
	event.policy.serial = 42;
	memset(event.policy.digest, 0xab, 32);
	event.file.ino = 77;
	event.file.dev_major = 8;
	event.file.dev_minor = 1;
	event.file.path_len = 10;
	memcpy(event.file.path, "/tmp/\xff\\a\"", 10);
	event.file.ids.size = 4;
	event.file.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	memset(event.file.ids.sha256, 0x11, 32);
	event.process.pid = 10;
	event.process.ppid = 9;
	event.process.uid = 1000;
	event.process.auid = 4294967295U;
	event.process.cgroup = 1;
	event.process.exe_len = -2;
	memset(event.process.comm, 'c', INTERDICT_COMM_LEN); /* no NUL */
	event.process.parents_count = 2;
	strcpy(event.process.parents[0], "bash");
	strcpy(event.process.parents[1], "sshd");
}

static void test_event(void **state)
{
	static const char *const keys[] = { "v",     "seq",	"host",	  "boot", "k",	     "time",
					    "event", "op",	"order",  "rule", "claimed", "also",
					    "file",  "process", "policy", "lost" };
	const char *key;
	json_t *json, *value, *file, *process;
	size_t i = 0;

	(void)state;
	fill();
	json = event_from_kernel(&origin, &event, sizeof(event));
	assert_non_null(json);
	json_object_foreach(json, key, value)
	{
		assert_true(i < sizeof(keys) / sizeof(*keys));
		assert_string_equal(key, keys[i++]);
	}
	assert_int_equal(i, sizeof(keys) / sizeof(*keys));
	assert_int_equal(json_integer_value(json_object_get(json, "k")), 644);
	assert_int_equal(json_integer_value(json_object_get(json, "lost")), 3);
	assert_string_equal(json_string_value(json_object_get(json, "rule")), "sha256");
	assert_true(json_is_false(json_object_get(json, "claimed")));
	assert_string_equal(json_string_value(json_array_get(json_object_get(json, "also"), 0)),
			    "other");
	file = json_object_get(json, "file");
	assert_string_equal(json_string_value(json_object_get(file, "path")), "/tmp/\\xff\\\\a\"");
	assert_string_equal(json_string_value(json_object_get(file, "dev")), "8:1");
	assert_true(json_is_null(json_object_get(file, "build_id")));
	assert_true(json_is_null(json_object_get(file, "publisher")));
	process = json_object_get(json, "process");
	assert_string_equal(json_string_value(json_object_get(process, "comm")),
			    "cccccccccccccccc");
	assert_true(json_is_null(json_object_get(process, "exe")));
	assert_int_equal(json_array_size(json_object_get(process, "parents")), 2);
	assert_int_equal(json_integer_value(json_object_get(process, "auid")), 4294967295LL);
	json_decref(json);
}

static void test_rules(void **state)
{
	static const struct {
		uint32_t kind, rule, via, flags;
		const char *name;
		bool claimed;
		const char *said; /* via */
	} cases[] = {
		{ INTERDICT_EVENT_DENIED, INTERDICT_KIND_SHA256, 0, 0, "sha256", false, NULL },
		{ INTERDICT_EVENT_DENIED, INTERDICT_KIND_FSVERITY, 0, 0, "fsverity", false, NULL },
		{ INTERDICT_EVENT_AUDITED, INTERDICT_KIND_BUILD_ID, 0, 0, "build-id", true, NULL },
		{ INTERDICT_EVENT_DENIED, INTERDICT_KIND_PUBLISHER, 0, 0, "publisher", true, NULL },
		{ INTERDICT_EVENT_DENIED, INTERDICT_KIND_PACKAGE, INTERDICT_KIND_SHA256, 0,
		  "package", false, "sha256" },
		{ INTERDICT_EVENT_AUDITED, INTERDICT_KIND_PACKAGE, INTERDICT_KIND_BUILD_ID, 0,
		  "package", true, "build-id" },
		{ INTERDICT_EVENT_DENIED, 0, 0, 0, "unidentified", false, NULL },
		{ INTERDICT_EVENT_DENIED, 0, 0, INTERDICT_FILE_FOREIGN, "untrusted-fs", false,
		  NULL },
		{ INTERDICT_EVENT_UNIDENTIFIED, 0, 0, 0, NULL, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *rule, *via;
		json_t *json;

		fill();
		event.kind = cases[i].kind;
		event.rule = cases[i].rule;
		event.via = cases[i].via;
		event.file.ids.flags = cases[i].flags;
		event.error = -EIO;
		json = event_from_kernel(&origin, &event, sizeof(event));
		rule = json_string_value(json_object_get(json, "rule"));
		if (cases[i].name)
			assert_string_equal(rule, cases[i].name);
		else
			assert_null(rule);
		via = json_string_value(json_object_get(json, "via"));
		if (cases[i].said)
			assert_string_equal(via, cases[i].said);
		else
			assert_null(via);
		assert_int_equal(json_is_true(json_object_get(json, "claimed")), cases[i].claimed);
		assert_string_equal(json_string_value(json_object_get(json, "error")), "EIO");
		json_decref(json);
	}
}

static void test_rejects(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
	} wrong[] = {
		{ offsetof(struct interdict_event, kind), 0 },
		{ offsetof(struct interdict_event, kind), 4 },
		{ offsetof(struct interdict_event, op), INTERDICT_OP_COUNT },
		{ offsetof(struct interdict_event, rule), INTERDICT_KIND_COUNT },
		{ offsetof(struct interdict_event, rule), INTERDICT_KIND_PACKAGE },
		{ offsetof(struct interdict_event, via), INTERDICT_KIND_SHA256 },
		{ offsetof(struct interdict_event, via), INTERDICT_KIND_COUNT },
		{ offsetof(struct interdict_event, also_count), INTERDICT_ALSO + 1 },
		{ offsetof(struct interdict_event, process.parents_count), INTERDICT_PARENTS + 1 },
		{ offsetof(struct interdict_event, file.path_len), INTERDICT_PATH_LEN + 1 },
		{ offsetof(struct interdict_event, process.exe_len), INTERDICT_EXE_LEN + 1 },
		{ offsetof(struct interdict_event, file.ids.build_id_len),
		  INTERDICT_BUILD_ID_MAX + 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		fill();
		memcpy((char *)&event + wrong[i].offset, &wrong[i].value, sizeof(uint32_t));
		errno = 0;
		assert_null(event_from_kernel(&origin, &event, sizeof(event)));
		assert_int_equal(errno, EBADMSG);
	}
	fill();
	assert_null(event_from_kernel(&origin, &event, sizeof(event) - 1));
	assert_int_equal(errno, EBADMSG);
}

/* The longest names, each byte escaped, fit into a line of the record. */
static void test_longest(void **state)
{
	json_t *json;
	char *text;

	(void)state;
	fill();
	memset(event.file.path, 0xff, sizeof(event.file.path));
	event.file.path_len = INTERDICT_PATH_LEN;
	memset(event.process.exe, 0x01, sizeof(event.process.exe));
	event.process.exe_len = INTERDICT_EXE_LEN;
	json = event_from_kernel(&origin, &event, sizeof(event));
	text = json_dumps(json, JSON_COMPACT);
	assert_true(strlen(text) < 64 << 10);
	free(text);
	json_decref(json);
}

static void test_describe(void **state)
{
	json_t *json;
	char *text;

	(void)state;
	fill();
	strcpy(event.file.path, "/tmp/\x1b[2Jx");
	event.file.path_len = 11;
	json = event_from_kernel(&origin, &event, sizeof(event));
	text = event_describe(json);
	assert_non_null(strstr(text, "denied exec /tmp/\\x1b[2Jx by order ca-tbs-wechat (sha256)"));
	assert_null(strchr(text, '\x1b'));
	free(text);
	json_decref(json);

	json = json_pack("{s:i, s:s, s:i}", "v", 1, "event", "missed", "missed", 17);
	text = event_describe(json);
	assert_string_equal(text, "missed: 17 events came faster than they were read here");
	free(text);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),	 cmocka_unit_test(test_unescape_rejects),
		cmocka_unit_test(test_event),	 cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rejects),	 cmocka_unit_test(test_longest),
		cmocka_unit_test(test_describe),
	};

	origin.cgroup_fd = -1;
	strcpy(origin.host, "00000000000000000000000000000000");
	strcpy(origin.boot, "11111111111111111111111111111111");
	return cmocka_run_group_tests_name("event_line", tests, NULL, NULL);
}
