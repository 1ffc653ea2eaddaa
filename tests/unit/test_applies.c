// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether an order is in force on a device, by clocks that agree and by clocks that do not. */
#include <errno.h>

#include "orders.h"

#define EFFECTIVE INT64_C(1698624000)
#define UNTIL	  INT64_C(1798675200)
#define EXPIRES	  INT64_C(1893456000)

static const char text[] = ORDER_HEAD
	"effective: 2023-10-30T00:00:00Z\nexpires: 2030-01-01T00:00:00Z\ndevices: [gov, lab-2]\n"
	"exempt:\n  - devices: [press]\n    until: 2026-12-31T00:00:00Z\n"
	"    reason: ticket 4711\nmatch:\n  - build-id: 0123456789\n";

static const char *const gov[] = { "x", "gov" };
static const char *const press[] = { "gov", "press" };
static const char *const other[] = { "other" };

static const char ended[] = "it ended at 2030-01-01T00:00:00Z";
static const char begins[] = "it begins at 2023-10-30T00:00:00Z";
static const char exempt[] = "this device is exempt until 2026-12-31T00:00:00Z: ticket 4711";
static const char no_label[] = "this device has none of the labels in its devices";

static const struct {
	const char *const *labels;
	size_t n_labels;
	int64_t early, late;
	const char *why; /* "": in force */
	int64_t changes_in;
} cases[] = {
	/* clocks that agree */
	{ gov, 2, EFFECTIVE, EFFECTIVE, "", EXPIRES - EFFECTIVE },
	{ gov, 2, EFFECTIVE - 1, EFFECTIVE - 1, begins, 1 },
	{ gov, 2, EXPIRES - 1, EXPIRES - 1, "", 1 },
	{ gov, 2, EXPIRES, EXPIRES, ended, POLICY_TIME_MAX },
	{ other, 1, EFFECTIVE, EFFECTIVE, no_label, POLICY_TIME_MAX },
	{ NULL, 0, EFFECTIVE, EFFECTIVE, no_label, POLICY_TIME_MAX },
	{ press, 2, UNTIL - 1, UNTIL - 1, exempt, 1 },
	{ press, 2, UNTIL, UNTIL, "", EXPIRES - UNTIL },
	/* the clock was set ahead: it begins, it does not end, and the exemption does */
	{ gov, 2, EFFECTIVE - 500, EFFECTIVE, "", EXPIRES - EFFECTIVE + 500 },
	{ gov, 2, EXPIRES - 1, EXPIRES + 500, "", 1 },
	{ press, 2, UNTIL - 500, UNTIL, "", EXPIRES - UNTIL + 500 },
	{ press, 2, UNTIL - 500, UNTIL - 100, exempt, 100 },
};

static void test_applies(void **state)
{
	struct policy *p = order_parsed(text);

	(void)state;
	p->mode = POLICY_MODE_ENFORCE;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct policy_device device = { .labels = cases[i].labels,
						      .n_labels = cases[i].n_labels,
						      .early = cases[i].early,
						      .late = cases[i].late };
		char why[POLICY_WHY_MAX];

		assert_int_equal(policy_order_applies(&p->orders[0], &device), !*cases[i].why);
		assert_int_equal(policy_order_in_force(p, &p->orders[0], &device, why),
				 !*cases[i].why);
		assert_string_equal(why, cases[i].why);
		assert_int_equal(policy_changes_in(p, &device), cases[i].changes_in);
	}
	policy_free(p);
}

static void test_mode(void **state)
{
	const struct policy_device device = { gov, 2, EFFECTIVE, EFFECTIVE, false };
	struct policy *p = order_parsed(text);
	char why[POLICY_WHY_MAX];

	(void)state;
	p->mode = POLICY_MODE_OFF;
	assert_false(policy_order_in_force(p, &p->orders[0], &device, why));
	assert_string_equal(why, "the policy's mode is off");
	assert_int_equal(policy_changes_in(p, &device), POLICY_TIME_MAX);
	p->mode = POLICY_MODE_AUDIT;
	p->orders[0].mode = POLICY_MODE_OFF;
	assert_false(policy_order_in_force(p, &p->orders[0], &device, why));
	assert_string_equal(why, "the order's mode is off");
	p->orders[0].mode = POLICY_MODE_ENFORCE;
	assert_true(policy_order_in_force(p, &p->orders[0], &device, why));
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_applies),
		cmocka_unit_test(test_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
