/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a rule that a package makes would match what this device cannot do without. */
#ifndef INTERDICT_LINT_NEEDED_H
#define INTERDICT_LINT_NEEDED_H

#include "lint_files.h"
#include "packages/package_resolve.h"

struct lint_needed {
	struct lint_files files;
	bool found; /* files are */
	int err;    /* of finding them: -ENOMEM */
	char why[512];
};

/*
 * Of @context, a struct lint_needed that was zeroed before its first use: a sentence that says
 * which file @rule would match and what that is needed for, valid until the next call; NULL: none.
 * For package_resolve().
 */
const char *lint_needed_spare(void *context, const struct policy_resolved_rule *rule);
void lint_needed_free(struct lint_needed *needed);

/*
 * package_resolve() for a load, with @options but for spare: @policy has the resolution then. What
 * the device needs is left to the lint, which refuses it, but for what is in a user's home: nobody
 * there can have a load refused. Returns 0 or -ENOMEM.
 */
int lint_needed_resolve(struct policy *policy, const struct package_resolve_options *options,
			struct package_report *report);

#endif
