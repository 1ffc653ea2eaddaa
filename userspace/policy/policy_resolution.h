/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the package rules of a policy stand for on one device: identifiers of the files of the
 * packages that they match. Made by package_resolve() (packages/package_resolve.h); a policy has
 * at most one, which is compiled with it. The text, and so the digest, know nothing of it.
 */
#ifndef INTERDICT_POLICY_RESOLUTION_H
#define INTERDICT_POLICY_RESOLUTION_H

#include "policy.h"

/* An identifier of a file. */
struct policy_resolved_rule {
	struct policy_identifier id;	/* sha256 or build-id */
	uint64_t size;			/* sha256: bytes, at least 1; else 0 */
	const struct policy_rule *rule; /* of the policy: the package rule that it comes from */
	const char *package;		/* its ID, as its manager names it */
	const char *path;		/* of the file, from the root */
};

/* Of one order. */
struct policy_resolved {
	struct policy_resolved_rule *v;
	size_t n, cap;
};

struct policy_resolution {
	struct policy_resolved *orders; /* as many as the policy has, in its order */
	size_t n_orders;
	size_t n_rules;	    /* of all orders */
	uint8_t digest[32]; /* SHA-256 of all of it: the same where nothing changed */
	struct policy_arena *arena;
};

/* One without rules, for @policy. NULL: no memory. */
struct policy_resolution *policy_resolution_new(const struct policy *policy);
/* @resolution may be NULL. */
void policy_resolution_free(struct policy_resolution *resolution);
/* Add @rule, whose texts are copied, to the order of that number. Returns 0 or -ENOMEM. */
int policy_resolution_add(struct policy_resolution *resolution, size_t order,
			  const struct policy_resolved_rule *rule);
/* All are added: set the digest. Returns 0 or -ENOMEM. */
int policy_resolution_finish(struct policy_resolution *resolution);

/* @policy has @resolution (NULL: none) from now on and frees it; the one before is freed. */
void policy_set_resolution(struct policy *policy, struct policy_resolution *resolution);
/* The resolved rules of @policy's order of that number; *@n of them, 0 without a resolution. */
const struct policy_resolved_rule *policy_resolved_rules(const struct policy *policy, size_t order,
							 size_t *n);
/* Whether there is a package rule. */
bool policy_has_packages(const struct policy *policy);

#endif
