/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which orders cover which: an order covers another where its rules do, for every device, time and
 * operation, at least what the other's would. A rule of the other that it has, too, adds nothing.
 */
#ifndef INTERDICT_LINT_COVER_H
#define INTERDICT_LINT_COVER_H

#include "policy/policy.h"

struct lint_cover {
	const struct policy *policy;
	int64_t now;
	uint8_t *known; /* of each pair of orders: what was found out */
};

/* @now in seconds since 1970: what is over by then does not count. Returns 0 or -ENOMEM. */
int lint_cover_init(struct lint_cover *cover, const struct policy *policy, int64_t now);
void lint_cover_free(struct lint_cover *cover);

/* Whether order @a of the policy (an index) covers @b. Nothing covers what is off or has ended:
 * that does nothing on purpose. */
bool lint_covers(struct lint_cover *cover, size_t a, size_t b);

#endif
