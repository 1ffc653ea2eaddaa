// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint of rules that add nothing, because another order has them for at least the same. */
#include <errno.h>

#include "orders.h"
#include "tempdir.h"
#include "userspace/lint/lint.h"

#define NOW  1700000000 /* 2023-11-14T22:13:20Z */
#define HASH "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define HEAD(id) \
	"interdict: 1\norder: " id "\ntitle: t\nauthority: a\nreference: r\nreason: w\nmatch:\n"
#define RULE "  - build-id: aabbccdd\n"

enum said { NOBODY, A, B }; /* whose rule adds nothing */

struct row {
	const char *a, *b; /* match and what follows it */
	enum said said;
};

#define ROW(a, b, said)    \
	{                  \
		a, b, said \
	}
#define EXEMPT(label, until) \
	"exempt:\n  - {devices: [" label "], until: " until "T00:00:00Z, reason: r}\n"

static const struct row rows[] = {
	ROW(RULE, RULE, B),
	ROW(RULE, "  - build-id: aabbccde\n", NOBODY),
	/* devices */
	ROW(RULE "devices: [x]\n", RULE, A),
	ROW(RULE, RULE "devices: [x]\n", B),
	ROW(RULE "devices: [x]\n", RULE "devices: [y]\n", NOBODY),
	ROW(RULE "devices: [x, y]\n", RULE "devices: [y, z]\n", NOBODY),
	ROW(RULE "devices: [x, y]\n", RULE "devices: [y]\n", B),
	ROW(RULE "devices: [y]\n", RULE "devices: [x, y]\n", A),
	/* times; what was before now does not count */
	ROW(RULE "expires: 2030-01-01T00:00:00Z\n", RULE, A),
	ROW(RULE "expires: 2030-01-01T00:00:00Z\n", RULE "expires: 2029-01-01T00:00:00Z\n", B),
	ROW(RULE "expires: 2030-01-01T00:00:00Z\n", RULE "effective: 2030-01-01T00:00:00Z\n",
	    NOBODY),
	ROW(RULE "effective: 2024-01-01T00:00:00Z\n", RULE "effective: 2025-01-01T00:00:00Z\n", B),
	ROW(RULE "effective: 2024-01-01T00:00:00Z\n", RULE, A),
	ROW(RULE "effective: 2020-01-01T00:00:00Z\n", RULE "effective: 2010-01-01T00:00:00Z\n", B),
	ROW(RULE "expires: 2023-01-01T00:00:00Z\n", RULE, NOBODY),
	/* mode, operations */
	ROW(RULE "mode: audit\n", RULE, A),
	ROW(RULE "mode: audit\n", RULE "mode: audit\n", B),
	ROW(RULE "mode: off\n", RULE, NOBODY),
	ROW(RULE, RULE "mode: off\n", NOBODY),
	ROW(RULE "operations: [exec]\n", RULE "operations: [open]\n", NOBODY),
	ROW(RULE "operations: [exec, map]\n", RULE "operations: [map]\n", B),
	ROW(RULE "operations: [exec, map]\n", RULE, A),
	/* what is done besides */
	ROW(RULE "running: kill\n", RULE, B),
	ROW(RULE, RULE "running: kill\n", A),
	ROW(RULE "running: kill\n", RULE "installed: remove\n", NOBODY),
	ROW(RULE "running: kill\ngrace: 1m\n", RULE "running: kill\n", A),
	ROW(RULE "running: kill\ngrace: 1m\n", RULE, B),
	/* exemptions */
	ROW(RULE EXEMPT("x", "2030-01-01"), RULE, A),
	ROW(RULE EXEMPT("x", "2030-01-01"), RULE EXEMPT("x", "2029-01-01"), A),
	ROW(RULE EXEMPT("x", "2030-01-01"), RULE EXEMPT("x", "2031-01-01"), B),
	ROW(RULE EXEMPT("x", "2030-01-01"), RULE EXEMPT("y", "2030-01-01"), NOBODY),
	ROW(RULE EXEMPT("x", "2030-01-01"),
	    RULE "expires: 2029-01-01T00:00:00Z\n" EXEMPT("x", "2029-06-01"), B),
	ROW(RULE EXEMPT("x", "2020-01-01"), RULE "devices: [y]\n", B),
	/* kinds, and sizes: with one, what is no software is hashed too */
	ROW("  - publisher: Vendor A\n", "  - publisher: VENDOR  a\n", B),
	ROW("  - key: skid:aabbccdd\n", "  - key: ima:aabbccdd\n", NOBODY),
	ROW("  - package: {type: deb, name: x}\n", "  - package: {type: deb, name: x}\n", B),
	ROW("  - package: {type: deb, name: x}\n", "  - package: {type: rpm, name: x}\n", NOBODY),
	ROW("  - {sha256: " HASH ", size: 4}\n", "  - {sha256: " HASH ", size: 4}\n", B),
	ROW("  - {sha256: " HASH ", size: 4}\n", "  - sha256: " HASH "\n", B),
	ROW("  - sha256: " HASH "\n", "  - {sha256: " HASH ", size: 4}\n", A),
};

static void lint(struct policy_errors *errs)
{
	struct policy *p = NULL;

	*errs = (struct policy_errors){ 0 };
	assert_int_equal(policy_load_dir(tempdir, POLICY_UNENFORCED_KEEP, &p, errs), 0);
	assert_int_equal(lint_policy(p, 0, NOW, errs), 0);
	policy_free(p);
}

static const struct policy_error *find(const struct policy_errors *errs,
				       enum policy_problem problem)
{
	size_t i;

	for (i = 0; i < errs->n; i++)
		if (errs->v[i].problem == problem)
			return &errs->v[i];
	return NULL;
}

static void test_orders(void **state)
{
	char expected[512];
	char text[1024];
	size_t i;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *by = rows[i].said == B ? "a" : "b";
		const struct policy_error *e;
		struct policy_errors errs;

		print_message("row %zu\n%s--\n%s", i, rows[i].a, rows[i].b);
		snprintf(text, sizeof(text), HEAD("a") "%s", rows[i].a);
		tempdir_write("orders/a.yaml", text);
		snprintf(text, sizeof(text), HEAD("b") "%s", rows[i].b);
		tempdir_write("orders/b.yaml", text);
		lint(&errs);
		e = find(&errs, POLICY_PROBLEM_SHADOWED);
		assert_int_equal(e != NULL, rows[i].said != NOBODY);
		assert_null(find(&errs, POLICY_PROBLEM_DUPLICATE));
		if (e) {
			snprintf(expected, sizeof(expected),
				 ": adds nothing: order %s names it, at %s/orders/%s.yaml:8:", by,
				 tempdir, by);
			assert_int_equal(e->severity, POLICY_WARNING);
			assert_int_equal(e->line, 8);
			assert_non_null(strstr(e->file, *by == 'a' ? "/b.yaml" : "/a.yaml"));
			assert_non_null(strstr(e->text, expected));
		}
		policy_errors_free(&errs);
	}
}

/* One of three that says it for all: both others add nothing, because of it. */
static void test_three(void **state)
{
	struct policy_errors errs;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml", HEAD("a") RULE "devices: [x]\n");
	tempdir_write("orders/b.yaml", HEAD("b") RULE "devices: [y]\n");
	tempdir_write("orders/c.yaml", HEAD("c") RULE);
	lint(&errs);
	assert_int_equal(errs.n, 2);
	assert_non_null(strstr(errs.v[0].file, "/a.yaml"));
	assert_non_null(strstr(errs.v[0].text, "order c names it"));
	assert_non_null(strstr(errs.v[1].file, "/b.yaml"));
	policy_errors_free(&errs);
}

static void test_sizes(void **state)
{
	const struct policy_error *e;
	struct policy_errors errs;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml", HEAD("a") "  - {sha256: " HASH ", size: 4}\ndevices: [x]\n");
	tempdir_write("orders/b.yaml", HEAD("b") "  - {sha256: " HASH ", size: 5}\ndevices: [y]\n");
	lint(&errs);
	e = find(&errs, POLICY_PROBLEM_SIZE);
	assert_int_equal(errs.n, 1);
	assert_non_null(e);
	assert_non_null(strstr(e->text, "sha256: has another size than at "));
	policy_errors_free(&errs);
}

/* Lists: two orders name one; a row that another list or order has; no flood. */
static void test_lists(void **state)
{
	struct policy_errors errs;
	char list[4096] = "";
	size_t used = 0;
	int i;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml", HEAD("a") "  - list: lists/x\n");
	tempdir_write("orders/b.yaml", HEAD("b") "  - build-id: aabbccdd\n  - list: lists/x\n");
	tempdir_write("lists/x", HASH " 4\n");
	lint(&errs);
	assert_int_equal(errs.n, 1);
	assert_int_equal(errs.v[0].problem, POLICY_PROBLEM_SHADOWED);
	assert_non_null(strstr(errs.v[0].file, "/b.yaml"));
	assert_int_equal(errs.v[0].line, 9);
	assert_non_null(strstr(errs.v[0].text, "list: adds nothing: order a names it, at "));
	policy_errors_free(&errs);

	/* For other devices it does add something. */
	tempdir_write("orders/a.yaml", HEAD("a") "  - list: lists/x\ndevices: [x]\n");
	tempdir_write("orders/b.yaml", HEAD("b") "  - list: lists/x\ndevices: [y]\n");
	lint(&errs);
	assert_int_equal(errs.n, 0);

	/* A row of a list is a rule of the orders that name it. */
	tempdir_write("orders/b.yaml", HEAD("b") "  - {sha256: " HASH ", size: 4}\ndevices: [y]\n");
	tempdir_write("orders/c.yaml", HEAD("c") "  - {sha256: " HASH ", size: 4}\n");
	lint(&errs);
	assert_int_equal(errs.n, 2);
	assert_non_null(strstr(errs.v[0].file, "/b.yaml"));
	assert_non_null(strstr(errs.v[0].text, "order c names it"));
	assert_non_null(strstr(errs.v[1].file, "/lists/x"));
	assert_non_null(strstr(errs.v[1].text, "order c names it"));
	policy_errors_free(&errs);

	for (i = 0; i < 30; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%02x%s 7\n", i,
					 &HASH[2]);
	tempdir_write("orders/b.yaml", HEAD("b") "  - list: lists/y\ndevices: [x]\n");
	tempdir_write("orders/c.yaml", HEAD("c") "  - build-id: aabbccdd\n");
	tempdir_write("lists/x", list);
	tempdir_write("lists/y", list);
	lint(&errs);
	assert_int_equal(errs.n, 21);
	assert_string_equal(errs.v[20].text, "10 more identifiers add nothing");
	assert_non_null(strstr(errs.v[20].file, "/policy.yaml"));
	policy_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_orders, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_three, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_sizes, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_lists, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
