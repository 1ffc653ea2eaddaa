// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each output makes of an event of every kind: nothing in a name ends a line, closes a field
 * or acts on a terminal, and the name can be had back. Where INTERDICT_CASES names a file, the JSON
 * goes there, for tests/schema.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <libaudit.h>
#include <syslog.h>

#include "tests/unit/made_events.h"
#include "userspace/output/output_audit.h"
#include "userspace/output/output_syslog.h"

/* What is escaped as in escape.h is this name. */
static void is_name(const char *escaped, const char *name, size_t len)
{
	char *bytes = malloc(strlen(escaped) + 1);

	assert_int_equal(unescape_name(escaped, bytes), len);
	assert_memory_equal(bytes, name, len);
	free(bytes);
}

static void is_path(const char *escaped)
{
	is_name(escaped, MADE_PATH, strlen(MADE_PATH));
}

/* No control character, of C0 or of C1, and nothing that turns the direction. */
static void is_harmless(const char *text)
{
	char *safe = escape_name(text, strlen(text), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);

	assert_string_equal(text, safe);
	free(safe);
}

static void note(enum output_format format, const char *text)
{
	const char *path = getenv("INTERDICT_CASES");
	FILE *f = path ? fopen(path, "a") : NULL;

	if (!path)
		return;
	if (!f || fprintf(f, "%s %s\n", output_format_names[format], text) < 0 || fclose(f))
		abort();
}

/* Each format of each event: one line, harmless (the record's own line is the record's), and JSON
 * where it says so. */
static void test_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < MADE_EVENTS; i++) {
		json_t *event = made_event(i);
		char *line = made_line(event);

		for (enum output_format f = 0; f < OUTPUT_FORMAT_COUNT; f++) {
			char *text = format_event(f, event, line, strlen(line));
			json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

			assert_null(strpbrk(text, "\n\r\x1b"));
			if (f != OUTPUT_NATIVE)
				is_harmless(text);
			assert_int_equal(!json, f == OUTPUT_CEF);
			if (json)
				note(f, text);
			json_decref(json);
			free(text);
		}
		free(line);
		json_decref(event);
	}
}

static const json_t *at(const json_t *json, const char *path)
{
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10)) :
					     json_object_get(json, key);
	return json;
}

static const char *text_at(const json_t *json, const char *path)
{
	const char *text = json_string_value(at(json, path));

	if (!text)
		fail_msg("no text at %s", path);
	return text;
}

static long long number_at(const json_t *json, const char *path)
{
	if (!json_is_integer(at(json, path)))
		fail_msg("no number at %s", path);
	return json_integer_value(at(json, path));
}

static void test_native(void **state)
{
	json_t *event = made_event(0);
	char *line = made_line(event), *text;

	(void)state;
	text = format_event(OUTPUT_NATIVE, event, line, strlen(line));
	assert_int_equal(strlen(text), strlen(line) - 1);
	assert_memory_equal(text, line, strlen(text));
	free(text);
	free(line);
	json_decref(event);
}

static void test_ecs(void **state)
{
	json_t *event = made_event(0), *json = format_ecs(event);

	(void)state;
	assert_string_equal(text_at(json, "@timestamp"), text_at(event, "time"));
	assert_string_equal(text_at(json, "event.kind"), "alert");
	assert_string_equal(text_at(json, "event.category.0"), "process");
	assert_string_equal(text_at(json, "event.type.0"), "start");
	assert_string_equal(text_at(json, "event.type.1"), "denied");
	assert_string_equal(text_at(json, "event.action"), "denied-exec");
	assert_string_equal(text_at(json, "event.outcome"), "failure");
	assert_int_equal(number_at(json, "event.sequence"), 12);
	is_path(text_at(json, "file.path"));
	is_name(text_at(json, "process.executable"), MADE_EXE, strlen(MADE_EXE));
	is_name(text_at(json, "process.name"), MADE_COMM, strlen(MADE_COMM));
	assert_string_equal(text_at(json, "file.inode"), "77");
	assert_string_equal(text_at(json, "user.id"), "1000");
	assert_string_equal(text_at(json, "rule.id"), "ca-tbs-wechat");
	assert_string_equal(text_at(json, "interdict.policy.name"), "baseline");
	assert_string_equal(text_at(json, "interdict.prev"), text_at(event, "prev"));
	assert_string_equal(text_at(json, "interdict.file.build_id"),
			    text_at(event, "file.build_id"));
	is_name(text_at(json, "interdict.process.parents.0"), MADE_COMM, strlen(MADE_COMM));
	assert_string_equal(text_at(json, "process.args.3"), "--password=***");
	assert_non_null(strstr(text_at(json, "process.command_line"), " --password=***"));
	assert_string_equal(text_at(json, "interdict.process.exec_args.0"), "sh");
	assert_string_equal(text_at(json, "tags.1"), "laptop");
	assert_null(at(json, "container"));
	assert_null(at(json, "interdict.labels"));
	json_decref(json);
	json_decref(event);
	event = made_event(20);
	json = format_ecs(event);
	assert_string_equal(text_at(json, "container.id"), "web");
	assert_string_equal(text_at(json, "container.runtime"), "lxc");
	assert_string_equal(text_at(json, "rule.reference"), text_at(event, "reference"));
	assert_string_equal(text_at(json, "rule.description"), text_at(event, "message"));
	assert_string_equal(text_at(json, "interdict.file.real.path"), MADE_REAL);
	assert_int_equal(number_at(json, "interdict.match.size"), 4);
	json_decref(json);
	json_decref(event);
}

/* Classes and activities of each. */
static const struct {
	size_t event;
	int class_uid, activity_id, action_id, disposition_id; /* 0: none */
} ocsf[] = {
	{ 0, 1007, 1, 2, 2 },	{ 1, 1001, 14, 2, 2 },	{ 2, 1001, 14, 2, 2 },
	{ 3, 1001, 14, 2, 2 },	{ 4, 1007, 1, 3, 15 },	{ 5, 1001, 14, 3, 17 },
	{ 8, 6002, 3, 0, 0 },	{ 10, 6002, 4, 0, 0 },	{ 11, 6002, 99, 0, 0 },
	{ 14, 6002, 99, 0, 0 }, { 17, 6002, 99, 0, 0 },
};

static void test_ocsf(void **state)
{
	json_t *event, *json;

	(void)state;
	for (size_t i = 0; i < sizeof(ocsf) / sizeof(*ocsf); i++) {
		event = made_event(ocsf[i].event);
		json = format_ocsf(event);
		assert_int_equal(number_at(json, "class_uid"), ocsf[i].class_uid);
		assert_int_equal(number_at(json, "category_uid"), ocsf[i].class_uid / 1000);
		assert_int_equal(number_at(json, "activity_id"), ocsf[i].activity_id);
		assert_int_equal(number_at(json, "type_uid"),
				 ocsf[i].class_uid * 100 + ocsf[i].activity_id);
		assert_int_equal(json_integer_value(at(json, "action_id")), ocsf[i].action_id);
		assert_int_equal(json_integer_value(at(json, "disposition_id")),
				 ocsf[i].disposition_id);
		assert_int_equal(number_at(json, "metadata.sequence"), ocsf[i].event + 12);
		json_decref(json);
		json_decref(event);
	}
	event = made_event(0);
	json = format_ocsf(event);
	is_path(text_at(json, "process.file.path"));
	is_name(text_at(json, "actor.process.path"), MADE_EXE, strlen(MADE_EXE));
	assert_string_equal(text_at(json, "actor.process.user.uid"), "1000");
	assert_string_equal(text_at(json, "policy.version"), "42");
	assert_string_equal(text_at(json, "firewall_rule.uid"), "ca-tbs-wechat");
	assert_string_equal(text_at(json, "unmapped.prev"), text_at(event, "prev"));
	assert_non_null(strstr(text_at(json, "process.cmd_line"), " --password=***"));
	assert_non_null(strstr(text_at(json, "actor.process.cmd_line"), " --password=***"));
	assert_string_equal(text_at(json, "actor.process.session.uid"), "3");
	assert_string_equal(text_at(json, "actor.process.session.terminal"), "pts0");
	assert_int_equal(number_at(json, "actor.process.namespace_pid"), 2);
	assert_string_equal(text_at(json, "metadata.labels.0"), "government");
	assert_string_equal(text_at(json, "firewall_rule.match_details.1"), "size: 4");
	json_decref(json);
	json_decref(event);
	event = made_event(20);
	json = format_ocsf(event);
	is_path(text_at(json, "file.path"));
	assert_string_equal(text_at(json, "actor.process.container.uid"), "web");
	assert_string_equal(text_at(json, "firewall_rule.desc"), text_at(event, "message"));
	assert_string_equal(text_at(json, "unmapped.real.path"), MADE_REAL);
	json_decref(json);
	json_decref(event);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} times[] = {
		{ "1970-01-01T00:00:00.000000000Z", 0 },
		{ "2026-11-21T17:49:41.123456789Z", 1795283381123 },
		{ "2026-11-21T17:49:41Z", 1795283381000 },
		{ "2026-11-21T17:49:41.5Z", 1795283381500 },
		{ "", -1 },
		{ "yesterday", -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		json_t *event = json_pack("{s:s}", "time", times[i].text);

		assert_int_equal(format_ms(event, "time"), times[i].ms);
		json_decref(event);
	}
}

/* The value of @key behind @from, undone what @specials and a "\" before them hide; ends at an
 * @end that is not hidden. Free it. */
static char *value_of(const char *from, const char *key, char end)
{
	const char *c = strstr(from, key);
	char *value, *o;

	if (!c)
		fail_msg("no %s in %s", key, from);
	value = o = malloc(strlen(c) + 1);
	for (c += strlen(key); *c && *c != end; c++) {
		if (*c == '\\')
			c++;
		*o++ = *c;
	}
	*o = '\0';
	return value;
}

static void test_cef(void **state)
{
	json_t *event = made_event(0);
	char *text = format_cef(event), *value;

	(void)state;
	assert_memory_equal(text,
			    "CEF:0|Interdict|interdict|0.1|denied|Denied by a ban order|7|rt=", 64);
	/* A value goes to the next key; "=" is hidden in it. */
	value = value_of(text, " filePath=", '=');
	assert_non_null(strrchr(value, ' '));
	*strrchr(value, ' ') = '\0'; /* " fileHash" */
	is_path(value);
	free(value);
	assert_non_null(strstr(text, " cs1Label=order cs1=ca-tbs-wechat "));
	assert_non_null(strstr(text, " cn1Label=serial cn1=42 "));
	assert_non_null(strstr(text, " externalId=12 "));
	assert_non_null(strstr(text, " cn3Label=session cn3=3 "));
	assert_non_null(strstr(text, " flexString1Label=arguments flexString1=sh -c "));
	assert_non_null(strstr(text, " --password\\=*** "));
	free(text);
	json_decref(event);
	/* The kind is the header's, whatever it is. */
	event = json_pack("{s:s}", "event", "a|b\\c\nd");
	text = format_cef(event);
	assert_non_null(strstr(text, "|a\\|b\\\\c\\\\x0ad|An event of Interdict|4|"));
	free(text);
	json_decref(event);
}

static void test_syslog(void **state)
{
	for (size_t i = 0; i < MADE_EVENTS; i++) {
		json_t *event = made_event(i);
		char *line = made_line(event), *text, *value, expected[64];
		size_t len;

		(void)state;
		text = syslog_message(OUTPUT_NATIVE, event, line, strlen(line), &len);
		assert_int_equal(strlen(text), len);
		/* The line is at the end, as it is. */
		assert_memory_equal(text + len - (strlen(line) - 1), line, strlen(line) - 1);
		text[len - strlen(line) + 1] = '\0';
		is_harmless(text);
		snprintf(expected, sizeof(expected), "<%d>1 2",
			 LOG_AUTHPRIV | event_kind_of(event)->level);
		assert_memory_equal(text, expected, strlen(expected));
		snprintf(expected, sizeof(expected), " %s [interdict@32473 seq=\"%zu\" ",
			 text_at(event, "event"), i + 12);
		assert_non_null(strstr(text, expected));
		if (i < 7) {
			value = value_of(text, " path=\"", '"');
			is_path(value);
			free(value);
		}
		free(text);
		free(line);
		json_decref(event);
	}
}

/* The bytes that hex digits stand for. */
static size_t unhex(const char *hex, char *out)
{
	size_t n = 0;
	unsigned int byte;

	for (; sscanf(hex, "%2X", &byte) == 1 && hex[0] != ' '; hex += 2)
		out[n++] = (char)byte;
	return n;
}

static void test_audit(void **state)
{
	json_t *event = made_event(0);
	char *line = made_line(event), *text, bytes[4096];
	int type;

	(void)state;
	text = audit_text(event, line, strlen(line), &type);
	assert_int_equal(type, AUDIT_USER_AVC);
	assert_memory_equal(text, "avc:  denied  { exec } for  op=denied seq=12 ", 45);
	is_harmless(text);
	assert_null(strpbrk(text, "'\""));
	assert_int_equal(unhex(strstr(text, " path=") + 6, bytes), strlen(MADE_PATH));
	assert_memory_equal(bytes, MADE_PATH, strlen(MADE_PATH));
	assert_int_equal(unhex(strstr(text, " exe=") + 5, bytes), strlen(MADE_EXE));
	assert_memory_equal(bytes, MADE_EXE, strlen(MADE_EXE));
	assert_int_equal(unhex(strstr(text, " comm=") + 6, bytes), strlen(MADE_COMM));
	assert_null(strstr(text, "truncated"));
	free(text);
	/* A name as most are. */
	json_object_set_new(json_object_get(event, "file"), "path", json_string("/usr/bin/true"));
	text = audit_text(event, line, strlen(line), &type);
	assert_non_null(strstr(text, " path=\"/usr/bin/true\""));
	free(text);
	free(line);
	json_decref(event);
	/* The longest names: the record's limit is kept, and what was cut is said. */
	event = made_event(0);
	line = malloc(4 * 4095 + 1);
	for (size_t i = 0; i < 4095; i++)
		memcpy(line + 4 * i, "\\xff", 4);
	line[4 * 4095] = '\0';
	json_object_set_new(json_object_get(event, "file"), "path", json_string(line));
	text = audit_text(event, line, strlen(line), &type);
	assert_true(strlen(text) <= AUDIT_TEXT_MAX);
	assert_non_null(strstr(text, " truncated=1"));
	assert_non_null(strstr(text, " path=FFFF"));
	free(text);
	free(line);
	json_decref(event);
	/* Own events: a reason closes nothing, a checkpoint is there whole. */
	event = made_event(12);
	line = made_line(event);
	text = audit_text(event, line, strlen(line), &type);
	assert_int_equal(type, AUDIT_TRUSTED_APP);
	assert_non_null(strstr(text, "op=interdict-policy seq=24 action=refused"));
	assert_non_null(strstr(text, " reason=/tmp/p_o__1m__l:_line_1_res_success"));
	assert_null(strpbrk(text, "'\"\n"));
	free(text);
	free(line);
	json_decref(event);
	event = made_event(18);
	line = made_line(event);
	text = audit_text(event, line, strlen(line), &type);
	assert_int_equal(unhex(strstr(text, " json=") + 6, bytes), strlen(line));
	assert_memory_equal(bytes, line, strlen(line));
	free(text);
	free(line);
	json_decref(event);
}

/* journalctl -x explains every kind, and nothing else. */
static void test_catalog(void **state)
{
	static const char *const kinds[] = { "denied",
					     "audited",
					     "summary",
					     "unidentified",
					     "killed",
					     "removed",
					     "policy",
					     "tamper",
					     "degraded",
					     "start",
					     "stop",
					     "checkpoint",
					     "of another version" };
	FILE *f = fopen("userspace/interdict.catalog", "r");
	char text[16384], id[SD_ID128_STRING_MAX], entry[64];
	size_t entries = 0, len;

	(void)state;
	assert_non_null(f);
	len = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_true(len < sizeof(text) - 1);
	text[len] = '\0';
	for (const char *at = text; (at = strstr(at, "\n-- ")); at++)
		entries++;
	assert_int_equal(entries, sizeof(kinds) / sizeof(*kinds));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		json_t *event = json_pack("{s:s}", "event", kinds[i]);
		const struct event_kind *kind = event_kind_of(event);

		snprintf(entry, sizeof(entry), "\n-- %s\n",
			 sd_id128_to_string(kind->message_id, id));
		assert_non_null(strstr(text, entry));
		assert_int_equal(!kind->name, i == sizeof(kinds) / sizeof(*kinds) - 1);
		json_decref(event);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),	cmocka_unit_test(test_native),
		cmocka_unit_test(test_ecs),	cmocka_unit_test(test_ocsf),
		cmocka_unit_test(test_times),	cmocka_unit_test(test_cef),
		cmocka_unit_test(test_syslog),	cmocka_unit_test(test_audit),
		cmocka_unit_test(test_catalog),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
