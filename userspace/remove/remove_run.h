/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Doing what a plan says, so that it can be cut off anywhere and be done to its end later. In a
 * directory of its own:
 *
 *	lock	held by who removes: one at a time
 *	plan	the plan (remove_plan.h), on the disk before its first step is begun
 *	done	"begun N" and "done N" lines, on the disk before and after step N
 *
 * Every step can be done again: a file is where it was or in quarantine, a package is asked for
 * before and after. The plan goes when its last step is done; while it is there, a removal was cut
 * off, and remove_continue() is to be called.
 */
#ifndef INTERDICT_REMOVE_RUN_H
#define INTERDICT_REMOVE_RUN_H

#include <stdbool.h>
#include <jansson.h>

#define REMOVE_DIR "/var/lib/interdict/remove"

struct remove_run_options {
	const char *root;	/* "": this system */
	const char *dir;	/* REMOVE_DIR */
	const char *quarantine; /* QUARANTINE_DIR */
	const char *events;	/* REMOVE_EVENTS_DIR */
	/* Called after each step, with the words of remove_event.h; may be NULL. */
	void (*tell)(void *context, const json_t *step, const char *action, const char *reason);
	void *context;
};

struct remove_run_counts {
	size_t done;   /* steps, also where somebody else had done them */
	size_t failed; /* of which a reason was told */
	size_t stays;
};

/* Make @dir, with those above it, and take its lock; @wait: until it is free. Returns a descriptor
 * to close, -EBUSY: another removal is under way; another -errno. */
int remove_lock(const char *dir, bool wait);

/* The following under the lock. */

/*
 * Do @plan. Returns 0 and adds to *@counts, also where steps failed; -errno: it could not be
 * written down what is done, so that is cut off.
 */
int remove_run(const json_t *plan, const struct remove_run_options *options,
	       struct remove_run_counts *counts);

/* Do the rest of a plan that was cut off. Returns as remove_run(); -ENOENT: there is none. */
int remove_continue(const struct remove_run_options *options, struct remove_run_counts *counts);

/* Whether there is one that was cut off. */
bool remove_is_cut_off(const char *dir);

#endif
