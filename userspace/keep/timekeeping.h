/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What time it is, for dates of orders, where anybody who is root can set the clock.
 *
 * The proved time is what is known to have come. At boot it is the later of the wall clock and the
 * mark, the highest proved time that was written down (store.h); a device that was off for a month
 * has no other witness. From then on it goes with CLOCK_BOOTTIME, which nobody sets. So
 *
 *  - it never goes back past the mark: a clock that is set back ends no order and revives none;
 *  - a clock that is set ahead while the system runs lets orders begin, and none end: for an end
 *    the proved time has to come. After the next boot it is believed.
 *
 * Where clock and proved time are apart, status and the record say so.
 */
#ifndef INTERDICT_TIMEKEEPING_H
#define INTERDICT_TIMEKEEPING_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

#define TIMEKEEPING_BOOT_LEN 33 /* 128 bits in hex, NUL */

/* A clock that is ahead by no more seconds shows the proved time: they tick at different moments,
 * and dates of one second shall not become two. */
#define TIMEKEEPING_SAME 2

/* A proved time, written down. */
struct timekeeping_mark {
	int64_t time;			 /* seconds since 1970; 0: there is none */
	int64_t boottime;		 /* CLOCK_BOOTTIME then, in ns */
	char boot[TIMEKEEPING_BOOT_LEN]; /* the boot ID */
};

struct timekeeping {
	int64_t begin_ns;    /* a proved time, ns since 1970 */
	int64_t boottime_ns; /* CLOCK_BOOTTIME then */
	char boot[TIMEKEEPING_BOOT_LEN];
};

/* @mark: the last one, or NULL. Of the same boot it is gone on from. */
void timekeeping_begin(struct timekeeping *tk, const struct timekeeping_mark *mark);

/* Set device->early and device->late to now. */
void timekeeping_now(const struct timekeeping *tk, struct policy_device *device);

/* CLOCK_BOOTTIME, in ns, at which the proved time will be @seconds since 1970; at least 1. */
int64_t timekeeping_boottime_at(const struct timekeeping *tk, int64_t seconds);

/* The proved time of now, to be written down. */
struct timekeeping_mark timekeeping_mark_now(const struct timekeeping *tk);

/* Seconds by which the wall clock is ahead of the proved time; negative: behind. */
int64_t timekeeping_ahead(const struct timekeeping *tk);

/* For tests: the clocks, in place of clock_gettime(2). NULL: that. In ns. */
struct timekeeping_clocks {
	int64_t realtime;
	int64_t boottime;
	const char *boot;
};
void timekeeping_set_clocks(const struct timekeeping_clocks *clocks);

#endif
