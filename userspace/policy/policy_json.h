/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy and its problems in JSON, as verbs with --json print them. */
#ifndef INTERDICT_POLICY_JSON_H
#define INTERDICT_POLICY_JSON_H

#include <jansson.h>

#include "policy.h"

/* Name, serial, mode, numbers, digest and signer; null where @policy is NULL. The caller's. */
json_t *policy_json(const struct policy *policy);

/* An array of problems. The caller's. */
json_t *policy_errors_json(const struct policy_errors *errs);

/* Of errors that are counted, those of the text and refusals. */
size_t policy_errors_count(const struct policy_errors *errs);

#endif
