// SPDX-License-Identifier: GPL-2.0-or-later
/* Lint: what would stop this system is refused, what deserves a look is a warning. */
#include <errno.h>
#include <stdlib.h>

#include "orders.h"
#include "tempdir.h"
#include "userspace/lint/lint.h"
#include "userspace/lint/lint_files.h"

#define NOW	    1700000000 /* 2023-11-14T22:13:20Z */
#define EMPTY	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HASH	    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define ORDER(rest) ORDER_HEAD rest

/* Lints one order; the problems are sorted. */
static void lint(const char *text, unsigned int flags, struct policy_errors *errs)
{
	struct policy *p = order_parsed(text);

	*errs = (struct policy_errors){ 0 };
	p->name = "p";
	assert_int_equal(lint_policy(p, flags, NOW, errs), 0);
	policy_errors_sort(errs);
	policy_free(p);
}

static void hex(const uint8_t *bytes, size_t len, char *text)
{
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* What must be among the needed files of any system that this test runs on. */
static const char *const needed[] = { "/proc/self/exe", "/bin/sh", "/bin/ls" };

static const struct lint_file *find(const struct lint_files *files, const char *path)
{
	struct stat st;
	size_t i;

	assert_int_equal(stat(path, &st), 0);
	for (i = 0; i < files->n; i++)
		if (files->v[i].dev == st.st_dev && files->v[i].ino == st.st_ino)
			return &files->v[i];
	return NULL;
}

static size_t count_named(const struct lint_files *files, const char *part)
{
	size_t n = 0;
	size_t i;

	for (i = 0; i < files->n; i++)
		n += strstr(files->v[i].path, part) != NULL;
	return n;
}

static void test_files(void **state)
{
	struct lint_files files = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(lint_files_find(&files), 0);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_non_null(find(&files, needed[i]));
	assert_true(count_named(&files, "/libc.so") || count_named(&files, "/libc-"));
	assert_true(count_named(&files, "/ld-linux") || count_named(&files, "/ld-"));
	/* A library of a program that is not running: ls names it, nobody has it mapped. */
	assert_true(count_named(&files, "/libpcre2") || count_named(&files, "/libselinux"));
	lint_files_free(&files);
}

/* Each needed file, by hash with and without size and by build-id. */
static void test_critical(void **state)
{
	struct lint_files files = { 0 };
	struct policy_errors errs;
	char expected[1024];
	char text[1024];
	char id[129];
	size_t i;

	(void)state;
	assert_int_equal(lint_files_find(&files), 0);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct lint_file f = *find(&files, needed[i]);

		assert_int_equal(lint_file_hash(&f), 0);
		hex(f.sha256, 32, id);
		snprintf(text, sizeof(text), ORDER("match:\n  - sha256: %s\n    size: %llu\n"), id,
			 (unsigned long long)f.size);
		snprintf(expected, sizeof(expected),
			 "sha256: this is %s, needed: %s (--allow-critical loads it anyway)",
			 f.path, f.why);
		lint(text, 0, &errs);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_REFUSED);
		assert_int_equal(errs.v[0].line, 8);
		assert_int_equal(errs.v[0].col, 13);
		assert_string_equal(errs.v[0].text, expected);
		policy_errors_free(&errs);

		lint(text, LINT_ALLOW_CRITICAL, &errs);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_WARNING);
		snprintf(expected, sizeof(expected),
			 "sha256: this is %s, needed: %s (allowed by --allow-critical)", f.path,
			 f.why);
		assert_string_equal(errs.v[0].text, expected);
		policy_errors_free(&errs);

		/* Of another size it could not match. */
		snprintf(text, sizeof(text), ORDER("match:\n  - sha256: %s\n    size: %llu\n"), id,
			 (unsigned long long)f.size + 1);
		lint(text, 0, &errs);
		assert_int_equal(errs.n, 0);

		snprintf(text, sizeof(text), ORDER("match:\n  - sha256: %s\n"), id);
		lint(text, 0, &errs);
		assert_int_equal(errs.count[POLICY_REFUSED], 1);
		assert_int_equal(errs.count[POLICY_WARNING], 1);
		policy_errors_free(&errs);

		if (!f.build_id_len)
			continue;
		hex(f.build_id, f.build_id_len, id);
		snprintf(text, sizeof(text), ORDER("match:\n  - build-id: %s\n"), id);
		lint(text, 0, &errs);
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_REFUSED);
		policy_errors_free(&errs);
	}
	lint_files_free(&files);
}

static void test_critical_in_list(void **state)
{
	static const char order[] = ORDER("match:\n  - list: lists/x\n");
	struct lint_files files = { 0 };
	struct policy_errors errs = { 0 };
	struct lint_file f;
	struct policy *p;
	char text[1024];
	char id[65];

	(void)state;
	assert_int_equal(lint_files_find(&files), 0);
	f = *find(&files, "/bin/sh");
	assert_int_equal(lint_file_hash(&f), 0);
	hex(f.sha256, 32, id);
	snprintf(text, sizeof(text), "# head\n" HASH " 77\n%s %llu\n" EMPTY " 5\n", id,
		 (unsigned long long)f.size);
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml", order);
	tempdir_write("lists/x", text);
	assert_int_equal(policy_load_dir(tempdir, 0, &p, &errs), 0);
	assert_int_equal(lint_policy(p, 0, NOW, &errs), 0);
	assert_int_equal(errs.n, 2);
	assert_int_equal(errs.v[0].severity, POLICY_REFUSED);
	assert_string_equal(errs.v[0].file, tempdir_path("lists/x"));
	assert_int_equal(errs.v[0].line, 3);
	assert_int_equal(errs.v[0].col, 1);
	assert_int_equal(errs.v[1].line, 4);
	assert_string_equal(errs.v[1].text,
			    "sha256: this is the empty file (--allow-critical loads it anyway)");
	policy_free(p);
	policy_errors_free(&errs);
	lint_files_free(&files);
}

struct warning {
	const char *text;
	uint32_t line;
	uint32_t col;
	const char *message;
};

#define SIZED "match:\n  - {sha256: " HASH ", size: 4}\n"

static const struct warning warnings[] = {
	{ ORDER("match:\n  - sha256: " HASH "\n"), 8, 13,
	  "sha256: without size every executable, library and installer is hashed once" },
	{ ORDER("match:\n  - {sha256: " HASH ", size: 4, status: unverified}\n"), 8, 14,
	  "sha256: unverified: nobody has compared it with the software itself" },
	{ ORDER("match:\n  - build-id: aabbccdd\n  - build-id: AABBCCDD\n"), 9, 15,
	  "build-id: is there already, at f:8:15" },
	{ ORDER("match:\n  - publisher: P.G.P\n  - publisher: P.G.P\n"), 9, 16,
	  "publisher: is there already, at f:8:16" },
	{ ORDER("match:\n  - publisher: Vendor \xc3\x84\n  - publisher: ' VENDOR  \xc3\xa4 '\n"), 9,
	  16, "publisher: is there already, at f:8:16" },
	{ ORDER("match:\n  - certificate: " HASH "\n  - certificate: der:" HASH "\n"), 9, 18,
	  "certificate: is there already, at f:8:18" },
	{ ORDER("match:\n  - key: ima:aabbccdd\n  - key: ima:AABBCCDD\n"), 9, 10,
	  "key: is there already, at f:8:10" },
	{ ORDER("match:\n  - package: {type: deb, name: x}\n  - package: {name: x, type: deb}\n"),
	  9, 14, "package: is there already, at f:8:14" },
	{ ORDER("match:\n  - {sha256: " HASH ", size: 4}\n  - {sha256: " HASH ", size: 5}\n"), 9,
	  14, "sha256: has another size than at f:8:14: one of them is wrong" },
	{ ORDER("match:\n  - publisher: Inc\n"), 8, 16,
	  "publisher: this names nobody: the whole name is compared, so that the rule matches whoever "
	  "has no other" },
	{ ORDER("match:\n  - publisher: Example Timestamping\n"), 8, 16,
	  "publisher: by \"timestamping\" this names a certificate authority or a time stamping "
	  "service: the rule matches what it signed itself, not what it certified or stamped" },
	{ ORDER("expires: 2023-11-14T22:13:20Z\n" SIZED), 7, 10,
	  "expires: the order ended at 2023-11-14T22:13:20Z" },
	{ ORDER("expires: 2023-11-21T22:13:20Z\n" SIZED), 7, 10,
	  "expires: the order ends within a week, at 2023-11-21T22:13:20Z" },
	{ ORDER("exempt:\n  - devices: [a]\n    until: 2023-11-14T00:00:00Z\n    reason: r\n" SIZED),
	  8, 5, "exempt: this exemption ended at 2023-11-14T00:00:00Z" },
	/* no warnings */
	{ ORDER(SIZED), 0, 0, NULL },
	{ ORDER("expires: 2023-11-21T22:13:21Z\n" SIZED), 0, 0, NULL },
	{ ORDER("match:\n  - certificate: der:" HASH "\n  - certificate: is:" HASH
		"\n  - {sha256: " HASH ", size: 4}\n  - fsverity: sha256:" HASH
		"\n  - key: spki:" HASH "\n  - key: skid:" HASH "\n  - key: pgp:" HASH "\n"),
	  0, 0, NULL },
	{ ORDER("match:\n  - package: {type: deb, name: x}\n  - package: {type: deb, vendor: x}\n"),
	  0, 0, NULL },
};

static void test_warnings(void **state)
{
	struct policy_errors errs;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		const struct warning *w = &warnings[i];

		lint(w->text, 0, &errs);
		if (!w->message) {
			assert_int_equal(errs.n, 0);
			continue;
		}
		assert_int_equal(errs.n, 1);
		assert_int_equal(errs.v[0].severity, POLICY_WARNING);
		assert_string_equal(errs.v[0].text, w->message);
		assert_int_equal(errs.v[0].line, w->line);
		assert_int_equal(errs.v[0].col, w->col);
		policy_errors_free(&errs);
	}
}

/* An entry of any kind. */
static void test_unverified(void **state)
{
	static const char *const entries[] = {
		"sha256: " HASH ", size: 4",
		"fsverity: sha256:" HASH,
		"build-id: aabbccdd",
		"certificate: " HASH,
		"key: spki:" HASH,
		"publisher: Vendor GmbH",
		"package: {type: deb, name: x}",
	};
	struct policy_errors errs;
	char expected[128];
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		snprintf(text, sizeof(text), ORDER("match:\n  - {%s, status: unverified}\n"),
			 entries[i]);
		snprintf(expected, sizeof(expected),
			 "%.*s: unverified: nobody has compared it with the software itself",
			 (int)strcspn(entries[i], ":"), entries[i]);
		lint(text, 0, &errs);
		assert_int_equal(errs.n, 1);
		assert_string_equal(errs.v[0].text, expected);
		assert_int_equal(errs.v[0].problem, POLICY_PROBLEM_UNVERIFIED);
		policy_errors_free(&errs);
	}
}

/* Duplicates in and between orders and lists, and no flood of them. */
static void test_duplicates(void **state)
{
	struct policy_errors errs = { 0 };
	struct policy *p;
	char list[4096] = "";
	int i;

	(void)state;
	for (i = 0; i < 30; i++)
		strcat(list, HASH " 7\n");
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml",
		      ORDER("match:\n  - list: lists/x\n  - {sha256: " HASH ", size: 7}\n"));
	tempdir_write("lists/x", list);
	assert_int_equal(policy_load_dir(tempdir, 0, &p, &errs), 0);
	assert_int_equal(lint_policy(p, 0, NOW, &errs), 0);
	assert_int_equal(errs.n, 21);
	assert_int_equal(errs.v[0].line, 1);
	assert_non_null(strstr(errs.v[0].text, "orders/a.yaml:9:14"));
	assert_string_equal(errs.v[20].text, "10 more identifiers are there twice");
	policy_free(p);
	policy_errors_free(&errs);
}

/* Of the lists that an order names. */
static void test_lists(void **state)
{
	struct policy_errors errs = { 0 };
	struct policy *p;

	(void)state;
	tempdir_write("policy.yaml", "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n");
	tempdir_write("orders/a.yaml",
		      ORDER("match:\n  - list: lists/x\n  - list: lists/empty\n"
			    "  - {list: lists/y, status: unverified}\n  - list: lists/x\n"));
	tempdir_write("lists/x", HASH "  a\n");
	tempdir_write("lists/y", HASH " 5\n");
	tempdir_write("lists/empty", "# nothing\n");
	assert_int_equal(policy_load_dir(tempdir, 0, &p, &errs), 0);
	p->lists[2]->rows[0].sha256[0] ^= 1; /* another hash than that of x */
	assert_int_equal(lint_policy(p, 0, NOW, &errs), 0);
	assert_int_equal(errs.n, 4);
	assert_string_equal(errs.v[0].text, "list: 1 of 1 lines of lists/x have no size: every "
					    "executable, library and installer is hashed once");
	assert_int_equal(errs.v[0].line, 8);
	assert_string_equal(errs.v[1].text, "list: lists/empty has no hashes");
	assert_int_equal(errs.v[1].line, 9);
	assert_string_equal(errs.v[2].text,
			    "list: unverified: nobody has compared it with the software itself");
	assert_int_equal(errs.v[2].line, 10);
	assert_non_null(strstr(errs.v[3].text, "list: is there already, at "));
	assert_int_equal(errs.v[3].line, 11);
	policy_free(p);
	policy_errors_free(&errs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_critical),
		cmocka_unit_test_setup_teardown(test_critical_in_list, tempdir_setup,
						tempdir_teardown),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_unverified),
		cmocka_unit_test_setup_teardown(test_lists, tempdir_setup, tempdir_teardown),
		cmocka_unit_test_setup_teardown(test_duplicates, tempdir_setup, tempdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
