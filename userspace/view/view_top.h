/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What came most often, of any number of names, in memory that does not grow: the algorithm
 * "Space-Saving" (Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k
 * Elements in Data Streams", 2005). A name that finds no room takes the place and the count of the
 * rarest one, so a count may be too high, by at most `over`, and never too low; whatever came more
 * often than all / VIEW_TOP_NAMES is there.
 */
#ifndef INTERDICT_VIEW_TOP_H
#define INTERDICT_VIEW_TOP_H

#include <stddef.h>
#include <stdint.h>

/* Ten times what a screen shows. */
#define VIEW_TOP_NAMES 256

struct view_top_name {
	char *name;
	uint32_t hash;
	uint64_t count;
	uint64_t over; /* what of the count may be others' */
};

struct view_top {
	struct view_top_name names[VIEW_TOP_NAMES]; /* the most frequent first */
	size_t n;
};

/* Count @name @times more. Returns 0 or -ENOMEM: nothing was counted. */
int view_top_add(struct view_top *top, const char *name, uint64_t times);
void view_top_free(struct view_top *top);

#endif
