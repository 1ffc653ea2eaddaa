/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of outputs: events to push, and waiting for what becomes of them. */
#ifndef INTERDICT_TEST_OUTPUTS_H
#define INTERDICT_TEST_OUTPUTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "userspace/output/output.h"

/* A processor that others use too. */
#define PATIENCE_MS 20000
/* What a push may take: far less than any wait that it must not do. */
#define PUSH_MS 500

static inline int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static inline void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static inline size_t line_at(size_t i, char line[128])
{
	return (size_t)snprintf(line, 128,
				"{\"v\":1,\"seq\":%zu,\"time\":\"2026-11-21T17:49:41.123456789Z\","
				"\"event\":\"denied\"}\n",
				i);
}

/* Push a line to @n outputs. Returns how long that took, in milliseconds. */
static inline int64_t push(struct output **outputs, size_t n, size_t i)
{
	int64_t before = now_ms();
	struct output_line *line;
	char text[128];

	line = output_line_new(text, line_at(i, text));
	assert_non_null(line);
	for (size_t j = 0; j < n; j++)
		output_push(outputs[j], line);
	output_line_unref(line);
	return now_ms() - before;
}

/* Wait until @output has sent and dropped @n. */
static inline struct output_stats wait_done(struct output *output, uint64_t n)
{
	int64_t until = now_ms() + PATIENCE_MS;
	struct output_stats stats;

	do {
		output_get_stats(output, &stats);
		if (stats.sent + stats.dropped >= n)
			return stats;
		pause_ms(5);
	} while (now_ms() < until);
	fail_msg("%llu of %llu: %s", (unsigned long long)stats.sent, (unsigned long long)n,
		 stats.error);
	return stats;
}

static inline struct output_stats wait_failing(struct output *output)
{
	int64_t until = now_ms() + PATIENCE_MS;
	struct output_stats stats;

	do {
		output_get_stats(output, &stats);
		if (stats.failing)
			return stats;
		pause_ms(5);
	} while (now_ms() < until);
	fail_msg("it does not fail");
	return stats;
}

#endif
