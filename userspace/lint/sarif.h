/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a policy, as code review systems and merge gates read it. */
#ifndef INTERDICT_SARIF_H
#define INTERDICT_SARIF_H

#include <stdbool.h>
#include <jansson.h>

#include "policy/policy.h"

/*
 * SARIF 2.1.0 (OASIS Standard, 27 March 2020), one run: a rule for each enum policy_problem, a
 * result for each of @errs. Files are URI references (RFC 3986): as they are shown, or file: where
 * that is an absolute path. Problems that were not kept are a notification. @status: that the
 * program will exit with. @allow_critical: --allow-critical was given; a property of the run.
 * Returns a new reference, or NULL without memory.
 */
json_t *sarif_json(const struct policy_errors *errs, int status, bool allow_critical);

#endif
