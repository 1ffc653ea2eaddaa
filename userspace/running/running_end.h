/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of processes that were found: SIGTERM, the order's grace, SIGKILL. Knows no clock
 * and sends no signal by itself: whoever calls says what time it is (ms of CLOCK_BOOTTIME), and
 * gives the calls.
 *
 * That no banned process survives takes these steps, in this order:
 *
 *  1. The generation is switched to. From then on each exec and each mapping is judged by it.
 *  2. A search (running_find()). What it has found is told of, and asked to end.
 *  3. Decisions of older generations, which may still allow something, are waited for: the counters
 *     that say when a slot is free say when there are none (engine_older_inflight()). Their tasks
 *     have still to leave the system call: a thread that is blocked in such a call is seen
 *     (running_counts.entering), one that runs is through within the time that the next steps take.
 *  4. Searches again, until they and these counts have nothing new: RUNNING_SETTLE_MS apart, and a
 *     last one that long after the last of the decisions.
 *
 * What was found is looked for again when its grace is over, and then until it is gone, with
 * whatever it has started: children have the image of their parent, or one that the kernel has
 * judged. The grace is the order's, from when it first had a process asked: one that is found later
 * (a child) has what is left of it, so that forking gains no time. It begins anew in a new daemon.
 *
 * Each signal is for what a search has just found, sent through a descriptor of the process, after
 * a look at its executable file: a number that was given to another process is never signalled, nor
 * one that has executed something else since. Process 1, and what runs the file that we run, are
 * never signalled.
 */
#ifndef INTERDICT_RUNNING_END_H
#define INTERDICT_RUNNING_END_H

#include "running.h"

/* Between two searches; many times what a task needs from a decision to the end of its call. */
#define RUNNING_SETTLE_MS 250
/* After SIGKILL, for a process and its children; doubled until it is the most. */
#define RUNNING_AGAIN_MS     50
#define RUNNING_AGAIN_MS_MAX 10000
/* What takes that long to end of SIGKILL waits for something in the kernel. */
#define RUNNING_HANGS_MS 10000
/* Processes that wait for their end at a time: two descriptors each. Others are found later. */
#define RUNNING_WAITING_MAX 1024

enum running_outcome {
	RUNNING_REPORTED,   /* found; it goes on */
	RUNNING_ASKED,	    /* is about to be sent SIGTERM */
	RUNNING_TERMINATED, /* ended within its grace */
	RUNNING_KILLED,	    /* was sent SIGKILL */
	RUNNING_GONE,	    /* ended, or ran something else, before it could be signalled */
	RUNNING_SPARED,	    /* is never ended, or no longer has to */
	RUNNING_FAILED,	    /* could not be signalled, or goes on in spite of it */
	RUNNING_OUTCOME_COUNT
};

/* "reported" and so on, as events have it. */
const char *running_outcome_name(enum running_outcome outcome);

struct running_end_calls {
	/* As running_signal(). */
	int (*signal)(void *ctx, const struct running_found *found, int signal);
	/* What becomes of @found: called before SIGTERM, so that its user is told first, and after
	 * SIGKILL. @left: of ASKED, seconds until SIGKILL. @why: a sentence, or NULL. */
	void (*tell)(void *ctx, const struct running_found *found, enum running_outcome outcome,
		     uint32_t left, const char *why);
	void *ctx;
};

struct running_end;

/* NULL: no memory. */
struct running_end *running_end_new(const struct running_end_calls *calls);
/* Who waits for the end of its grace goes on. @end may be NULL. */
void running_end_free(struct running_end *end);

/* @rules are in force from now on; NULL: none are. */
void running_end_rules(struct running_end *end, const struct running_rules *rules);

/* A search by these begins, finds (takes @found over), and has looked at everything. One that is
 * broken off is not ended. */
void running_end_begin(struct running_end *end);
void running_end_found(struct running_end *end, struct running_found *found, int64_t now);
void running_end_searched(struct running_end *end, int64_t now);

/* Sees who has ended. Returns when a search is due, INT64_MAX: none is. To be called again after a
 * search, and each second. */
int64_t running_end_due(struct running_end *end, int64_t now);

struct running_end_counts {
	size_t reported; /* now: found, and going on as no order has them ended */
	size_t waiting;	 /* now: asked, or sent SIGKILL */
	uint64_t outcomes[RUNNING_OUTCOME_COUNT];
};
void running_end_count(const struct running_end *end, struct running_end_counts *counts);

#endif
