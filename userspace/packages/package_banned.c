// SPDX-License-Identifier: GPL-2.0-or-later
#include "package.h"

const struct policy_order *package_banned_by(const struct policy *policy,
					     const struct policy_device *device,
					     const struct package *package)
{
	char why[POLICY_WHY_MAX];

	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];

		if (policy_order_mode(policy, order) != POLICY_MODE_ENFORCE ||
		    !policy_order_in_force(policy, order, device, why))
			continue;
		if (package_rule_of(order, package))
			return order;
	}
	return NULL;
}
