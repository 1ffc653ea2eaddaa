// SPDX-License-Identifier: GPL-2.0-or-later
#include "lint_cover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { UNKNOWN, NO, YES };

int lint_cover_init(struct lint_cover *cover, const struct policy *policy, int64_t now)
{
	/* POLICY_ORDERS_MAX bounds this to 16 MiB, of which only what is asked for is touched. */
	uint8_t *known = calloc(policy->n_orders + 1, policy->n_orders + 1);

	if (!known)
		return -ENOMEM;
	*cover = (struct lint_cover){ .policy = policy, .now = now, .known = known };
	return 0;
}

void lint_cover_free(struct lint_cover *cover)
{
	free(cover->known);
	cover->known = NULL;
}

static bool has_label(const char *const *labels, size_t n, const char *label)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(labels[i], label))
			return true;
	return false;
}

static bool covers_devices(const struct policy_order *a, const struct policy_order *b)
{
	size_t i;

	if (!a->n_devices)
		return true;
	for (i = 0; i < b->n_devices; i++)
		if (!has_label(a->devices, a->n_devices, b->devices[i]))
			return false;
	return b->n_devices > 0;
}

/* Until when devices with @label are exempt from @order. */
static int64_t exempt_until(const struct policy_order *order, const char *label)
{
	int64_t until = POLICY_TIME_MIN;
	size_t i;

	for (i = 0; i < order->n_exemptions; i++) {
		const struct policy_exemption *e = &order->exemptions[i];

		if (e->until > until && has_label(e->devices, e->n_devices, label))
			until = e->until;
	}
	return until;
}

/* Whether whoever is exempt from @a is exempt from @b for as long. */
static bool covers_exempt(const struct policy_order *a, const struct policy_order *b, int64_t now)
{
	size_t i;
	size_t k;

	for (i = 0; i < a->n_exemptions; i++) {
		const struct policy_exemption *e = &a->exemptions[i];
		int64_t until = e->until < b->expires ? e->until : b->expires;

		for (k = 0; until > now && k < e->n_devices; k++)
			if (exempt_until(b, e->devices[k]) < until)
				return false;
	}
	return true;
}

/* What is done about what runs or is installed. */
static bool covers_actions(const struct policy_order *a, const struct policy_order *b)
{
	if ((b->running_kill && !a->running_kill) || (b->installed_remove && !a->installed_remove))
		return false;
	return (!b->running_kill && !b->installed_remove) || a->grace <= b->grace;
}

static bool covers(const struct lint_cover *cover, const struct policy_order *a,
		   const struct policy_order *b)
{
	int64_t begin = b->effective > cover->now ? b->effective : cover->now;
	enum policy_mode mode = policy_order_mode(cover->policy, b);

	return mode != POLICY_MODE_OFF && policy_order_mode(cover->policy, a) >= mode &&
	       b->expires > cover->now && a->effective <= begin && a->expires >= b->expires &&
	       !(b->operations & ~a->operations) && covers_actions(a, b) && covers_devices(a, b) &&
	       covers_exempt(a, b, cover->now);
}

bool lint_covers(struct lint_cover *cover, size_t a, size_t b)
{
	const struct policy *policy = cover->policy;
	uint8_t *known = &cover->known[a * policy->n_orders + b];

	if (*known == UNKNOWN)
		*known = covers(cover, &policy->orders[a], &policy->orders[b]) ? YES : NO;
	return *known == YES;
}
