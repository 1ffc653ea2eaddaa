/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a process, as an event of the kind "killed": v seq host boot time event, then
 *
 *	outcome by grace until reason op order rule claimed also [error] file process policy
 *
 * from "op" on as the kernel's events have it (events/event_line.h); "op" is exec where it is the
 * executable file that is banned, else map. "outcome" is a name of enum running_outcome. "by" is
 * the order that has it ended, "grace" that order's in seconds, both null where none does. "until",
 * of asked, is when SIGKILL is sent. "reason" is a sentence or null.
 */
#ifndef INTERDICT_RUNNING_EVENT_H
#define INTERDICT_RUNNING_EVENT_H

#include <jansson.h>

#include "events/event_line.h"
#include "running_end.h"

/* @left, @why: as struct running_end_calls.tell() has them. NULL: no memory. */
json_t *running_event(const struct event_origin *origin, const struct running_found *found,
		      enum running_outcome outcome, uint32_t left, const char *why);

#endif
