/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of what was removed, and of what was kept out, on their way to the daemon, who alone
 *writes the record: each is a file in a directory, on the disk before it counts as told, and goes
 *when it is in the record. So none is lost while no daemon runs, or when one of the two is killed;
 *one may come twice then.
 *
 * An event "removed" has these keys of its own:
 *
 *	action	uninstalled, quarantined, deleted, restored: done. gone: somebody else had done it.
 *		stays, failed: not done, see reason. kept-out: a package was not installed (door.h)
 *	order rule reason	null where there is none
 *	package	{type name version arch id manager with[]}: of uninstalled, kept-out
 *	file	{path sha256 size dev ino build_id publisher quarantine}: of the others
 *	output	the end of what the package manager said, or null
 *	by	{uid auid}: who had it done
 *	policy	{name serial digest}, or null
 */
#ifndef INTERDICT_REMOVE_EVENT_H
#define INTERDICT_REMOVE_EVENT_H

#include <stdbool.h>
#include <jansson.h>

/* Where they wait. */
#define REMOVE_EVENTS_DIR "/var/lib/interdict/removed"

/* What an event is made of; all borrowed, but for action all may be NULL. */
struct remove_event {
	const char *action, *order, *rule, *reason, *output;
	const json_t *package, *file; /* of a step (remove_plan.h) */
	const json_t *policy;
};

/* Put it into @dir, which is made. Returns 0, -ENOMEM or another -errno. */
int remove_event_put(const char *dir, const struct remove_event *event);

/*
 * Give each event in @dir, oldest first, at most @max, to @fn, as the members of the daemon's event
 * from "time" on. It returns 0: it is recorded, and goes; -errno: it stays, and this ends. What is
 * no event is renamed, and @bad counts it. Returns how many went, or what @fn returned.
 */
int remove_event_take(const char *dir, unsigned int max,
		      int (*fn)(void *context, const json_t *members), void *context,
		      unsigned int *bad);

#endif
