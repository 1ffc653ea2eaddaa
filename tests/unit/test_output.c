// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An output's queue and thread: what one that hangs, fails or is slow does to others (nothing) and
 * to itself (counted).
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "tests/unit/outputs.h"

/* ---- operations that tests steer ---- */

static atomic_int opens, sends, closes;
static atomic_int fail_opens, fail_sends; /* so many yet */
static atomic_int fail_with;
static atomic_bool hang, gone;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static size_t seen[4 * OUTPUT_QUEUE_EVENTS], n_seen;

static int test_open(struct output *output, void **state, char why[OUTPUT_WHY_MAX])
{
	atomic_fetch_add(&opens, 1);
	if (atomic_load(&fail_opens) > 0) {
		atomic_fetch_sub(&fail_opens, 1);
		snprintf(why, OUTPUT_WHY_MAX, "not open");
		return -ECONNREFUSED;
	}
	*state = output;
	return 0;
}

static int test_send(void *state, const json_t *event, const char *line, size_t len,
		     char why[OUTPUT_WHY_MAX])
{
	(void)state;
	(void)line;
	(void)len;
	atomic_fetch_add(&sends, 1);
	/* In a library, where nothing but its end ends it. */
	while (atomic_load(&hang))
		pause_ms(5);
	if (atomic_load(&fail_sends) > 0) {
		atomic_fetch_sub(&fail_sends, 1);
		snprintf(why, OUTPUT_WHY_MAX, "not sent");
		return -atomic_load(&fail_with);
	}
	pthread_mutex_lock(&seen_lock);
	seen[n_seen++] = (size_t)json_integer_value(json_object_get(event, "seq"));
	pthread_mutex_unlock(&seen_lock);
	return 0;
}

static void test_close(void *state)
{
	(void)state;
	atomic_fetch_add(&closes, 1);
	atomic_store(&gone, true);
}

static const struct output_ops test_ops = { test_open, test_send, test_close };
static const struct output_config journald = { .type = OUTPUT_JOURNALD };

static int reset(void **state)
{
	(void)state;
	opens = sends = closes = fail_opens = fail_sends = 0;
	hang = gone = false;
	n_seen = 0;
	return 0;
}

static struct output *new_output(void)
{
	struct output *output = NULL;

	assert_int_equal(output_new_with(&journald, &test_ops, &output), 0);
	return output;
}

/* ---- the queue ---- */

static void test_order(void **state)
{
	struct output *output = new_output();
	struct output_stats stats;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		push(&output, 1, i);
	stats = wait_done(output, 1000);
	assert_int_equal(stats.sent, 1000);
	assert_int_equal(stats.queued, 0);
	assert_false(stats.failing);
	assert_string_equal(stats.error, "");
	assert_int_equal(output_free(output, true), 0);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(seen[i], i);
	assert_int_equal(opens, 1);
	assert_int_equal(closes, 1);
}

/* After a failure the same event comes again, later each time; none is lost and none is twice. */
static void test_retry(void **state)
{
	struct output *output;
	struct output_stats stats;
	int64_t before = now_ms();

	(void)state;
	fail_opens = 2;
	fail_sends = 1;
	fail_with = EPIPE;
	output = new_output();
	for (size_t i = 0; i < 10; i++)
		push(&output, 1, i);
	stats = wait_failing(output);
	assert_true(!strcmp(stats.error, "not open") || !strcmp(stats.error, "not sent"));
	stats = wait_done(output, 10);
	/* 100, 200 and 400 ms */
	assert_true(now_ms() - before >= 700);
	assert_int_equal(stats.sent, 10);
	assert_int_equal(stats.dropped, 0);
	assert_false(stats.failing);
	assert_string_equal(stats.error, "not sent");
	assert_int_equal(output_free(output, true), 0);
	assert_int_equal(n_seen, 10);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(seen[i], i);
	assert_int_equal(opens, 4);
	assert_int_equal(closes, 2);
}

/* What would fail for ever is dropped, and the next one sent. */
static void test_too_long(void **state)
{
	struct output *output;
	struct output_stats stats;

	(void)state;
	fail_sends = 1;
	fail_with = EMSGSIZE;
	output = new_output();
	push(&output, 1, 0);
	push(&output, 1, 1);
	stats = wait_done(output, 2);
	assert_int_equal(stats.sent, 1);
	assert_int_equal(stats.dropped, 1);
	assert_string_equal(stats.error, "not sent");
	assert_int_equal(opens, 1);
	assert_int_equal(output_free(output, true), 0);
	assert_int_equal(seen[0], 1);
}

/* A line that is no JSON, and one that there was no memory for. */
static void test_no_line(void **state)
{
	struct output *output = new_output();
	struct output_line *line = output_line_new("{]\n", 3);
	struct output_stats stats;

	(void)state;
	output_push(output, line);
	output_push(output, NULL);
	output_line_unref(line);
	stats = wait_done(output, 2);
	assert_int_equal(stats.dropped, 2);
	assert_int_equal(output_free(output, true), 0);
}

/* It hangs in its send: pushes return at once, what does not fit is counted, another output gets
 * everything. */
static void test_hang(void **state)
{
	const size_t n = OUTPUT_QUEUE_EVENTS + 1000;
	struct output *outputs[2];
	struct output_stats stats;
	int64_t longest = 0, took;

	(void)state;
	outputs[0] = new_output();
	hang = true;
	for (size_t i = 0; i < n; i++) {
		took = push(outputs, 1, i);
		longest = took > longest ? took : longest;
	}
	assert_true(longest < PUSH_MS);
	output_get_stats(outputs[0], &stats);
	assert_int_equal(stats.sent, 0);
	assert_int_equal(stats.queued, OUTPUT_QUEUE_EVENTS);
	assert_int_equal(stats.dropped, 1000);
	/* Nobody waits for it longer than said. */
	took = now_ms();
	assert_int_equal(output_free(outputs[0], true), OUTPUT_QUEUE_EVENTS);
	took = now_ms() - took;
	assert_true(took >= OUTPUT_DRAIN_MS && took < OUTPUT_DRAIN_MS + 2000);
	/* It frees itself at its end. */
	hang = false;
	for (took = now_ms(); !gone && now_ms() - took < PATIENCE_MS; pause_ms(5))
		;
	assert_true(gone);
}

/* Long lines: the queue's bytes are bounded, too. */
static void test_bytes(void **state)
{
	const size_t len = 60000, fit = OUTPUT_QUEUE_BYTES / len;
	char *text = malloc(len + 1);
	struct output *output;
	struct output_line *line;
	struct output_stats stats;

	(void)state;
	memset(text, 'x', len);
	snprintf(text, 64, "{\"seq\":1,\"x\":\"");
	text[strlen(text)] = 'x';
	strcpy(text + len - 3, "\"}\n");
	line = output_line_new(text, len);
	hang = true;
	output = new_output();
	for (size_t i = 0; i < fit + 5; i++)
		output_push(output, line);
	output_line_unref(line);
	output_get_stats(output, &stats);
	assert_int_equal(stats.queued, fit);
	assert_int_equal(stats.dropped, 5);
	hang = false;
	wait_done(output, fit + 5);
	assert_int_equal(output_free(output, true), 0);
	assert_int_equal(n_seen, fit);
	free(text);
}

/* Let go without waiting: what was queued is sent all the same. */
static void test_let_go(void **state)
{
	struct output *output = new_output();
	int64_t before;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		push(&output, 1, i);
	before = now_ms();
	output_free(output, false);
	assert_true(now_ms() - before < PUSH_MS);
	for (before = now_ms(); !gone && now_ms() - before < PATIENCE_MS; pause_ms(5))
		;
	pthread_mutex_lock(&seen_lock);
	assert_int_equal(n_seen, 100);
	pthread_mutex_unlock(&seen_lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, reset),
		cmocka_unit_test_setup(test_retry, reset),
		cmocka_unit_test_setup(test_too_long, reset),
		cmocka_unit_test_setup(test_no_line, reset),
		cmocka_unit_test_setup(test_hang, reset),
		cmocka_unit_test_setup(test_bytes, reset),
		cmocka_unit_test_setup(test_let_go, reset),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
