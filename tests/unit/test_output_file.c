// SPDX-License-Identifier: GPL-2.0-or-later
/* An output to a file: its formats, rotation, a full disk, and what is no file. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/unit/outputs.h"
#include "tests/unit/run.h"

static struct output *open_file(const char *name, enum output_format format)
{
	const struct output_config config = { .type = OUTPUT_FILE,
					      .format = format,
					      .to = tempdir_path(name) };
	struct output *output = NULL;

	assert_int_equal(output_new(&config, &output), 0);
	return output;
}

/* Push lines @from to @to, and wait until @done are done with. */
static struct output_stats send_lines(struct output *output, size_t from, size_t to, uint64_t done)
{
	for (size_t i = from; i <= to; i++)
		push(&output, 1, i);
	return wait_done(output, done);
}

/* Each format, a line an event; native is the line itself. */
static void test_formats(void **state)
{
	(void)state;
	for (int format = 0; format < OUTPUT_FORMAT_COUNT; format++) {
		struct output *output = open_file("out", (enum output_format)format);
		struct output_stats stats = send_lines(output, 1, 100, 100);

		assert_int_equal(stats.sent, 100);
		assert_int_equal(output_free(output, true), 0);
		run("test $(wc -l <out) = 100 && test $(stat -c %a out) = 600");
		switch (format) {
		case OUTPUT_NATIVE:
			run("jq -s -e 'map(.seq) == [range(1; 101)]' out");
			break;
		case OUTPUT_ECS:
			run("jq -s -e 'map(.event.sequence) == [range(1; 101)]' out");
			break;
		case OUTPUT_OCSF:
			run("jq -s -e 'map(.metadata.sequence) == [range(1; 101)]' out");
			break;
		default:
			run("test $(grep -c ^CEF:0 out) = 100");
		}
		run("rm out");
	}
}

/* Renamed, it is written on until it is reopened; deleted, it is made anew. No line is lost. */
static void test_rotation(void **state)
{
	struct output *output = open_file("out", OUTPUT_NATIVE);

	(void)state;
	send_lines(output, 1, 10, 10);
	run("mv out out.1");
	send_lines(output, 11, 20, 20);
	run("test ! -e out");
	output_reopen(output);
	send_lines(output, 21, 30, 30);
	run("jq -s -e 'map(.seq) == [range(1; 21)]' out.1 && "
	    "jq -s -e 'map(.seq) == [range(21; 31)]' out && rm out");
	send_lines(output, 31, 40, 40);
	run("jq -s -e 'map(.seq) == [range(31; 41)]' out");
	assert_int_equal(output_free(output, true), 0);
}

/* What another writer left half is a line of its own, and those behind it are whole. */
static void test_half(void **state)
{
	struct output *output;

	(void)state;
	tempdir_write("out", "{\"seq\":1}\n{\"se");
	output = open_file("out", OUTPUT_NATIVE);
	send_lines(output, 2, 3, 2);
	assert_int_equal(output_free(output, true), 0);
	run("test $(wc -l <out) = 4 && tail -n 2 out | jq -s -e 'map(.seq) == [2, 3]'");
}

/* The disk is full: no half line is left, and all come when there is room. */
static void test_full(void **state)
{
	struct rlimit before, limit;
	struct output *output;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	output = open_file("out", OUTPUT_NATIVE);
	for (size_t i = 1; i <= 100; i++)
		push(&output, 1, i);
	wait_failing(output);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	run("test $(stat -c %s out) -gt 500 && test $(stat -c %s out) -le 1000 && "
	    "test -z \"$(tail -c 1 out)\"");
	assert_int_equal(wait_done(output, 100).sent, 100);
	assert_int_equal(output_free(output, true), 0);
	run("jq -s -e 'map(.seq) == [range(1; 101)]' out");
}

/* What is no file is not written to, and not waited for. */
static void test_rejects(void **state)
{
	static const struct {
		const char *name, *why;
	} cases[] = {
		{ "none/out", "No such file or directory" },
		{ "directory", "Is a directory" },
		{ "link", "Too many levels of symbolic links" },
		{ "fifo", "is no file" },
		{ "/dev/null", "is no file" },
	};

	(void)state;
	run("mkdir directory && touch other && ln -s other link && mkfifo fifo");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct output_config config = { .type = OUTPUT_FILE };
		struct output_stats stats;
		struct output *output;
		char why[512];

		config.to = *cases[i].name == '/' ? cases[i].name : tempdir_path(cases[i].name);
		snprintf(why, sizeof(why), "%s: %s", config.to, cases[i].why);
		assert_int_equal(output_new(&config, &output), 0);
		push(&output, 1, 1);
		stats = wait_failing(output);
		assert_string_equal(stats.error, why);
		assert_int_equal(stats.sent, 0);
		assert_int_equal(output_free(output, true), 1);
	}
	run("test ! -s other");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tempdir_setup, tempdir_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_formats), TEST(test_rotation), TEST(test_half),
		TEST(test_full),    TEST(test_rejects),
	};

	return cmocka_run_group_tests_name("output_file", tests, NULL, NULL);
}
