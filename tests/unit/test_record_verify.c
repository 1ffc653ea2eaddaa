// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `log verify` finds: edits of every kind, at random places, each with the line that is wrong;
 * what was cut off; and what it says of a record that nobody touched.
 */
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

#include "tempdir.h"
#include "record/record.h"
#include "record/record_verify.h"

#define LINES 95
/* Every so many lines one is a checkpoint. */
#define EVERY 10
/* The last checkpoint. */
#define SIGNED 90
#define EDITS  500

static struct record_key *key;
static struct record_key *public_key;
static char *lines[LINES + 2]; /* with their newlines */

/* ---- a record ---- */

static json_t *event_new(unsigned int n)
{
	return json_pack("{s:i, s:i, s:s, s:s, s:s, s:i, s:i}", "v", 1, "seq", 0, "host", "h",
			 "time", "2026-11-22T10:00:00.000000000Z", "event", "denied", "pid", (int)n,
			 "lost", 0);
}

static void append(struct record *record, unsigned int n, uint64_t first)
{
	const char *line;
	size_t len;
	json_t *event = event_new(n);

	if (n % EVERY) {
		assert_int_equal(record_append(record, event, &line, &len), 0);
	} else {
		json_object_set_new(event, "event", json_string("checkpoint"));
		assert_int_equal(
			checkpoint_fill(event, "events", key, first, record_checkpoint(record)), 0);
		assert_int_equal(record_append_checkpoint(record, event, key, &line, &len), 0);
	}
	json_decref(event);
}

/* @rotate_at: the number of the line behind which it is rotated. */
static void write_record(unsigned int n, unsigned int rotate_at)
{
	static const struct checkpoint_at none;
	struct record *record;
	struct record_found found;

	assert_int_equal(record_open(tempdir_path("events"), &none, &record, &found), 0);
	for (unsigned int i = 1; i <= n; i++) {
		append(record, i, 1);
		if (i == rotate_at)
			assert_int_equal(record_rotate(record), 0);
	}
	record_close(record);
}

static void read_lines(void)
{
	FILE *in = fopen(tempdir_path("events"), "r");

	assert_non_null(in);
	for (unsigned int i = 0; i < LINES; i++) {
		size_t size = 0;

		lines[i] = NULL;
		assert_true(getline(&lines[i], &size, in) > 0);
	}
	fclose(in);
}

static void write_lines(char *const *v, size_t n)
{
	FILE *out = fopen(tempdir_path("events"), "w");

	assert_non_null(out);
	for (size_t i = 0; i < n; i++)
		fputs(v[i], out);
	assert_int_equal(fclose(out), 0);
}

static struct record_verified verify(const struct checkpoint_at *expected, bool part)
{
	struct record_verify_options options = { .keys = &public_key, .n_keys = 1, .part = part };
	struct record_verified verified;
	struct record_files files;

	if (expected)
		options.expected = *expected;
	assert_int_equal(record_files_find(tempdir_path("events"), &files), 0);
	assert_int_equal(record_verify(&files, &options, &verified), 0);
	record_files_free(&files);
	return verified;
}

static int setup(void **state)
{
	char why[PRIVATE_KEY_WHY_MAX];
	struct stat st;

	if (tempdir_setup(state))
		return -1;
	/* Made, found again, and its public half alone. */
	assert_int_equal(record_key_open(tempdir_path("key"), tempdir_path("pub"), &key, why), 0);
	record_key_free(key);
	assert_int_equal(stat(tempdir_path("key"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(record_key_open(tempdir_path("key"), NULL, &key, why), 0);
	assert_int_equal(record_key_read_public(tempdir_path("pub"), &public_key, why), 0);
	assert_string_equal(record_key_id(key), record_key_id(public_key));
	return 0;
}

static int teardown(void **state)
{
	record_key_free(key);
	record_key_free(public_key);
	for (unsigned int i = 0; i < LINES; i++) {
		free(lines[i]);
		lines[i] = NULL;
	}
	return tempdir_teardown(state);
}

static int run(const char *fmt, const char *path)
{
	char command[4096];

	snprintf(command, sizeof(command), fmt, path);
	return system(command);
}

/* ---- tests ---- */

static void test_whole(void **state)
{
	struct record_verified v;

	(void)state;
	write_record(LINES, 0);
	v = verify(NULL, false);
	assert_string_equal(v.why, "");
	assert_false(v.wrong);
	assert_int_equal(v.lines, LINES);
	assert_int_equal(v.first, 1);
	assert_int_equal(v.last, LINES);
	assert_int_equal(v.checkpoints, LINES / EVERY);
	assert_int_equal(v.proved.seq, SIGNED);
	assert_string_equal(v.proved_time, "2026-11-22T10:00:00.000000000Z");
	assert_int_equal(v.unproved, LINES - SIGNED);
	assert_int_equal(v.torn, 0);
}

static unsigned int below(uint64_t *random, unsigned int n)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (unsigned int)(*random % n);
}

enum edit { EDIT_DELETE, EDIT_REPEAT, EDIT_FORGE, EDIT_SWAP, EDIT_FLIP, EDIT_KINDS };

/* An event of nobody's with the position and the chain of line @i. */
static char *forge(unsigned int i)
{
	json_t *event = json_loads(lines[i], 0, NULL);
	char *text, *line;

	json_object_set_new(event, "event", json_string("denied"));
	json_object_set_new(event, "pid", json_integer(4711));
	json_object_del(event, "signature");
	text = json_dumps(event, JSON_COMPACT);
	assert_true(asprintf(&line, "%s\n", text) > 0);
	free(text);
	json_decref(event);
	return line;
}

/* Edit the record somewhere before its last checkpoint. Returns the number of the first wrong line
 * in *@at, and the other that would do as well in *@or. */
static void edit(enum edit kind, uint64_t *random, unsigned int *at, unsigned int * or)
{
	unsigned int i = below(random, SIGNED), j = below(random, SIGNED);
	char *v[LINES + 1], *made = NULL;
	size_t n = LINES;

	memcpy(v, lines, sizeof(v));
	switch (kind) {
	case EDIT_DELETE:
		i = below(random, SIGNED - 1);
		memmove(v + i, v + i + 1, (n - i - 1) * sizeof(*v));
		n--;
		break;
	case EDIT_REPEAT:
	case EDIT_FORGE:
		memmove(v + i + 1, v + i, (n - i) * sizeof(*v));
		v[i] = kind == EDIT_REPEAT ? lines[j] : (made = forge(i));
		n++;
		break;
	case EDIT_SWAP:
		if (i == j)
			j = (i + 1) % SIGNED;
		v[i] = lines[j];
		v[j] = lines[i];
		i = i < j ? i : j;
		break;
	default:
		made = v[i] = strdup(lines[i]);
		made[below(random, (unsigned int)strlen(made))] ^= (char)(1U << below(random, 7));
	}
	*at = i + 1;
	/* Of two equal lines, any. */
	* or = kind == EDIT_REPEAT && i == j ? i + 2 : i + 1;
	write_lines(v, n);
	free(made);
}

static void test_edits(void **state)
{
	uint64_t random = 88172645463325252ULL;

	(void)state;
	write_record(LINES, 0);
	read_lines();
	for (unsigned int n = 0; n < EDITS; n++) {
		unsigned int at, or ;
		struct record_verified v;

		edit(n % EDIT_KINDS, &random, &at, & or);
		v = verify(NULL, false);
		if (!v.wrong || (v.line != at && v.line != or))
			fail_msg("edit %u of kind %d at line %u: line %llu: %s", n, n % EDIT_KINDS,
				 at, (unsigned long long)v.line, v.why);
		assert_true(v.proved.seq < at);
	}
}

/* What was cut off, also with the checkpoints of it, and an older copy. */
static void test_cut(void **state)
{
	static const unsigned int kept[] = { 1, 9, 10, 50, 89, 90 };
	struct checkpoint_at expected;
	char why[RECORD_WHY_MAX];

	(void)state;
	write_record(LINES, 0);
	read_lines();
	assert_int_equal(record_expect(lines[SIGNED - 1], strlen(lines[SIGNED - 1]), &public_key, 1,
				       &expected, why),
			 0);
	assert_int_equal(expected.seq, SIGNED);
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		struct record_verified v;

		write_lines(lines, kept[i]);
		v = verify(NULL, false);
		/* Nothing is there to be seen: what is proved is said. */
		assert_false(v.wrong);
		assert_int_equal(v.proved.seq, kept[i] / EVERY * EVERY);
		assert_int_equal(v.unproved, kept[i] % EVERY);
		v = verify(&expected, false);
		assert_int_equal(v.wrong, kept[i] < SIGNED);
	}
}

/* Another record of the same length, signed by the same key. */
static void test_expected_elsewhere(void **state)
{
	struct checkpoint_at expected;
	struct record_verified v;
	char why[RECORD_WHY_MAX];

	(void)state;
	write_record(LINES, 0);
	read_lines();
	assert_int_equal(record_expect(lines[SIGNED - 1], strlen(lines[SIGNED - 1]), &public_key, 1,
				       &expected, why),
			 0);
	assert_int_equal(unlink(tempdir_path("events")), 0);
	write_record(5, 0);
	write_record(LINES, 0);
	v = verify(&expected, false);
	assert_true(v.wrong);
	assert_non_null(strstr(v.why, "expected"));
	/* Not signed, changed, none. */
	assert_int_equal(record_expect(lines[0], strlen(lines[0]), &public_key, 1, &expected, why),
			 -EBADMSG);
	assert_string_equal(why, "is no checkpoint");
	lines[SIGNED - 1][30] ^= 1;
	assert_int_equal(record_expect(lines[SIGNED - 1], strlen(lines[SIGNED - 1]), &public_key, 1,
				       &expected, why),
			 -EBADMSG);
	assert_int_equal(record_expect("{", 1, &public_key, 1, &expected, why), -EBADMSG);
}

static void test_torn(void **state)
{
	struct record_verified v;
	FILE *out;

	(void)state;
	write_record(LINES, 0);
	out = fopen(tempdir_path("events"), "a");
	fputs("{\"v\":1,\"seq\":96", out);
	fclose(out);
	v = verify(NULL, false);
	assert_false(v.wrong);
	assert_int_equal(v.torn, 15);
	assert_int_equal(v.last, LINES);
}

static void test_rotated(void **state)
{
	struct record_verified v;
	struct record_files files;

	(void)state;
	write_record(LINES, 40);
	v = verify(NULL, false);
	assert_string_equal(v.why, "");
	assert_int_equal(v.lines, LINES);
	/* As gzip(1) leaves it. */
	assert_int_equal(record_files_find(tempdir_path("events"), &files), 0);
	assert_int_equal(files.n, 2);
	assert_int_equal(files.v[1].first, 41);
	assert_int_equal(run("gzip '%s'", files.v[0].path), 0);
	v = verify(NULL, false);
	assert_string_equal(v.why, "");
	assert_int_equal(v.lines, LINES);
	/* Gone: the last checkpoint knows of it. */
	assert_int_equal(run("rm '%s.gz'", files.v[0].path), 0);
	record_files_free(&files);
	v = verify(NULL, false);
	assert_true(v.wrong);
	assert_int_equal(v.line, 1);
	assert_int_equal(v.seq, 41);
	v = verify(NULL, true);
	assert_false(v.wrong);
	assert_int_equal(v.proved.seq, SIGNED);
}

static void test_other_key(void **state)
{
	char why[PRIVATE_KEY_WHY_MAX];
	struct record_verified v;

	(void)state;
	write_record(LINES, 0);
	record_key_free(public_key);
	assert_int_equal(record_key_open(tempdir_path("key2"), NULL, &public_key, why), 0);
	v = verify(NULL, false);
	assert_true(v.wrong);
	assert_int_equal(v.line, EVERY);
	assert_string_equal(v.why, "is signed by another key");
	assert_int_equal(v.proved.seq, 0);
}

/* What is no key, or one that others may read, is not used. */
static void test_keys(void **state)
{
	char why[PRIVATE_KEY_WHY_MAX];
	struct record_key *none;

	(void)state;
	assert_int_equal(chmod(tempdir_path("key"), 0640), 0);
	assert_int_equal(record_key_open(tempdir_path("key"), NULL, &none, why), -EINVAL);
	assert_non_null(strstr(why, "0600"));
	tempdir_write("none", "nothing\n");
	assert_int_equal(chmod(tempdir_path("none"), 0600), 0);
	assert_int_equal(record_key_open(tempdir_path("none"), NULL, &none, why), -EBADMSG);
	assert_int_equal(record_key_read_public(tempdir_path("none"), &none, why), -EBADMSG);
	assert_int_equal(record_key_read_public(tempdir_path("nowhere"), &none, why), -ENOENT);
	assert_int_equal(record_key_open(tempdir_path("none/x"), NULL, &none, why), -ENOTDIR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whole),     TEST(test_edits),
		TEST(test_cut),	      TEST(test_expected_elsewhere),
		TEST(test_torn),      TEST(test_rotated),
		TEST(test_other_key), TEST(test_keys),
	};

	return cmocka_run_group_tests_name("record_verify", tests, NULL, NULL);
}
