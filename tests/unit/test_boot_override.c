// SPDX-License-Identifier: GPL-2.0-or-later
/* interdict= on the kernel command line: who is obeyed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "policy/policy.h"
#include "policy/policy_boot.h"

#define YES "boot-override: yes\n"
#define NO  "boot-override: no\n"

static const struct {
	const char *cmdline;
	const char *mode;
	const char *header;
	enum policy_mode then;
	const char *said; /* a part of it; NULL: nothing */
} cases[] = {
	/* nothing is asked */
	{ "", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "BOOT_IMAGE=/vmlinuz root=/dev/vda ro quiet\n", "enforce", YES, POLICY_MODE_ENFORCE,
	  NULL },
	{ "xinterdict=off", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "interdict.interdict=off", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "interdict", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "quiet -- interdict=off", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "a=\"b interdict=off\"", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	{ "a=\"b interdict=off", "enforce", YES, POLICY_MODE_ENFORCE, NULL },
	/* refused */
	{ "interdict=off", "enforce", "", POLICY_MODE_ENFORCE, "is not obeyed" },
	{ "interdict=off", "enforce", NO, POLICY_MODE_ENFORCE, "is not obeyed" },
	{ "interdict=audit", "enforce", NO, POLICY_MODE_ENFORCE, "is not obeyed" },
	{ "interdict=off", "audit", NO, POLICY_MODE_AUDIT, "is not obeyed" },
	/* not understood */
	{ "interdict=", "enforce", YES, POLICY_MODE_ENFORCE, "interdict= on" },
	{ "interdict=OFF", "enforce", YES, POLICY_MODE_ENFORCE, "is none of" },
	{ "interdict=0", "enforce", YES, POLICY_MODE_ENFORCE, "is none of" },
	{ "interdict=off,audit", "enforce", YES, POLICY_MODE_ENFORCE, "interdict=off?audit on" },
	{ "interdict=\033[31m\377", "enforce", YES, POLICY_MODE_ENFORCE, "interdict=??31m? on" },
	{ "interdict=offffffffffffffffffffffffffff", "enforce", YES, POLICY_MODE_ENFORCE,
	  "is none of" },
	/* it never raises */
	{ "interdict=enforce", "audit", YES, POLICY_MODE_AUDIT, "changes nothing" },
	{ "interdict=enforce", "off", YES, POLICY_MODE_OFF, "changes nothing" },
	{ "interdict=enforce", "enforce", NO, POLICY_MODE_ENFORCE, "changes nothing" },
	{ "interdict=audit", "audit", NO, POLICY_MODE_AUDIT, "changes nothing" },
	/* obeyed */
	{ "interdict=off", "enforce", YES, POLICY_MODE_OFF, "lowers the policy's mode, enforce" },
	{ "ro interdict=audit quiet\n", "enforce", YES, POLICY_MODE_AUDIT, "lowers" },
	{ "interdict=off", "audit", YES, POLICY_MODE_OFF, "lowers the policy's mode, audit" },
	{ "interdict=\"audit\"", "enforce", YES, POLICY_MODE_AUDIT, "lowers" },
	{ "\tinterdict=audit\n", "enforce", YES, POLICY_MODE_AUDIT, "lowers" },
	{ "interdict=off interdict=audit", "enforce", YES, POLICY_MODE_AUDIT, "lowers" },
	{ "interdict=off interdict=enforce", "enforce", YES, POLICY_MODE_ENFORCE,
	  "changes nothing" },
};

static struct policy *header(const char *mode, const char *more)
{
	struct policy_errors errs = { 0 };
	struct policy *policy;
	char text[256];
	int len = snprintf(text, sizeof(text), "interdict: 1\npolicy: p\nserial: 1\nmode: %s\n%s",
			   mode, more);

	assert_int_equal(policy_parse_header(text, (size_t)len, "p", &policy, &errs), 0);
	policy_errors_free(&errs);
	return policy;
}

static void test_boot_override(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct policy *policy = header(cases[i].mode, cases[i].header);
		enum policy_mode own = policy->mode;

		assert_int_equal(policy_boot_override(policy, cases[i].cmdline), 0);
		if (policy->mode != cases[i].then)
			fail_msg("case %zu: mode %d", i, policy->mode);
		if (policy->boot_lowered != (policy->mode != own))
			fail_msg("case %zu: lowered %d", i, policy->boot_lowered);
		if (!cases[i].said != !policy->boot_asked ||
		    (cases[i].said && !strstr(policy->boot_asked, cases[i].said)))
			fail_msg("case %zu: \"%s\"", i, policy->boot_asked);
		policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_boot_override) };

	return cmocka_run_group_tests_name("boot_override", tests, NULL, NULL);
}
