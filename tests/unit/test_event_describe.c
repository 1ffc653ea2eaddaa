// SPDX-License-Identifier: GPL-2.0-or-later
/* Events as lines on a terminal: its width, colours, hostile names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "columns.h"
#include "events/event_line.h"

static json_t *denied(const char *path)
{
	json_t *event =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:[], s:{s:s?}, s:{s:i, s:s, s:s, s:i, s:I}}",
			  "time", "2026-11-22T12:00:01.123456789Z", "event", "denied", "op", "exec",
			  "order", "ca-tbs-wechat", "rule", "publisher", "also", "file", "path",
			  path, "process", "pid", 644, "comm", "bash", "exe", "/usr/bin/bash",
			  "uid", 1000, "auid", (json_int_t)4294967295);

	assert_non_null(event);
	return event;
}

#define PATH "/home/anna/.local/share/flatpak/app/com.tencent.WeChat/files/bin/wechat"

static const struct {
	const char *path;
	size_t columns;
	const char *line;
} cases[] = {
	{ "/opt/x", 0,
	  "2026-11-22 12:00:01Z denied exec /opt/x by order ca-tbs-wechat (publisher); process 644 "
	  "bash /usr/bin/bash uid 1000" },
	{ "/opt/x", 200,
	  "12:00:01Z denied exec /opt/x by order ca-tbs-wechat (publisher); process 644 bash "
	  "/usr/bin/bash uid 1000" },
	/* Without the program, it fits. */
	{ "/opt/x", 100,
	  "12:00:01Z denied exec /opt/x by order ca-tbs-wechat (publisher); process 644 bash uid "
	  "1000" },
	{ PATH, 110,
	  "12:00:01Z denied exec /home/an…/files/bin/wechat by order ca-tbs-wechat "
	  "(publisher); process 644 bash uid 1000" },
	{ PATH, 80,
	  "12:00:01Z denied exec /home/…es/bin/wechat by order ca-tbs-wechat (publisher); …" },
	{ PATH, 20, "12:00:01Z denied ex…" },
	{ PATH, 10, "12:00:01Z…" },
	{ PATH, 1, "…" },
	{ "/下载/微信", 0,
	  "2026-11-22 12:00:01Z denied exec /下载/微信 by order ca-tbs-wechat (publisher); process "
	  "644 bash /usr/bin/bash uid 1000" },
	{ "/下载下载下载下载下载下载下载/微信", 80,
	  "12:00:01Z denied exec /下载…下载下载/微信 by order ca-tbs-wechat (publisher); p…" },
	{ "/\x1b]0;x\x07\n\xe2\x80\xae", 0,
	  "2026-11-22 12:00:01Z denied exec /\\x1b]0;x\\x07\\x0a\\xe2\\x80\\xae by order "
	  "ca-tbs-wechat (publisher); process 644 bash /usr/bin/bash uid 1000" },
};

static void test_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct event_style style = { .columns = cases[i].columns };
		json_t *event = denied(cases[i].path);
		char *text = event_describe_styled(event, &style);

		assert_string_equal(text, cases[i].line);
		free(text);
		json_decref(event);
	}
}

/* On any terminal, and whatever the name: no line is wider, and none has a control byte. */
static void test_all_widths(void **state)
{
	static const char *const paths[] = {
		PATH, "/x", "/\x1b[2J\x9b\x01\\", "/下载下载下载", "/e\xcc\x81\xcc\x81\xcc\x81", ""
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		char *plain, *colored, *at;
		json_t *event = denied("");

		json_object_set_new(json_object_get(event, "file"), "path",
				    json_stringn_nocheck(paths[i], strlen(paths[i])));
		for (size_t columns = 1; columns < 200; columns++) {
			struct event_style style = { .columns = columns };

			plain = event_describe_styled(event, &style);
			assert_true(columns_of(plain) <= columns);
			for (at = plain; *at; at++)
				assert_true((unsigned char)*at >= ' ' && *at != 0x7f);
			style.color = true;
			colored = event_describe_styled(event, &style);
			/* The same, but for the colours. */
			while ((at = strchr(colored, '\x1b')))
				memmove(at, strchr(at, 'm') + 1, strlen(strchr(at, 'm')));
			assert_string_equal(plain, colored);
			free(plain);
			free(colored);
		}
		json_decref(event);
	}
}

static void test_color(void **state)
{
	struct event_style style = { .color = true, .columns = 100 };
	json_t *event = denied("/opt/x");
	char *text = event_describe_styled(event, &style);

	(void)state;
	assert_non_null(strstr(text, "\x1b[1;31mdenied\x1b[0m exec \x1b[1m/opt/x\x1b[0m by order "
				     "\x1b[35mca-tbs-wechat\x1b[0m (publisher)"));
	free(text);
	json_decref(event);
	event = json_pack("{s:s, s:[{s:s},{s:s}]}", "event", "degraded", "reasons", "why", "one",
			  "why", "two\x1b[0m");
	text = event_describe_styled(event, &style);
	assert_string_equal(text, "\x1b[1;33mdegraded\x1b[0m: one; two\\x1b[0m");
	free(text);
	json_decref(event);
}

static void test_ascii(void **state)
{
	struct event_style style = { .ascii = true, .columns = 200 };
	json_t *event = denied("/微");
	char *text = event_describe_styled(event, &style);

	(void)state;
	assert_non_null(strstr(text, "exec /\\xe5\\xbe\\xae by"));
	free(text);
	json_decref(event);
}

static const struct {
	const char *text;
	size_t columns;
	enum columns_cut cut;
	const char *fit;
} fits[] = {
	{ "", 0, COLUMNS_CUT_END, "" },
	{ "abc", 3, COLUMNS_CUT_END, "abc" },
	{ "abc", 2, COLUMNS_CUT_END, "a…" },
	{ "abc", 1, COLUMNS_CUT_MIDDLE, "…" },
	{ "abc", 0, COLUMNS_CUT_MIDDLE, "" },
	{ "abcdefghij", 7, COLUMNS_CUT_MIDDLE, "ab…ghij" },
	/* Never half a character, nor half an escape. */
	{ "下下下", 4, COLUMNS_CUT_END, "下…" },
	{ "下下下", 5, COLUMNS_CUT_END, "下下…" },
	{ "a\\x1bb", 5, COLUMNS_CUT_END, "a…" },
	{ "a\\x1bbc", 6, COLUMNS_CUT_END, "a\\x1b…" },
	{ "a\\\\b", 3, COLUMNS_CUT_END, "a…" },
	{ "e\xcc\x81x", 2, COLUMNS_CUT_END, "e\xcc\x81x" },
};

static void test_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(fits) / sizeof(*fits); i++) {
		char *fit = columns_fit(fits[i].text, fits[i].columns, fits[i].cut);

		assert_string_equal(fit, fits[i].fit);
		free(fit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths), cmocka_unit_test(test_all_widths),
		cmocka_unit_test(test_color),  cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_fit),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	if (!columns_use_locale())
		return 1;
	return cmocka_run_group_tests_name("event_describe", tests, NULL, NULL);
}
