/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the ring to the record, so that a kill at any moment neither loses an event nor records one
 * twice. struct interdict_consumer is kernel memory and outlives the daemon. Per event:
 *
 *	a	k_writing = k, then recorded_before = recorded
 *	b	the line is written to the record, by one write(2)
 *	c	recorded = recorded_before + 1
 *	d	the ring's consumer position moves past the event
 *
 * Whoever starts next looks at k_writing and at the last k of the record. Where they are equal, b
 * was done: c is done (again; it is not an increment, so twice is once), and where the head of the
 * ring still has that k, d. Where they differ, b was not done, or left half a line that
 * record_open() cut off; the event is still at the head of the ring and is taken from there. (In a
 * the other order would not do: with recorded_before new and k_writing old, which is in the record,
 * c would count an event that was not written.)
 *
 * An event of a burst (burst.h) is counted instead:
 *
 *	a	counting = 0, k_writing = k, then what was before and the event's time
 *	b	counting = the burst: from here on it is counted
 *	c	count, times and summarised, all from what was before: twice is once
 *	d	the ring's consumer position moves past the event
 *
 * Who starts next and finds counting set does c again, and d where the head of the ring still has
 * that k. A burst's line is written between summing = the burst and its count = 0; where the last
 * line of the record is that one, the count is taken away then.
 *
 * An event that cannot be written stays in the ring, which the caller tries again later. While
 * nothing is taken from it the ring fills, and then the kernel counts what does not fit as lost.
 * So emitted = recorded + summarised + dropped + what is in the ring.
 */
#ifndef INTERDICT_EVENT_CONSUME_H
#define INTERDICT_EVENT_CONSUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/state.h"
#include "burst.h"
#include "event_ring.h"
#include "event_line.h"
#include "record/record.h"

/* The moments at which a test kills. */
enum consume_point {
	CONSUME_READ,	  /* before a */
	CONSUME_BEFORE,	  /* between the two stores of a */
	CONSUME_WRITING,  /* between a and b */
	CONSUME_WRITTEN,  /* between b and c */
	CONSUME_COUNTED,  /* between c and d */
	CONSUME_RELEASED, /* behind d */
	CONSUME_COUNTING, /* between b and c of one that is counted */
	CONSUME_SUMMING,  /* before a burst's line is written */
	CONSUME_SUMMED,	  /* behind that */
	CONSUME_POINTS
};

struct event_consume {
	struct event_ring *ring;
	struct interdict_consumer *consumer; /* shared with the programs */
	struct record *record;
	const struct event_origin *origin;
	struct bursts *bursts; /* NULL: every event is recorded */
	const uint64_t *lost;  /* of these programs; NULL: 0 */
	bool settled;	       /* what a daemon before counted is summed up */
	/* Nanoseconds of a turn, at least one event of which is taken; 0: as long as it takes. */
	uint64_t turn_ns;
	/* Each event that was recorded now: its line, with newline. Or NULL. */
	void (*recorded)(void *ctx, const json_t *event, const char *line, size_t len);
	/* For tests, or NULL. */
	void (*at)(void *ctx, enum consume_point point);
	void *ctx;
};

/*
 * Begin where the last one stopped: does c and d where b was done. Call it once, before anything is
 * appended to the record. Returns 0, or -errno of reading the record.
 */
int event_consume_begin(struct event_consume *consume);

/* Whether these programs had a daemon before. */
bool event_consume_resumed(const struct event_consume *consume);

/*
 * Take up to @max events, and none more once turn_ns have passed. Returns how many were taken (0:
 * the ring is empty), or -errno where the record could not be written; the event is still in the
 * ring then.
 */
int event_consume_some(struct event_consume *consume, int max);

/* Write the lines of bursts whose time is over at @now_ns (CLOCK_BOOTTIME), until turn_ns have
 * passed; or with @all of all of them, however long that takes. Returns 0 or -errno of the record.
 */
int event_consume_sum_up(struct event_consume *consume, uint64_t now_ns, bool all);

#endif
