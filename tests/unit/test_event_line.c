// SPDX-License-Identifier: GPL-2.0-or-later
/* Escapes, and events as JSON: keys, types, order, and what a hostile record does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "escape.h"
#include "events/event_line.h"
#include "policy/policy.h"
#include "events/event_record.h"

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

/* In JSON: what is at @text becomes @escaped, and a reader reads the same. */
static const struct {
	const char *text, *escaped;
} json_escapes[] = {
	{ "", "" },
	{ "[\"plain \\u001B\"]", "[\"plain \\u001B\"]" },
	{ "[\"\x7f\"]", "[\"\\u007F\"]" },
	{ "[\"a\xc2\x80\xc2\x9f\xc2\xa0z\"]", "[\"a\\u0080\\u009F\xc2\xa0z\"]" },
	{ "[\"\xe2\x80\xaegnp.exe\"]", "[\"\\u202Egnp.exe\"]" },
	{ "[\"\xe2\x81\xa6\xe2\x81\xa9\xd8\x9c\"]", "[\"\\u2066\\u2069\\u061C\"]" },
	{ "[\"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\"]", "[\"\\u2028\\u2029\\uFEFF\"]" },
	{ "[\"\xf0\x9f\x98\x80\xe2\x82\xac\"]", "[\"\xf0\x9f\x98\x80\xe2\x82\xac\"]" },
	/* what no JSON is */
	{ "\xe2\x80\xae\xae\x7f\xe2\x80", "\\u202E\xae\\u007F\xe2\x80" },
	{ "\xae\x80\x7f", "\xae\x80\\u007F" },
};

static void test_escape_json(void **state)
{
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(json_escapes) / sizeof(*json_escapes); i++) {
		const char *escaped = json_escapes[i].escaped;
		size_t len = strlen(json_escapes[i].text), want = strlen(escaped);
		json_t *before = json_loads(json_escapes[i].text, 0, NULL), *after;

		memcpy(text, json_escapes[i].text, len);
		if (want > len)
			assert_int_equal(escape_json(text, len, want - 1), 0);
		assert_memory_equal(text, json_escapes[i].text, len);
		assert_int_equal(escape_json(text, len, want), want);
		assert_memory_equal(text, escaped, want);
		after = json_loadb(text, want, 0, NULL);
		assert_true(before ? json_equal(before, after) : !after);
		json_decref(before);
		json_decref(after);
	}
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
	event.file.ids.size = 4;
	event.file.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	memset(event.file.ids.sha256, 0x11, 32);
	event.process.pid = 10;
	event.process.ppid = 9;
	event.process.uid = 1000;
	event.process.auid = 4294967295U;
	event.process.cgroup = 1;
	event.process.session = ~0U;
	memset(event.process.comm, 'c', INTERDICT_COMM_LEN); /* no NUL */
	event.process.parents_count = 2;
	strcpy(event.process.parents[0], "bash");
	strcpy(event.process.parents[1], "sshd");
	event_put_text(&event, INTERDICT_TEXT_PATH, "/tmp/\xff\\a\"", 10);
	event.text[INTERDICT_TEXT_EXE] = -2;
}

static void test_event(void **state)
{
	static const char *const keys[] = { "v",       "seq",	  "host",   "boot",	"k",
					    "time",    "event",	  "op",	    "order",	"rule",
					    "claimed", "also",	  "match",  "provider", "labels",
					    "file",    "process", "policy", "lost" };
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
		{ offsetof(struct interdict_event, kind), INTERDICT_EVENT_TAMPER + 1 },
		{ offsetof(struct interdict_event, op), INTERDICT_OP_COUNT },
		{ offsetof(struct interdict_event, rule), INTERDICT_KIND_COUNT },
		{ offsetof(struct interdict_event, rule), INTERDICT_KIND_PACKAGE },
		{ offsetof(struct interdict_event, via), INTERDICT_KIND_SHA256 },
		{ offsetof(struct interdict_event, via), INTERDICT_KIND_COUNT },
		{ offsetof(struct interdict_event, also_count), INTERDICT_ALSO + 1 },
		{ offsetof(struct interdict_event, process.parents_count), INTERDICT_PARENTS + 1 },
		{ offsetof(struct interdict_event, text[INTERDICT_TEXT_PATH]),
		  INTERDICT_PATH_LEN + 1 },
		{ offsetof(struct interdict_event, text[INTERDICT_TEXT_PATH]), 9 },
		{ offsetof(struct interdict_event, text[INTERDICT_TEXT_PATH]), 11 },
		{ offsetof(struct interdict_event, text[INTERDICT_TEXT_EXE]), 1 },
		{ offsetof(struct interdict_event, text[INTERDICT_TEXT_ARGS]), 0x7fffffff },
		{ offsetof(struct interdict_event, data_len), 9 },
		{ offsetof(struct interdict_event, data_len), 11 },
		{ offsetof(struct interdict_event, data_len), INTERDICT_DATA_MAX + 1 },
		{ offsetof(struct interdict_event, data_len), 0xffffffff },
		{ offsetof(struct interdict_event, file.ids.claims), 1 },
		{ offsetof(struct interdict_event, tamper.what), INTERDICT_TAMPER_COUNT },
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
	assert_null(event_from_kernel(&origin, &event, INTERDICT_EVENT_HEAD + 9));
	assert_int_equal(errno, EBADMSG);
	assert_null(event_from_kernel(&origin, &event, INTERDICT_EVENT_HEAD - 1));
	json_decref(event_from_kernel(&origin, &event, INTERDICT_EVENT_HEAD + 10));
}

static void test_tamper(void **state)
{
	static const struct {
		uint32_t what;
		const char *name, *named;
		bool refused, numbered;
	} cases[] = {
		{ INTERDICT_TAMPER_MAP, "interdic.bss", "map", true, true },
		{ INTERDICT_TAMPER_PROGRAM, "interdict_kill", "program", true, true },
		{ INTERDICT_TAMPER_PTRACE, "interdict", "ptrace", true, true },
		{ INTERDICT_TAMPER_MODULE, "interdict", "module", true, false },
		{ INTERDICT_TAMPER_CONTROL, "", "control", true, true },
		{ INTERDICT_TAMPER_SIGNAL, "sixteen-bytes-16", "signal", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const json_t *target, *name, *number;
		json_t *json;

		fill();
		event.kind = INTERDICT_EVENT_TAMPER;
		event.tamper.what = cases[i].what;
		event.tamper.number = 7;
		/* As the kernel has it: without a NUL where it is full. */
		memset(event.tamper.name, 0, sizeof(event.tamper.name));
		memcpy(event.tamper.name, cases[i].name, strlen(cases[i].name));
		json = event_from_kernel(&origin, &event, sizeof(event));
		assert_non_null(json);
		assert_string_equal(json_string_value(json_object_get(json, "event")), "tamper");
		assert_string_equal(json_string_value(json_object_get(json, "what")),
				    cases[i].named);
		assert_int_equal(json_is_true(json_object_get(json, "refused")), cases[i].refused);
		assert_true(json_string_length(json_object_get(json, "reason")) > 0);
		assert_true(json_is_object(json_object_get(json, "process")));
		assert_null(json_object_get(json, "file"));
		target = json_object_get(json, "target");
		name = json_object_get(target, "name");
		if (*cases[i].name)
			assert_string_equal(json_string_value(name), cases[i].name);
		else
			assert_true(json_is_null(name));
		number = json_object_get(target, "number");
		assert_int_equal(json_integer_value(number), cases[i].numbered ? 7 : 0);
		assert_int_equal(json_is_null(number), !cases[i].numbered);
		json_decref(json);
	}
}

/* The longest names, each byte escaped, fit into a line of the record, without what may be left
 * out.
 */
static void test_longest(void **state)
{
	static const int lengths[] = { INTERDICT_PATH_LEN, INTERDICT_PATH_LEN, INTERDICT_EXE_LEN,
				       INTERDICT_ARGS_LEN, INTERDICT_ARGS_LEN };
	json_t *json;
	char *text;

	(void)state;
	fill();
	event.data_len = 0;
	memset(event.data, 0x01, sizeof(event.data));
	for (int i = 0; i < INTERDICT_TEXT_COUNT; i++) {
		event.text[i] = lengths[i];
		event.data_len += (uint32_t)lengths[i];
	}
	event.file.real_ino = 1;
	json = event_from_kernel(&origin, &event, sizeof(event));
	assert_non_null(json);
	for (int shortened = 0; shortened < 2; shortened++) {
		text = json_dumps(json, JSON_COMPACT);
		if (shortened)
			assert_true(strlen(text) < 48 << 10);
		else
			assert_true(strlen(text) < 72 << 10);
		free(text);
		event_shorten(json);
	}
	json_decref(json);
}

static void test_describe(void **state)
{
	json_t *json;
	char *text;

	(void)state;
	fill();
	event.data_len = 0;
	event_put_text(&event, INTERDICT_TEXT_PATH, "/tmp/\x1b[2Jx", 11);
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
		cmocka_unit_test(test_escape),	    cmocka_unit_test(test_unescape_rejects),
		cmocka_unit_test(test_event),	    cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rejects),	    cmocka_unit_test(test_tamper),
		cmocka_unit_test(test_longest),	    cmocka_unit_test(test_describe),
		cmocka_unit_test(test_escape_json),
	};

	origin.cgroup_fd = -1;
	strcpy(origin.host, "00000000000000000000000000000000");
	strcpy(origin.boot, "11111111111111111111111111111111");
	return cmocka_run_group_tests_name("event_line", tests, NULL, NULL);
}
