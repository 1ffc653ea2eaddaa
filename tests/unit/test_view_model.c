// SPDX-License-Identifier: GPL-2.0-or-later
/* What `watch --full` counts and keeps, where it puts it, and what keys do: all but the terminal.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <curses.h>

#include "columns.h"
#include "run.h"
#include "view/view_history.h"
#include "view/view_layout.h"
#include "view/view_list.h"
#include "view/view_model.h"
#include "view/view_state.h"
#include "view/view_text.h"

/* 2026-11-22T12:00:00Z, the beginning of a minute. */
#define NOON 1795348800

static char line[70000];

/* The line of a refusal @seconds after NOON. */
static const char *refusal(int seq, const char *kind, int64_t seconds, const char *order,
			   const char *path, int uid, const char *more)
{
	time_t at = (time_t)(NOON + seconds);
	char when[32];
	struct tm tm;

	assert_non_null(gmtime_r(&at, &tm));
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(line, sizeof(line),
		 "{\"v\":1,\"seq\":%d,\"time\":\"%s.000000001Z\",\"event\":\"%s\",\"op\":\"exec\","
		 "\"order\":\"%s\",\"rule\":\"sha256\"%s,\"file\":{\"path\":\"%s\"},"
		 "\"process\":{\"pid\":7,\"uid\":%d,\"comm\":\"bash\"}}",
		 seq, when, kind, order, more, path, uid);
	return line;
}

static void add(struct view_model *model, const char *text)
{
	assert_int_equal(view_model_add(model, text, strlen(text)), 0);
}

static void test_counts(void **state)
{
	struct view_model *model = view_model_new();

	(void)state;
	add(model, refusal(1, "denied", 0, "a", "/x", 1000, ""));
	add(model, refusal(2, "denied", 1, "b", "/x", 1000, ""));
	add(model, refusal(3, "audited", 61, "b", "/y", 0, ""));
	add(model, refusal(4, "unidentified", 62, "", "/z", 0, ""));
	add(model, refusal(5, "summary", 63, "b", "/y", 0, ",\"count\":40"));
	/* Again, as where the record is read behind the connection. */
	add(model, refusal(3, "audited", 61, "b", "/y", 0, ""));
	add(model, "{\"v\":1,\"event\":\"missed\",\"missed\":17}");
	add(model, "nonsense");
	add(model, "[]");
	add(model, "{\"v\":1,\"seq\":6,\"time\":\"2026-11-22T12:02:00.0Z\",\"event\":\"policy\","
		   "\"action\":\"loaded\"}");
	add(model, "{\"v\":1,\"seq\":7,\"event\":\"checkpoint\"}");

	assert_int_equal(model->count[VIEW_DENIED], 42);
	assert_int_equal(model->count[VIEW_AUDITED], 1);
	assert_int_equal(model->count[VIEW_UNIDENTIFIED], 1);
	assert_int_equal(model->missed, 17);
	assert_int_equal(model->unreadable, 2);
	assert_int_equal(model->last_seq, 7);
	assert_int_equal(model->next_id, 6);
	assert_string_equal(model->news, "2026-11-22 12:02:00Z policy loaded");

	assert_int_equal(model->orders.n, 2);
	assert_string_equal(model->orders.names[0].name, "b");
	assert_int_equal(model->orders.names[0].count, 42);
	assert_string_equal(model->files.names[0].name, "/y");
	assert_int_equal(model->files.names[0].count, 41);
	assert_int_equal(model->files.names[1].count, 2);
	assert_string_equal(model->users.names[0].name, "0");

	assert_int_equal(view_model_minute(model, NOON + 65, 0).count[VIEW_DENIED], 40);
	assert_int_equal(view_model_minute(model, NOON + 65, 1).count[VIEW_DENIED], 2);
	assert_int_equal(view_model_minute(model, NOON + 65, 2).count[VIEW_DENIED], 0);
	/* An hour later the same bucket is another minute's. */
	assert_int_equal(view_model_minute(model, NOON + 3600, 0).count[VIEW_DENIED], 0);
	assert_int_equal(view_model_minute(model, NOON + 3599, 59).count[VIEW_DENIED], 2);
	add(model, refusal(8, "denied", 3600, "a", "/x", 1, ""));
	assert_int_equal(view_model_minute(model, NOON + 3600, 0).count[VIEW_DENIED], 1);
	assert_int_equal(view_model_minute(model, NOON + 3599, 59).count[VIEW_DENIED], 0);
	/* And what comes too late is in no other's. */
	add(model, refusal(9, "denied", 0, "a", "/x", 1, ""));
	assert_int_equal(view_model_minute(model, NOON + 3600, 0).count[VIEW_DENIED], 1);
	view_model_free(model);
}

/* Names without end take no more memory, and what is frequent stays. */
static void test_top(void **state)
{
	static struct view_top top;
	uint64_t sum = 0;
	char name[32];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "rare-%d", i);
		assert_int_equal(view_top_add(&top, name, 1), 0);
		if (i % 50 == 0)
			assert_int_equal(view_top_add(&top, "frequent", 1), 0);
		if (i % 40 == 0)
			assert_int_equal(view_top_add(&top, "more", 1), 0);
	}
	assert_int_equal(top.n, VIEW_TOP_NAMES);
	assert_string_equal(top.names[0].name, "more");
	assert_string_equal(top.names[1].name, "frequent");
	assert_true(top.names[0].count >= 500 && top.names[0].count - top.names[0].over <= 500);
	for (size_t i = 0; i < top.n; i++) {
		sum += top.names[i].count;
		assert_true(!i || top.names[i].count <= top.names[i - 1].count);
	}
	assert_int_equal(sum, 20900);
	view_top_free(&top);
}

static void test_bounds(void **state)
{
	struct view_model *model = view_model_new();
	static char path[60001];
	int seq = 0;

	(void)state;
	for (int i = 0; i < VIEW_KEPT_MAX + 500; i++)
		add(model, refusal(++seq, "denied", i, "a", "/x", 1000, ""));
	assert_int_equal(model->next_id - model->oldest_id, VIEW_KEPT_MAX);
	assert_null(view_model_get(model, 500));
	assert_int_equal(view_model_get(model, 501)->id, 501);
	assert_null(view_model_get(model, model->next_id));
	memset(path, 'p', sizeof(path) - 1);
	for (int i = 0; i < 400; i++) {
		add(model, refusal(++seq, "denied", i, "a", path, 1000, ""));
		assert_true(model->bytes <= VIEW_KEPT_BYTES_MAX + 2 * sizeof(line));
	}
	assert_true(model->next_id - model->oldest_id < 200);
	assert_int_equal(model->count[VIEW_DENIED], VIEW_KEPT_MAX + 900);
	view_model_free(model);
}

static void test_list(void **state)
{
	struct view_model *model = view_model_new();
	static struct view_list list;

	(void)state;
	view_list_update(&list, model, "", 0, 5);
	assert_int_equal(list.n, 0);
	view_list_move(&list, 1, 5);
	assert_int_equal(list.selected, 0);
	for (int i = 1; i <= 20; i++)
		add(model, refusal(i, "denied", i, i % 2 ? "odd" : "even", "/x", 1000, ""));
	view_list_update(&list, model, "", 0, 5);
	assert_int_equal(list.n, 20);
	assert_int_equal(view_list_selected(&list, model)->id, 20);
	view_list_move(&list, 6, 5);
	assert_int_equal(view_list_selected(&list, model)->id, 14);
	assert_int_equal(list.top, 2);
	/* It stays selected, and in its row, while others come. */
	add(model, refusal(21, "denied", 21, "odd", "/x", 1000, ""));
	add(model, refusal(22, "denied", 22, "even", "/x", 1000, ""));
	view_list_update(&list, model, "", 0, 5);
	assert_int_equal(view_list_selected(&list, model)->id, 14);
	assert_int_equal(list.selected - list.top, 4);
	/* With another filter the one next to it. */
	view_list_update(&list, model, "ODD", 0, 5);
	assert_int_equal(list.n, 11);
	assert_int_equal(view_list_selected(&list, model)->id, 13);
	view_list_update(&list, model, "none of them", 0, 5);
	assert_null(view_list_selected(&list, model));
	/* Paused: nothing newer. Home: with the newest again. */
	view_list_update(&list, model, "", 22, 5);
	assert_int_equal(list.ids[0], 21);
	view_list_move(&list, -100, 5);
	assert_int_equal(list.held, 0);
	add(model, refusal(23, "denied", 22, "even", "/x", 1000, ""));
	view_list_update(&list, model, "", 0, 5);
	assert_int_equal(view_list_selected(&list, model)->id, 23);
	/* The selected one is forgotten: the oldest that is left. */
	view_list_move(&list, 1000, 5);
	assert_int_equal(view_list_selected(&list, model)->id, 1);
	assert_int_equal(list.top, 18);
	for (int i = 24; i < VIEW_KEPT_MAX + 40; i++)
		add(model, refusal(i, "denied", i, "odd", "/x", 1000, ""));
	view_list_update(&list, model, "", 0, 5);
	assert_int_equal(view_list_selected(&list, model)->id, model->oldest_id);
	/* A bigger window leaves no row empty. */
	view_list_update(&list, model, "", 0, 50);
	assert_int_equal(list.top, list.n - 50);
	view_model_free(model);
}

/* Nothing over another, nothing outside, on every screen. */
static void test_layout(void **state)
{
	static char cells[120][300];

	(void)state;
	for (int rows = 1; rows <= 120; rows++) {
		for (int columns = 1; columns <= 300; columns += columns < 150 ? 1 : 13) {
			struct view_layout l;
			const struct view_rect *rects[] = { &l.title,  &l.gauges, &l.timeline,
							    &l.orders, &l.files,  &l.users,
							    &l.list,   &l.news,	  &l.keys };
			struct view_columns w;

			view_layout_make(rows, columns, &l);
			assert_int_equal(l.too_small,
					 rows < VIEW_ROWS_MIN || columns < VIEW_COLUMNS_MIN);
			if (l.too_small)
				continue;
			memset(cells, 0, sizeof(cells));
			for (size_t i = 0; i < sizeof(rects) / sizeof(*rects); i++)
				for (int y = rects[i]->y; y < rects[i]->y + rects[i]->rows; y++)
					for (int x = rects[i]->x;
					     x < rects[i]->x + rects[i]->columns; x++) {
						assert_true(y < rows && x < columns);
						assert_int_equal(cells[y][x]++, 0);
					}
			assert_true(l.list.rows >= 3);
			view_layout_columns(l.list.columns, &w);
			assert_true(w.path >= 8);
			assert_true(w.time + w.kind + w.op + w.order + w.user + w.comm + w.path <
				    l.list.columns);
		}
	}
	{
		struct view_layout l;

		view_layout_make(24, 80, &l);
		assert_int_equal(l.list.rows, 11);
		assert_true(l.timeline.rows == 4 && l.orders.rows == 5);
		view_layout_make(50, 200, &l);
		assert_true(l.list.rows == 46 && l.list.columns == 135);
	}
}

static void test_keys(void **state)
{
	static struct view_state s;
	static const int typed[] = { '/', 'e', 'v', 0xc3, 0xa9, KEY_BACKSPACE, 'e', 'n', '\r' };

	(void)state;
	s.model = view_model_new();
	view_layout_make(24, 80, &s.layout);
	for (int i = 1; i <= 20; i++)
		add(s.model, refusal(i, "denied", i, i % 2 ? "odd" : "even", "/x", 1000, ""));
	view_refresh_list(&s);
	for (size_t i = 0; i < sizeof(typed) / sizeof(*typed); i++)
		assert_int_equal(view_key(&s, typed[i]), VIEW_DO_NOTHING);
	assert_string_equal(s.filter, "even");
	assert_int_equal(s.list.n, 10);
	view_key(&s, '/');
	view_key(&s, 'x');
	assert_int_equal(s.list.n, 0);
	view_key(&s, 27);
	assert_int_equal(s.list.n, 10);
	for (int i = 0; i < 200; i++)
		view_key(&s, i ? 'y' : '/');
	assert_true(strlen(s.typed) < VIEW_FILTER_MAX);
	view_key(&s, 21);
	assert_string_equal(s.typed, "");
	view_key(&s, KEY_ENTER);
	assert_int_equal(s.list.n, 20);
	view_key(&s, 'p');
	assert_int_equal(s.paused, 21);
	view_key(&s, 'p');
	assert_int_equal(s.paused, 0);
	view_key(&s, KEY_NPAGE);
	assert_int_equal(s.list.selected, 9);
	assert_int_equal(view_key(&s, '\n'), VIEW_DO_EXPLAIN);
	assert_int_equal(s.page, VIEW_PAGE_EVENT);
	assert_int_equal(s.explained, 11);
	s.text_lines = 100;
	view_key(&s, KEY_END);
	assert_int_equal(s.text_top, 100 - 20);
	view_key(&s, KEY_UP);
	assert_int_equal(s.text_top, 79);
	view_key(&s, KEY_NPAGE);
	assert_int_equal(s.text_top, 80);
	view_key(&s, KEY_HOME);
	assert_int_equal(s.text_top, 0);
	assert_int_equal(view_key(&s, 'q'), VIEW_DO_NOTHING);
	assert_int_equal(s.page, VIEW_PAGE_MAIN);
	view_key(&s, '?');
	assert_int_equal(s.page, VIEW_PAGE_HELP);
	view_key(&s, '?');
	assert_int_equal(view_key(&s, 'q'), VIEW_DO_QUIT);
	view_model_free(s.model);
}

static bool text_has(const struct view_text *text, const char *what)
{
	for (size_t i = 0; i < text->n; i++)
		if (!strcmp(text->lines[i].text, what))
			return true;
	return false;
}

static void test_text(void **state)
{
	struct view_text text = { .columns = 40 };
	json_t *event = json_pack("{s:s, s:s, s:{s:s, s:I}, s:[s], s:b, s:n}", "order", "o", "rule",
				  "key", "file", "path", "/a\x1b[2J b", "size", (json_int_t)5,
				  "also", "p", "claimed", 1, "none");
	json_t *explanation =
		json_pack("{s:[{s:s, s:s, s:s}, {s:s, s:s, s:[{s:s, s:s}]}], s:s}", "orders",
			  "order", "other", "title", "Other", "contact", "c", "order", "o",
			  "message", "one two three four five six seven", "rules", "rule", "key",
			  "text", "spki:00", "note", "old");

	(void)state;
	view_text_event(&text, event, explanation);
	assert_string_equal(text.lines[0].text, "By order");
	assert_true(text_has(&text, "order           o"));
	assert_true(text_has(&text, "message         one two three four five"));
	assert_true(text_has(&text, "                six seven"));
	assert_true(text_has(&text, "rule            key spki:00"));
	assert_true(text_has(&text, "note            old"));
	assert_true(text_has(&text, "Another order with a rule for this file"));
	assert_true(text_has(&text, "title           Other"));
	assert_true(text_has(&text, "file.path       /a\\x1b[2J b"));
	assert_true(text_has(&text, "also[0]         p"));
	assert_true(text_has(&text, "claimed         yes"));
	for (size_t i = 0; i < text.n; i++)
		assert_true(columns_of(text.lines[i].text) <= 40);
	view_text_free(&text);
	json_decref(event);
	json_decref(explanation);
	text = (struct view_text){ .columns = 3 };
	view_text_field(&text, "l", "下下下下下下");
	assert_int_equal(text.n, 2);
	view_text_free(&text);
}

static void test_history(void **state)
{
	struct view_model *model = view_model_new();
	FILE *out = fopen(tempdir_path("record"), "w");

	(void)state;
	for (int i = 1; i <= 100; i++)
		fprintf(out, "%s\n", refusal(i, "denied", i * 60, "a", "/x", 1000, ""));
	fprintf(out, "%.30s", refusal(101, "denied", 0, "a", "/x", 1000, ""));
	fclose(out);
	assert_int_equal(view_history_read(tempdir_path("none"), NOON, model), -ENOENT);
	assert_int_equal(view_history_read(tempdir_path("record"), NOON + 6000, model), 0);
	/* Of the last hour: 40 to 100. */
	assert_int_equal(model->count[VIEW_DENIED], 61);
	assert_int_equal(view_model_get(model, 1)->time, NOON + 2400);
	assert_int_equal(model->last_seq, 100);
	assert_int_equal(view_history_read(tempdir_path("record"), NOON + 6000, model), 0);
	assert_int_equal(model->count[VIEW_DENIED], 61);
	view_model_free(model);
}

/* Lines @from to @to, a minute each, to a file. */
static void write_lines(const char *name, int from, int to)
{
	FILE *out = fopen(tempdir_path(name), "w");

	for (int i = from; i <= to; i++)
		fprintf(out, "%s\n", refusal(i, "denied", i * 60, "a", "/x", 1000, ""));
	fclose(out);
}

/* The hour is in three files, of which one is packed, and one that is damaged is beside them. */
static void test_history_rotated(void **state)
{
	struct view_model *model = view_model_new();
	FILE *out;

	(void)state;
	write_lines("record-20261122T100000Z-30", 1, 30);
	write_lines("record-20261122T110000Z-50", 31, 50);
	write_lines("record.1", 51, 90);
	/* What was rotated while it was read. */
	write_lines("record.2", 91, 95);
	write_lines("record", 91, 100);
	run("gzip record-20261122T110000Z-50");
	out = fopen(tempdir_path("record.3.gz"), "w");
	fputs("\x1f\x8b\x08 is none", out);
	fclose(out);
	assert_int_equal(view_history_read(tempdir_path("record"), NOON + 6000, model), 0);
	assert_int_equal(model->count[VIEW_DENIED], 61);
	assert_int_equal(view_model_get(model, 1)->time, NOON + 2400);
	assert_int_equal(model->last_seq, 100);
	view_model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_text),
		cmocka_unit_test_setup_teardown(test_history, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_history_rotated, tempdir_setup,
						tempdir_teardown),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	if (!columns_use_locale())
		return 1;
	return cmocka_run_group_tests_name("view_model", tests, NULL, NULL);
}
