/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs: where events go beside the record. Each has a queue with bounds, a thread and counters
 * of its own, so one that hangs delays nobody: what comes while its queue is full is dropped by it,
 * and counted. The record has every event in any case, and "seq" shows what an output's reader did
 * not get.
 *
 *	pushed = queued + sent + dropped
 *
 * An event is pushed as the record's line, once for all outputs; each thread reads the JSON for
 * itself. After a failure the output is closed and opened again, later each time, and the event
 * that failed is sent again.
 */
#ifndef INTERDICT_OUTPUT_H
#define INTERDICT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "output_config.h"

/* What a queue holds at most: a few seconds of a flood, in memory that a device has to spare. */
#define OUTPUT_QUEUE_EVENTS 16384U
#define OUTPUT_QUEUE_BYTES  (16U << 20)
/* Pauses between tries to open. */
#define OUTPUT_RETRY_MIN_MS 100U
#define OUTPUT_RETRY_MAX_MS 30000U
/* Opening, or sending one event, that takes longer has failed. */
#define OUTPUT_PATIENCE_MS 10000
/* An output that is stopped has so long for what is queued, and to end then. */
#define OUTPUT_DRAIN_MS 2000U
#define OUTPUT_END_MS	200U
#define OUTPUT_WHY_MAX	256

struct output;
struct output_line;

/*
 * What a kind of output does, in its own thread. Every wait is output_wait(). A function that fails
 * writes a reason to @why. After -EMSGSIZE or -EBADMSG of send() the event is dropped, as it would
 * fail again; after another error the output is closed and opened again.
 */
struct output_ops {
	/* Set *@state for the others. Returns 0 or -errno, with nothing left open. */
	int (*open)(struct output *output, void **state, char why[OUTPUT_WHY_MAX]);
	/* @event is the JSON of the @len bytes at @line, which end in a newline. */
	int (*send)(void *state, const json_t *event, const char *line, size_t len,
		    char why[OUTPUT_WHY_MAX]);
	void (*close)(void *state);
};

extern const struct output_ops output_journald_ops, output_audit_ops, output_syslog_ops;
extern const struct output_ops output_file_ops;

struct output_stats {
	uint64_t queued, sent, dropped;
	bool failing;
	char error[OUTPUT_WHY_MAX]; /* the last one; "" if there never was any */
};

/*
 * An output as @config (copied) says. Nothing is opened yet: its thread does that. Returns 0 and
 * *@output (see output_free()), -ENOMEM or -EAGAIN.
 */
int output_new(const struct output_config *config, struct output **output);
/* The same with other operations than those of its type; for tests. */
int output_new_with(const struct output_config *config, const struct output_ops *ops,
		    struct output **output);

/* @len bytes at @line, which end in a newline, as outputs share them; NULL: no memory. */
struct output_line *output_line_new(const char *line, size_t len);
void output_line_unref(struct output_line *line);

/* Queue @line (a reference is taken; NULL counts as dropped), or drop and count it. Never waits for
 * the output. */
void output_push(struct output *output, struct output_line *line);

/* Close what is open, and open it again for the next event: a file was renamed. */
void output_reopen(struct output *output);

void output_get_stats(struct output *output, struct output_stats *stats);
const struct output_config *output_config(const struct output *output);

/* Take no more events; what is queued is sent for up to OUTPUT_DRAIN_MS from now. */
void output_stop(struct output *output);
/*
 * Stop @output (or NULL), if it was not, and let go of it; @wait: for what output_stop() gives it.
 * A thread that does not end by then (it hangs in a library), or is not waited for, frees @output
 * when it ends. Returns how many events were not sent, as far as is known then.
 */
uint64_t output_free(struct output *output, bool wait);

/* ---- for struct output_ops ---- */

/*
 * Wait until @fd has one of @events (POLLIN, POLLOUT). Returns 0; -ETIMEDOUT at @deadline (of
 * output_deadline()); -ECANCELED: the output has to end.
 */
int output_wait(struct output *output, int fd, short events, int64_t deadline);
/* OUTPUT_PATIENCE_MS from now, in milliseconds of CLOCK_MONOTONIC. */
int64_t output_deadline(void);

#endif
