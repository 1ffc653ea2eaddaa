/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The person at the device is told: what was refused or is ended, by whose order, and whom to ask.
 */
#ifndef INTERDICT_NOTIFY_H
#define INTERDICT_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>
#include <systemd/sd-event.h>

#include "policy/policy.h"

struct notify;

/* Where to tell. */
struct notify_ways {
	bool terminal;
	bool desktop;
};

/* Returns 0 and sets *@ret (notify_free()), or -ENOMEM. SIGCHLD must be blocked in @loop's thread
 * before it has another one. */
int notify_new(sd_event *loop, struct notify **ret);
void notify_free(struct notify *notify);

/*
 * @event was recorded: if it is a denial of these seconds, or says that a process is about to be
 * ended, tell whose it is, as often as notify_limit.h lets it. @policy is the active one, or NULL.
 * Does not wait, and cannot fail: enforcement and the record are elsewhere.
 */
void notify_event(struct notify *notify, const struct notify_ways *ways,
		  const struct policy *policy, const json_t *event);

/* Refusals that somebody was to be told of. */
struct notify_stats {
	uint64_t terminals, desktops; /* was told there; one may be in both */
	uint64_t limited;	      /* notify_limit.h did not let it */
	uint64_t failed; /* nobody could be told: no terminal, no session, or an error */
};

void notify_get_stats(const struct notify *notify, struct notify_stats *stats);

/*
 * The texts for @event: the file's name, and what its order says. To be freed; NULL: no memory.
 * @order is NULL where the event has none, or one that the policy has not.
 */
char *notify_file_name(const json_t *event);
char *notify_message(const json_t *event, const struct policy_order *order);

#endif
