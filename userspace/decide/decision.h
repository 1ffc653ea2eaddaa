/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel answers about a file, worked out here: the evaluation is the same code
 * (bpf/evaluate.h), and what comes of it is that of interdict_decide() in bpf/judge.h.
 */
#ifndef INTERDICT_DECISION_H
#define INTERDICT_DECISION_H

#include <stdbool.h>
#include <stdint.h>
#include <jansson.h>

#include "bpf/evaluate.h"
#include "engine/compile.h"

enum decision_outcome { DECISION_ALLOW, DECISION_AUDIT, DECISION_DENY, DECISION_COUNT };

struct decision {
	enum decision_outcome outcome;
	const char *order; /* of the image; NULL: allowed, or by the policy's header */
	const char *rule;  /* a kind's name, "unidentified", "untrusted-fs"; NULL: allowed */
	const char *via;   /* with rule "package", the kind of what its package made; else NULL */
	uint32_t also_count;
	const char *also[INTERDICT_MATCH_ORDERS]; /* other orders that match; of the image */
};

/* "allow", "audit", "deny". */
const char *decision_name(enum decision_outcome outcome);

/*
 * Decide about a file of which @identity is known, for @op. @missing: not all that the policy asks
 * for could be known (interdict_answered()). *@ret is filled whole; its names live as long as
 * @image.
 */
void decide(const struct compile_image *image, const struct interdict_identity *identity,
	    bool missing, enum interdict_op op, struct decision *ret);

/* {"verdict","order","rule","also"}, and "via" where there is one. NULL: no memory. */
json_t *decision_json(const struct decision *decision);

#endif
