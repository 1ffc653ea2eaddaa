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
	CONSUME_POINTS
};

struct event_consume {
	struct event_ring *ring;
	struct interdict_consumer *consumer; /* shared with the programs */
	struct record *record;
	const struct event_origin *origin;
	bool written; /* the event k_writing is in the record already */
	/* Each event that was recorded now: its line, with newline. Or NULL. */
	void (*recorded)(void *ctx, const json_t *event, const char *line, size_t len);
	/* For tests, or NULL. */
	void (*at)(void *ctx, enum consume_point point);
	void *ctx;
};

/*
 * Begin where the last one stopped: does c where b was done. Call it once, before anything is
 * appended to the record. Returns 0, or -errno of reading the record.
 */
int event_consume_begin(struct event_consume *consume);

/* Whether these programs had a daemon before. */
bool event_consume_resumed(const struct event_consume *consume);

/*
 * Take up to @max events. Returns how many were taken (0: the ring is empty), or -errno where the
 * record could not be written; the event is still in the ring then.
 */
int event_consume_some(struct event_consume *consume, int max);

#endif
