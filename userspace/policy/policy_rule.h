/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules compared with each other, and as people read them. */
#ifndef INTERDICT_POLICY_RULE_H
#define INTERDICT_POLICY_RULE_H

#include "policy.h"

/*
 * What is equal in two rules that match the same: @rule->id; of a package, which has no bytes, the
 * SHA-256 of its patterns. Returns 0 and fills *@key (len 0: the rule's value was wrong); -ENOMEM.
 */
int policy_rule_key(const struct policy_rule *rule, struct policy_identifier *key);

/* Negative, 0 or positive: by kind, form, length, value. */
int policy_identifier_compare(const struct policy_identifier *a, const struct policy_identifier *b);

/* By their patterns. */
int policy_package_compare(const struct policy_package *a, const struct policy_package *b);

/* Whether what is known of a file has that identifier. A hash's size is not looked at. */
bool policy_identifier_matches(const struct policy_identifier *id,
			       const struct interdict_identity *identity);

/*
 * The rule on one line as an order has it: "sha256: HEX, size: 4", "publisher: NAME",
 * "package: {type: deb, name: x}". The caller frees it. NULL: no memory.
 */
char *policy_rule_text(const struct policy_rule *rule);

#endif
