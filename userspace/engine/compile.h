/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From struct policy to the tables of bpf/tables.h, in two steps, so that the big tables are built
 * where they will be read: compile_begin() counts, the caller makes room (BPF maps mapped into
 * memory, or the heap), compile_fill() fills. struct compile_image does both on the heap, for
 * explain, replay and the tests: the evaluation (bpf/evaluate.h) runs on it as it does in the
 * kernel.
 */
#ifndef INTERDICT_COMPILE_H
#define INTERDICT_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/evaluate.h"
#include "policy/policy.h"

/* Entries of all orders together: what a bucket of sizes can count, and 1 GiB of tables hold. */
#define COMPILE_ENTRIES_MAX INTERDICT_SIZES_COUNT_MAX

/* What a compilation needs room for; each at least 1, buckets a power of two of at least 2. */
struct compile_plan {
	struct interdict_head head; /* generation is 0: the caller sets it */
	uint32_t entries, buckets;
	uint32_t sizes, size_buckets;
	uint32_t matches, orders; /* of match and order; valid after compile_fill() */
	int64_t next; /* in how many seconds another one would differ; POLICY_TIME_MAX: never */
	struct interdict_match *match;
	struct interdict_order *order;
	/* private */
	const struct policy *policy;
	const struct policy_order *canary;
	/* Of each row of the table orders: its index in policy->orders. Those of orders in force,
	 * and behind them a second one of each that packages make rules for. The canary's has none.
	 */
	uint32_t *force;
};

/*
 * Filter the orders of @policy and count. @canary: canary_order, or NULL; where the policy's mode
 * is not off it is in force in that mode, on every device and at any time, and none of head.orders.
 * Both must live as long as the plan. Returns 0; -E2BIG: more than COMPILE_ENTRIES_MAX identifiers;
 * -ENOMEM. Free with compile_end(), on success only.
 */
int compile_begin(const struct policy *policy, const struct policy_device *device,
		  const struct policy_order *canary, struct compile_plan *plan);
/* The order of the policy, or the canary's, whose rules lead to row @i of the table orders. */
const struct policy_order *compile_order(const struct compile_plan *plan, uint32_t i);
/*
 * Fill the arrays, which have the plan's numbers of elements and are zero. Afterwards
 * plan->match and plan->order are arrays of plan->matches and plan->orders elements, to be copied,
 * and plan->head is whole. Returns 0 or -ENOMEM.
 */
int compile_fill(struct compile_plan *plan, struct interdict_entry *entries, uint64_t *buckets,
		 uint64_t *sizes, uint64_t *size_buckets);
void compile_end(struct compile_plan *plan);
/* Whether @rule itself has an entry in the tables: a kind that the programs look up. What a package
 * rule stands for has, in policy->resolution. */
bool compile_takes(const struct policy_rule *rule);

/* A compiled policy on the heap, for interdict_evaluate() and interdict_wanted(). */
struct compile_image {
	struct interdict_tables tables; /* everything that it points to is owned */
	struct interdict_head *head;	/* tables.head */
	int64_t next;			/* of the plan */
};

/* Returns 0 and fills *@image (compile_image_free()); errors as compile_begin(). */
int compile_image(const struct policy *policy, const struct policy_device *device,
		  struct compile_image *image);
void compile_image_free(struct compile_image *image);

#endif
