/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a plan share. Private to remove_plan*.c. */
#ifndef INTERDICT_REMOVE_PLAN_INTERNAL_H
#define INTERDICT_REMOVE_PLAN_INTERNAL_H

#include "remove_plan.h"

/* The array; the plan's. */
json_t *remove_plan_steps(const json_t *plan);

/* remove_plan_wants() of an order of @policy. */
bool remove_plan_wants_order(const struct policy *policy, const struct policy_order *order,
			     const struct policy_device *device,
			     const struct remove_plan_options *options);

#endif
