// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether an order is in force on a device, why not, and when that changes. */
#include <stdio.h>
#include <string.h>

#include "policy.h"

enum policy_mode policy_order_mode(const struct policy *policy, const struct policy_order *order)
{
	return order->mode < policy->mode ? order->mode : policy->mode;
}

static bool on_device(const char *const *devices, size_t n, const struct policy_device *device)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < device->n_labels; j++)
			if (!strcmp(devices[i], device->labels[j]))
				return true;
	return false;
}

static bool covers(const struct policy_order *order, const struct policy_device *device)
{
	return !order->n_devices || on_device(order->devices, order->n_devices, device);
}

/* The exemption that holds on @device now, or NULL. */
static const struct policy_exemption *exempt(const struct policy_order *order,
					     const struct policy_device *device)
{
	for (size_t i = 0; i < order->n_exemptions; i++) {
		const struct policy_exemption *e = &order->exemptions[i];

		if (device->late < e->until && on_device(e->devices, e->n_devices, device))
			return e;
	}
	return NULL;
}

bool policy_order_applies(const struct policy_order *order, const struct policy_device *device)
{
	return device->late >= order->effective && device->early < order->expires &&
	       covers(order, device) && !exempt(order, device);
}

bool policy_order_in_force(const struct policy *policy, const struct policy_order *order,
			   const struct policy_device *device, char why[POLICY_WHY_MAX])
{
	const struct policy_exemption *e;
	char time[21];

	why[0] = '\0';
	if (policy_order_mode(policy, order) == POLICY_MODE_OFF) {
		snprintf(why, POLICY_WHY_MAX, "the %s's mode is off",
			 order->mode == POLICY_MODE_OFF ? "order" : "policy");
	} else if (device->late < order->effective) {
		policy_format_time(order->effective, time);
		snprintf(why, POLICY_WHY_MAX, "it begins at %s", time);
	} else if (device->early >= order->expires) {
		policy_format_time(order->expires, time);
		snprintf(why, POLICY_WHY_MAX, "it ended at %s", time);
	} else if (!covers(order, device)) {
		snprintf(why, POLICY_WHY_MAX, "this device has none of the labels in its devices");
	} else if ((e = exempt(order, device))) {
		policy_format_time(e->until, time);
		snprintf(why, POLICY_WHY_MAX, "this device is exempt until %s: %s", time,
			 e->reason);
	}
	return !why[0];
}

/* @when comes when @clock shows it. */
static void sooner(int64_t *seconds, int64_t when, int64_t clock)
{
	if (when > clock && when != POLICY_TIME_MAX && when - clock < *seconds)
		*seconds = when - clock;
}

/* In how many seconds that of @order may change, by its dates or an exemption's. */
static int64_t changes_in(const struct policy_order *order, const struct policy_device *device)
{
	int64_t seconds = POLICY_TIME_MAX;

	if (!covers(order, device))
		return seconds;
	sooner(&seconds, order->effective, device->late);
	sooner(&seconds, order->expires, device->early);
	for (size_t i = 0; i < order->n_exemptions; i++)
		if (on_device(order->exemptions[i].devices, order->exemptions[i].n_devices, device))
			sooner(&seconds, order->exemptions[i].until, device->late);
	return seconds;
}

int64_t policy_changes_in(const struct policy *policy, const struct policy_device *device)
{
	int64_t soonest = POLICY_TIME_MAX;

	for (size_t i = 0; i < policy->n_orders; i++) {
		const struct policy_order *order = &policy->orders[i];
		int64_t seconds;

		if (policy_order_mode(policy, order) == POLICY_MODE_OFF)
			continue;
		seconds = changes_in(order, device);
		if (seconds < soonest)
			soonest = seconds;
	}
	return soonest;
}
