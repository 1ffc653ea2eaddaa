/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bursts: refusals that are the same but for their time and process, of which the record has the
 * first few, and then one line that counts the others ("summary").
 *
 * The same are events of one kind, operation, order, rule and generation, with one file (device,
 * inode, content) and one process image, user and login user. So a flood of one user's with one
 * file takes lines from nobody else. There is room for INTERDICT_BURSTS at a time; what finds none
 * is recorded line by line.
 *
 * What is counted lies in memory of the programs (struct interdict_burst), which outlives the
 * daemon; event_consume.h says in which order it is written. A daemon begins with an empty table:
 * what one before it counted is summed up first.
 */
#ifndef INTERDICT_BURST_H
#define INTERDICT_BURST_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "bpf/state.h"
#include "event_line.h"

struct interdict_event;

struct burst_limits {
	uint64_t events;    /* so many are recorded, */
	uint64_t within_ns; /* of a time as long as this; then comes the sum of the others */
};

struct bursts;

/* A table over @slots (INTERDICT_BURSTS of them), which stay the caller's. NULL: no memory. */
struct bursts *bursts_new(struct interdict_burst *slots, const struct burst_limits *limits);
void bursts_free(struct bursts *bursts);

/* Where @event is to be counted, or -1: it is to be recorded. */
int bursts_judge(struct bursts *bursts, const struct interdict_event *event);

/* The event that bursts_judge() was asked about last, of @now (CLOCK_BOOTTIME), was recorded, as
 * @line (borrowed) with position @seq. */
void bursts_recorded(struct bursts *bursts, uint64_t now_ns, json_t *line, uint64_t seq);

/* The next slot to be summed up at @now (CLOCK_BOOTTIME), or with @all whenever something was
 * counted; -1: none. Slots whose time is over are given back. */
int bursts_due(struct bursts *bursts, uint64_t now_ns, bool all);

/*
 * The summary of a slot, up to "lost": @like is one of its events (borrowed), or NULL where that
 * is not known. NULL: no memory.
 */
json_t *burst_summary(const struct interdict_burst *burst, const struct event_origin *origin,
		      const json_t *like);
/* The event that was recorded of a slot, or NULL. Borrowed. */
const json_t *bursts_like(const struct bursts *bursts, int slot);

/* The slot was summed up: give it back. */
void bursts_told(struct bursts *bursts, int slot);

#endif
