/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded decision (event_line.h) as what can be judged again: the file, as far as it is known.
 */
#ifndef INTERDICT_EVENT_SUBJECT_H
#define INTERDICT_EVENT_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "decision.h"
#include "policy/policy.h"

struct event_subject {
	/* ids.have: what was asked of the file and answered. Of an event without file.have, what it
	 * tells: that a file has no build-id or signer is not in it. ids.flags: as far as known. */
	struct interdict_identity identity;
	bool flags_known; /* ids.flags is whole */
	enum interdict_op op;
	bool missing; /* it could not be identified whole */
	int64_t time; /* seconds since 1970; -1: the event has none */
	/* what was decided; the texts are the event's */
	enum decision_outcome outcome;
	const char *order; /* or NULL */
	const char *rule;  /* or NULL */
};

/*
 * Whether @event (any JSON) is a decision: denied, audited or unidentified. Returns 1 and fills
 * *@subject; 0: another event; -EINVAL: it is no event, or one that no daemon writes, with a
 * sentence in @why; -ENOMEM.
 */
int event_subject(const json_t *event, struct event_subject *subject,
		  char why[POLICY_IDENTIFIER_WHY_MAX]);

#endif
