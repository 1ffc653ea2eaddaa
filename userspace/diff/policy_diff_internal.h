/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of a comparison of policies share. Private to policy_diff*.c. */
#ifndef INTERDICT_POLICY_DIFF_INTERNAL_H
#define INTERDICT_POLICY_DIFF_INTERNAL_H

#include "policy_diff.h"

/* Rules and rows of one kind of identifier, counted. */
struct diff_counts {
	size_t total;
	size_t kind[POLICY_KIND_COUNT];
};

json_t *diff_counts_json(const struct diff_counts *counts);

/* Append {"field","old","new"} to @fields; steals the values. Returns 0 or -ENOMEM. */
int diff_field(json_t *fields, const char *name, json_t *old, json_t *new);
/* The same for a text that may be NULL, if it differs. */
int diff_text(json_t *fields, const char *name, const char *old, const char *new);
/* `note`, `source`, `status`, where they differ. */
int diff_remark(json_t *fields, const struct policy_remark *old, const struct policy_remark *new);

/* What an order says besides its rules: "fields" of a CHANGE, and its exemptions, as sets. Return 0
 * or -ENOMEM. */
int diff_fields(json_t *fields, const struct policy_order *old, const struct policy_order *new);
int diff_exemptions(const struct policy_order *old, const struct policy_order *new, json_t *added,
		    json_t *removed);

/*
 * The rules of two orders, and the lists that they name: "rules" and "lists" of a CHANGE. Sets
 * *@rules to NULL where they are the same, *@lists to an array that may be empty. Returns 0 or
 * -ENOMEM.
 */
int diff_rules(const struct policy_order *old, const struct policy_order *new, size_t examples,
	       json_t **rules);
int diff_lists(const struct policy_order *old, const struct policy_order *new, size_t examples,
	       json_t **lists);

/* "identifiers" of two policies. */
int diff_identifiers(const struct policy *old, const struct policy *new, json_t **ret);

#endif
