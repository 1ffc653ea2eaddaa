/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy to scan by: its tables, as the kernel has them, and of each order what is said to
 * people. The text, with the lines of its hash lists, is not needed any more.
 */
#ifndef INTERDICT_SCAN_POLICY_H
#define INTERDICT_SCAN_POLICY_H

#include <jansson.h>

#include "decide/decision.h"
#include "engine/compile.h"

struct scan_order {
	char *id, *title, *authority;
	char *message, *contact; /* or NULL */
};

/* A package rule of an order in force. */
struct scan_package_rule {
	struct policy_package package; /* owned */
	const struct scan_order *order;
	bool audit; /* it is only to be recorded */
};

struct scan_policy {
	struct compile_image image;
	char name[POLICY_ID_MAX + 1];
	uint64_t serial;
	uint8_t digest[32];
	enum policy_mode mode;
	struct scan_order *orders;
	size_t n_orders;
	struct scan_package_rule *packages;
	size_t n_packages;
	unsigned int package_types; /* PACKAGE_TYPE_BIT()s that these are of */
};

/* Compile @policy for @device. Returns 0 and fills *@ret (scan_policy_free()); errors of
 * compile_image(). @policy may go then. */
int scan_policy_init(const struct policy *policy, const struct policy_device *device,
		     struct scan_policy *ret);
void scan_policy_free(struct scan_policy *policy);

/* The order with that ID, or NULL. */
const struct scan_order *scan_policy_order(const struct scan_policy *policy, const char *id);

/* What comes of a file of which something is known. */
struct scan_verdict {
	uint32_t deny, audit;	  /* 1 << enum interdict_op: where the kernel would */
	enum interdict_op op;	  /* the first of these, a refused one before */
	struct decision decision; /* about that */
	uint32_t kind;		  /* enum interdict_kind that decided; NONE: the header */
};

/*
 * Judge a file of which @identity is known; @missing: not all that was wanted is
 * (interdict_answered()). Returns whether an order names it, or the header refuses it as
 * unidentified, and then fills *@ret. What the header says of whole file systems (untrusted-fs) is
 * about no file, and not looked at.
 */
bool scan_judge(const struct scan_policy *policy, const struct interdict_identity *identity,
		bool missing, struct scan_verdict *ret);

/*
 * The rule by which @package is banned, the first order's that denies, or else the first's that
 * records; NULL: none describes it. The IDs of other orders that do are added to the array @also.
 */
struct package;
const struct scan_package_rule *scan_judge_package(const struct scan_policy *policy,
						   const struct package *package, json_t *also);

/*
 * {"verdict":"deny"|"audit","order","rule",["via"],"also":[],"operations":[],"claimed","title",
 * "authority","message","contact"}. Operations are those of the verdict. NULL: no memory.
 */
json_t *scan_verdict_json(const struct scan_policy *policy, const struct scan_verdict *verdict);

/* What is said of an order to people, the last four of these. NULL: no memory. */
json_t *scan_order_json(const struct scan_policy *policy, const char *id);

/* {"name","serial","digest","mode"}. NULL: no memory. */
json_t *scan_policy_json(const struct scan_policy *policy);

#endif
