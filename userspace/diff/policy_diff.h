/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a new policy changes. All that a rule does is compared, not how it is written: the order of
 * entries, letters' case in hex, comments, and an entry that is there twice make no difference.
 *
 *	{"old":{"name","serial","mode","digest","orders","rules"},"new":{...},
 *	 "differ":true,
 *	 "header":[{"field","old","new"[,"remark"]}],
 *	 "orders":{"added":[ORDER],"lifted":[ORDER],"changed":[CHANGE]},
 *	 "identifiers":{"added":COUNTS,"removed":COUNTS}}
 *
 * ORDER:  {"order","title","authority","mode","rules":COUNTS}
 * CHANGE: {"order","title",
 *	    "fields":[{"field","old","new"}],
 *	    "exemptions":{"added":[EXEMPTION],"removed":[EXEMPTION]},
 *	    "rules":{"added":COUNTS,"removed":COUNTS,"changed":COUNTS,
 *		     "examples":[{"change":"added"|"removed"|"changed","rule","fields":[...]}],"more"},
 *	    "lists":[{"list","change":"added"|"removed"|"changed","fields":[...],
 *		      "old","new","rows":{"added","removed","changed"},"examples":[...],"more"}]}
 * EXEMPTION: {"devices":[],"until","reason"}
 * COUNTS: {"total", and each kind that there is: "sha256", ...}; of lists, rows are sha256.
 *
 * Orders are the same order by their ID. "old" and "new" of a field are text, numbers, arrays of
 * text, or null: not given. "remark" says what is wrong with a new serial. A rule that has another
 * size, note, source or status is changed; another identifier is another rule. Examples are the
 * first ones, by kind and value; "more" is how many there are besides. "identifiers" are those of
 * all orders together: what no order names any more is removed, what moved from one to another is
 * not.
 */
#ifndef INTERDICT_POLICY_DIFF_H
#define INTERDICT_POLICY_DIFF_H

#include <stdbool.h>
#include <stdio.h>
#include <jansson.h>

#include "policy/policy.h"

/* Examples without --full: what a person looks through. */
#define POLICY_DIFF_EXAMPLES 10U

/*
 * Compare. @examples: how many of an order's rules and of a list's rows are shown (SIZE_MAX: all).
 * Returns 0 and sets *@ret to a new reference; -ENOMEM.
 */
int policy_diff(const struct policy *old, const struct policy *new, size_t examples, json_t **ret);

/* Whether it found a difference. */
bool policy_diff_differs(const json_t *diff);

/* In words. */
void policy_diff_print(const json_t *diff, FILE *out);

#endif
