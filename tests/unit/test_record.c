// SPDX-License-Identifier: GPL-2.0-or-later
/* The record's file: what it is found as, what is done about that, and rotation. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "record/record.h"
#include "record/record_files.h"

#define RECORD	  "build/unit/test_record.jsonl"
#define LINE(seq) "{\"seq\":" #seq "}\n"

static const struct checkpoint_at none;

static char zeros[100000];
static char long_line[70000];

static void put(const char *path, const char *text, size_t len)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void reset(void)
{
	unlink(RECORD);
	unlink(RECORD ".1");
}

static int append(struct record *record)
{
	json_t *event = json_pack("{s:i, s:i, s:s}", "v", 1, "seq", 0, "event", "x");
	const char *line;
	size_t len;
	int err = record_append(record, event, &line, &len);

	if (!err)
		assert_int_equal(line[len - 1], '\n');
	json_decref(event);
	return err;
}

static void test_found(void **state)
{
	static const struct {
		const char *text, *tail;
		size_t tail_len;
		int err;
		uint64_t lines, torn, damaged;
	} cases[] = {
		{ "", "", 0, 0, 0, 0, 0 },
		{ LINE(1), "", 0, 0, 1, 0, 0 },
		{ LINE(1) LINE(2), "{\"seq\":3", 8, 0, 2, 8, 0 },
		{ "", "{\"seq\":1", 8, 0, 0, 8, 0 },
		{ LINE(7) "garbage\n", "", 0, 0, 8, 0, 1 },
		{ LINE(7) "\n\n", "", 0, 0, 9, 0, 2 },
		{ "garbage\n", "", 0, 0, 1, 0, 1 },
		{ LINE(-4), "", 0, 0, 1, 0, 1 },
		{ LINE(3), zeros, sizeof(zeros), 0, 3, sizeof(zeros), 0 },
		{ "", zeros, sizeof(zeros), 0, 0, sizeof(zeros), 0 },
		{ LINE(3), long_line, sizeof(long_line), -EFBIG, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct record *record = NULL;
		struct record_found found;

		reset();
		put(RECORD, cases[i].text, strlen(cases[i].text));
		put(RECORD, cases[i].tail, cases[i].tail_len);
		assert_int_equal(record_open(RECORD, &none, &record, &found), cases[i].err);
		if (cases[i].err)
			continue;
		assert_int_equal(found.lines, cases[i].lines);
		assert_int_equal(found.torn, cases[i].torn);
		assert_int_equal(found.damaged, cases[i].damaged);
		assert_int_equal(size_of(RECORD), strlen(cases[i].text));
		assert_int_equal(append(record), 0);
		assert_int_equal(record_seq(record), cases[i].lines + 1);
		record_close(record);
	}
}

static void test_no_directory(void **state)
{
	struct record *record;
	struct record_found found;

	(void)state;
	assert_int_equal(record_open("build/unit/none/x", &none, &record, &found), -ENOENT);
	assert_int_equal(record_open("build/unit", &none, &record, &found), -EISDIR);
}

static void test_rotation(void **state)
{
	struct record *record;
	struct record_found found;

	(void)state;
	reset();
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	assert_int_equal(append(record), 0);
	assert_int_equal(append(record), 0);
	/* while it is open */
	assert_int_equal(rename(RECORD, RECORD ".1"), 0);
	assert_int_equal(append(record), 0);
	assert_int_equal(record_reopen(record), 0);
	assert_int_equal(append(record), 0);
	assert_int_equal(record_seq(record), 4);
	/* deleted by somebody: made anew */
	assert_int_equal(unlink(RECORD), 0);
	assert_int_equal(append(record), 0);
	assert_true(size_of(RECORD) > 0);
	record_close(record);
	/* while nobody ran */
	assert_int_equal(rename(RECORD, RECORD ".1"), 0);
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	assert_int_equal(found.lines, 5);
	record_close(record);
}

/* An old file that cannot be unpacked: the record goes on. */
static void test_damaged_rotated(void **state)
{
	struct record *record;
	struct record_found found;

	(void)state;
	reset();
	put(RECORD, LINE(4), strlen(LINE(4)));
	put(RECORD ".1.gz", "\x1f\x8b\x08 is none", 11);
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	assert_int_equal(found.lines, 4);
	assert_int_equal(append(record), 0);
	record_close(record);
	unlink(RECORD ".1.gz");
}

/* Old files that are links: what they lead to is read, if it is a file, and the others keep the
 * record from nothing. In its own place a link is not followed. */
static void test_links(void **state)
{
	static const char *const names[] = { RECORD ".2", RECORD ".3", RECORD ".5.gz", RECORD ".1",
					     RECORD ".old" };
	struct record_files files;
	struct record_found found;
	struct record *record;

	(void)state;
	reset();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		unlink(names[i]);
	put(RECORD ".old", LINE(9), strlen(LINE(9)));
	assert_int_equal(symlink("test_record.jsonl.2", RECORD ".2"), 0);
	assert_int_equal(symlink("nothing", RECORD ".3"), 0);
	assert_int_equal(symlink("/dev/zero", RECORD ".5.gz"), 0);
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	assert_int_equal(found.lines, 0);
	record_close(record);
	assert_int_equal(record_files_find(RECORD, &files), 0);
	assert_int_equal(files.n, 0);
	assert_non_null(files.link);
	record_files_free(&files);
	assert_int_equal(symlink("test_record.jsonl.old", RECORD ".1"), 0);
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	assert_int_equal(found.lines, 9);
	assert_int_equal(append(record), 0);
	record_close(record);
	assert_int_equal(rename(RECORD, RECORD ".4"), 0);
	assert_int_equal(symlink("test_record.jsonl.4", RECORD), 0);
	assert_int_equal(record_open(RECORD, &none, &record, &found), -ELOOP);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(unlink(names[i]), 0);
	unlink(RECORD ".4");
	reset();
}

static void test_too_long(void **state)
{
	struct record *record;
	struct record_found found;
	json_t *event;
	const char *line;
	size_t len;

	(void)state;
	reset();
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	event = json_pack("{s:s#}", "event", long_line, (int)sizeof(long_line));
	assert_int_equal(record_append(record, event, &line, &len), -E2BIG);
	json_decref(event);
	assert_int_equal(append(record), 0);
	assert_int_equal(record_seq(record), 1);
	record_close(record);
}

/* A name that acts on a terminal, or turns text around, is in the line and does neither. */
static void test_harmless(void **state)
{
	static const char name[] =
		"a\x1b[2J\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xef\xbb\xbf\xc3\xa9";
	struct record_found found;
	struct record *record;
	const char *line;
	json_t *event, *read;
	size_t len;

	(void)state;
	reset();
	assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
	event = json_pack("{s:s}", "event", name);
	assert_int_equal(record_append(record, event, &line, &len), 0);
	assert_non_null(
		memmem(line, len, "a\\u001B[2J\\u007F\\u009B\\u202E\\u2066\\uFEFF\xc3\xa9\"", 43));
	read = json_loadb(line, len, 0, NULL);
	assert_true(json_equal(read, event));
	json_decref(read);
	json_decref(event);
	assert_int_equal(size_of(RECORD), len);
	/* The worst of bytes, as many as a path and an exe have. */
	memset(long_line, 0x7f, 2 * 5120);
	event = json_pack("{s:s#}", "event", long_line, 2 * 5120);
	assert_int_equal(record_append(record, event, &line, &len), 0);
	json_decref(event);
	/* And what is too long by its escapes alone. */
	memset(long_line, 0x7f, 12000);
	event = json_pack("{s:s#}", "event", long_line, 12000);
	assert_int_equal(record_append(record, event, &line, &len), -E2BIG);
	json_decref(event);
	memset(long_line, 'x', sizeof(long_line));
	assert_int_equal(append(record), 0);
	assert_int_equal(record_seq(record), 3);
	record_close(record);
}

static void test_last_k(void **state)
{
#define K(boot, k) "{\"seq\":1,\"boot\":\"" boot "\",\"event\":\"denied\",\"k\":" #k "}\n"
#define START(boot, resumed) \
	"{\"seq\":1,\"boot\":\"" boot "\",\"event\":\"start\",\"resumed\":" resumed "}\n"
	static const struct {
		const char *rotated, *text;
		int found;
		uint64_t k;
	} cases[] = {
		{ "", "", 0, 0 },
		{ "", START("b", "false") K("b", 1) K("b", 2), 1, 2 },
		{ "", START("b", "false") K("b", 1) START("b", "true"), 1, 1 },
		{ "", K("b", 5) START("b", "false"), 0, 0 },
		{ "", K("b", 5) START("b", "false") START("b", "true"), 0, 0 },
		{ "", K("a", 5) START("b", "true"), 0, 0 },
		{ "", K("a", 5), 0, 0 },
		{ "", K("b", 5) "garbage\n", 1, 5 },
		{ K("b", 7), START("b", "true"), 1, 7 },
		{ K("a", 7), START("b", "true"), 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct record *record;
		struct record_found found;
		uint64_t k = 0;

		reset();
		put(RECORD ".1", cases[i].rotated, strlen(cases[i].rotated));
		put(RECORD, cases[i].text, strlen(cases[i].text));
		assert_int_equal(record_open(RECORD, &none, &record, &found), 0);
		assert_int_equal(record_last_k(record, "b", &k), cases[i].found);
		assert_int_equal(k, cases[i].k);
		record_close(record);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),	 cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_rotation), cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_last_k),	 cmocka_unit_test(test_damaged_rotated),
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_links),
	};

	memset(long_line, 'x', sizeof(long_line));
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
