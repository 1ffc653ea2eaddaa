/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The labels that a fleet's devices have, to find those in orders that no device has. */
#ifndef INTERDICT_LINT_LABELS_H
#define INTERDICT_LINT_LABELS_H

#include "policy/policy.h"

/* A list of labels: a hundred thousand of them, more than a policy can name. */
#define LINT_LABELS_BYTES_MAX (4U << 20)

struct lint_labels {
	const char *file; /* its path, as given; borrowed */
	const char **v;	  /* sorted */
	size_t n;
	struct policy_arena *arena;
};

/*
 * Read @path: a label (an ID, see interdict-policy(5)) on each line; blank lines, and from # on,
 * are comments. White space around a label does not count. Returns 0 and fills *@labels
 * (lint_labels_free()); -EBADMSG: a line is wrong, @errs says which; -ENOMEM; another -errno: it
 * cannot be read, and @errs says why.
 */
int lint_labels_load(const char *path, struct lint_labels *labels, struct policy_errors *errs);
void lint_labels_free(struct lint_labels *labels);

/* Warn of labels of orders and exemptions that are not among @labels, at their places. */
void lint_labels_check(const struct policy *policy, const struct lint_labels *labels,
		       struct policy_errors *errs);

#endif
