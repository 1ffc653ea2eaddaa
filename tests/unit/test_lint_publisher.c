// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint of publishers that are no single vendor's name, or the maker of this device's system. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tempdir.h"
#include "userspace/lint/lint_internal.h"

struct name {
	const char *name;
	const char *why; /* a part of it, or NULL: nothing is said */
};

static const struct name names[] = {
	/* few letters */
	{ "X", "a name of so few letters" },
	{ " QQ ", "a name of so few letters" },
	{ "\xc3\x84\xc3\x96", "a name of so few letters" },
	{ "IBM", NULL },
	{ "\xc3\x84\xc3\x96\xc3\x9c", NULL },
	/* common words */
	{ "Inc", "this names nobody" },
	{ "INC.", "this names nobody" },
	{ "Software", "this names nobody" },
	{ "The Company, Inc.", "this names nobody" },
	{ "Software  Technologies Co., Ltd.", "this names nobody" },
	{ "S.A.", "this names nobody" },
	{ "Not Available", "this names nobody" },
	{ "Incident Software Ltd.", NULL },
	{ "Software Vendor Ltd.", NULL },
	{ "The Example Company", NULL },
	/* shared */
	{ "Android", "development keys of Android have it" },
	{ "GOOGLE INC.", "Google Play signs" },
	{ "Google LLC", NULL },
	{ "Unknown", "keytool puts it" },
	{ "Internet Widgits Pty Ltd", "OpenSSL puts it" },
	{ "Open Source Developer", "a certificate authority gives it" },
	{ "SignPath Foundation", "signs open source of others" },
	{ "Microsoft Corporation", "boot loaders and drivers" },
	{ "Unknown Worlds Entertainment", NULL },
	/* the system: ID=ubuntu, ID_LIKE="debian other" */
	{ "Canonical Ltd.", "by \"canonical\" this names who makes this device's system" },
	{ "Debian Secure Boot", "by \"debian\" this names" },
	{ "Ubuntu Kernel Team", "by \"ubuntu\" this names" },
	{ "Canonicalize GmbH", NULL },
	{ "Red Hat, Inc.", NULL },
	/* vendors */
	{ "Tencent Technology (Shenzhen) Company Limited", NULL },
	{ "Kaspersky Lab JSC", NULL },
	{ "Bytedance Pte. Ltd.", NULL },
	{ "", NULL },
};

static void test_names(void **state)
{
	struct lint_system system;
	size_t i;

	(void)state;
	tempdir_write("etc/os-release",
		      "NAME=\"Red Hat\"\nID=ubuntu\nID_LIKE=\"debian other\"\nVERSION_ID=1\n");
	lint_system_read(tempdir, &system);
	assert_int_equal(system.n, 3);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char why[LINT_WHY_MAX] = "";
		bool broad = lint_publisher_is_broad(names[i].name, &system, why);

		print_message("%s: %s\n", names[i].name, why);
		assert_int_equal(broad, names[i].why != NULL);
		if (broad)
			assert_non_null(strstr(why, names[i].why));
	}
}

static void test_system(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *first;
	} cases[] = {
		{ "ID=debian\n", 1, "debian" },
		{ "ID='fedora'", 1, "fedora" },
		{ "ID=linux\n", 0, NULL },
		{ "VERSION_ID=x\n#ID=y\n", 0, NULL },
		{ "ID=a-name-that-is-longer-than-any-distribution-has\n", 0, NULL },
		{ "ID_LIKE=\"a b c d e f g h i j\"\n", 8, "a" },
		{ "", 0, NULL },
	};
	struct lint_system system;
	size_t i;

	(void)state;
	lint_system_read(tempdir, &system);
	assert_int_equal(system.n, 0);
	tempdir_write("usr/lib/os-release", "ID=vendor\n");
	lint_system_read(tempdir, &system);
	assert_int_equal(system.n, 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tempdir_write("etc/os-release", cases[i].text);
		lint_system_read(tempdir, &system);
		assert_int_equal(system.n, cases[i].n);
		if (cases[i].first)
			assert_string_equal(system.ids[0], cases[i].first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_system, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
