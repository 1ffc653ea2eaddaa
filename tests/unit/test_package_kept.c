// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept from one resolution to the next: used again, and held while a database is broken. */
#include "package_device.h"

#include <sys/stat.h>

/* ---- kept ---- */

static void test_kept(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path };
	struct policy *policy;
	uint8_t digest[32];

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	put_elf("vendor", "/opt/b", "1");
	/* The change of the time stamps is the last of them. */
	sleep(3);
	policy = resolve_with(BANNED, &options);
	assert_int_equal(report.read, 2);
	assert_string_equal(report.kept_why, "");
	memcpy(digest, policy->resolution->digest, sizeof(digest));
	policy_free(policy);
	policy = resolve_with(BANNED, &options);
	assert_int_equal(report.read, 0);
	assert_memory_equal(digest, policy->resolution->digest, sizeof(digest));
	policy_free(policy);
	/* Another content, the same size and times: the inode's own time tells. */
	dpkg_bytes("opt/a", SCRIPT "2", strlen(SCRIPT "2"));
	age("opt/a");
	policy = resolve_with(BANNED, &options);
	assert_int_equal(report.read, 1);
	assert_memory_not_equal(digest, policy->resolution->digest, sizeof(digest));
	policy_free(policy);
	/* From the kept alone; what it was before the change is banned, too. */
	assert_int_equal(unlink(tempdir_path(DPKG "status")), 0);
	options.only_kept = true;
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/b, build-id /opt/b, sha256 /opt/a", "");
	expect_with("  - package: {type: deb, name: other}\n", &options, "", "");
	free(path);
}

static void test_broken(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path };

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	put("vendor", "/opt/b.py", "");
	expect_with(BANNED, &options, "sha256 /opt/a", "/opt/b.py: it is empty");
	/* A torn database: what it said last holds. */
	dpkg_status("Package: ven");
	expect_with(BANNED, &options, "sha256 /opt/a", "/opt/b.py: it is empty");
	assert_int_equal(report.databases.of[PACKAGE_DEB].state, PACKAGE_DATABASE_BROKEN);
	assert_int_equal(report.held[PACKAGE_DEB], 1);
	/* Also the next time, and after another policy was tried meanwhile. */
	expect_with("  - package: {type: deb, name: other}\n", &options, "", "");
	expect_with(BANNED, &options, "sha256 /opt/a", "/opt/b.py: it is empty");
	/* One that is not there any more. */
	assert_int_equal(unlink(tempdir_path(DPKG "status")), 0);
	expect_with(BANNED, &options, "sha256 /opt/a", "/opt/b.py: it is empty");
	assert_string_equal(report.databases.of[PACKAGE_DEB].why,
			    "the database of deb packages is gone");
	/* One whose list of this package is not there. */
	dpkg_status(status);
	assert_int_equal(unlink(tempdir_path(DPKG "info/vendor.list")), 0);
	expect_with(BANNED, &options, "sha256 /opt/a", "/opt/b.py: it is empty");
	assert_string_equal(report.databases.of[PACKAGE_DEB].why,
			    "the list of the files of vendor is missing");
	/* Whole again, and the package is gone: what it was is not. */
	dpkg_status(STANZA("x", "1", "") "\n");
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	assert_int_equal(report.databases.of[PACKAGE_DEB].state, PACKAGE_DATABASE_READ);
	assert_int_equal(report.packages, 0);
	dpkg_status("Package: ven");
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	assert_int_equal(report.held[PACKAGE_DEB], 0);
	free(path);
}

/* Written when it is asked for, and only if it is new. */
static void test_later(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path, .later = true };
	struct stat before;
	struct stat after;

	(void)state;
	device();
	unlink(path);
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	sleep(3);
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	assert_int_equal(access(path, F_OK), -1);
	package_report_keep(&report, path);
	assert_string_equal(report.kept_why, "");
	assert_int_equal(stat(path, &before), 0);
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	package_report_keep(&report, path);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
	assert_int_equal(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	put("vendor", "/opt/b", SCRIPT "2");
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b", "");
	package_report_keep(&report, "/none/kept.json");
	assert_string_not_equal(report.kept_why, "");
	free(path);
}

/* What was banned with another version, or with a package that is gone, still is. */
static void test_former(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path };
	uint8_t digest[32];
	uint64_t present;

	(void)state;
	device();
	unlink(path);
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "2");
	put("vendor", "/opt/b", SCRIPT "stays");
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b", "");
	/* Another version, with one file more; the path is the same, the content is not. As it is
	 * while a manager is at work: first the files, then what the database says. */
	dpkg_bytes("opt/a", SCRIPT "3", strlen(SCRIPT "3"));
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b, sha256 /opt/a", "");
	assert_int_equal(report.former, 1);
	dpkg_status(STANZA("vendor", "2", "Source: vendor\n") "\n");
	put_elf("vendor", "/opt/c", "1");
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c, sha256 /opt/a",
		    "");
	assert_int_equal(report.former, 1);
	assert_int_equal(report.packages, 1);
	memcpy(digest, report.digest, sizeof(digest));
	present = report.present;
	/* It is remembered, and not again. */
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c, sha256 /opt/a",
		    "");
	assert_memory_equal(digest, report.digest, sizeof(digest));
	assert_int_equal(present, report.present);
	/* Gone. */
	dpkg_status(STANZA("x", "1", "") "\n");
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c",
		    "");
	assert_int_equal(report.former, 4);
	assert_int_equal(report.packages, 0);
	assert_int_equal(report.present, 0);
	/* The same again, and in another version. */
	dpkg_status(STANZA("vendor", "2", "Source: vendor\n") "\n");
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c, sha256 /opt/a",
		    "");
	assert_int_equal(present, report.present);
	dpkg_status(STANZA("vendor", "3", "Source: vendor\n") "\n");
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c, sha256 /opt/a",
		    "");
	assert_memory_equal(digest, report.digest, sizeof(digest));
	assert_true(report.present && report.present != present);
	dpkg_status(STANZA("x", "1", "") "\n");
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c",
		    "");
	/* What a package has now that nobody bans is not banned. */
	package("other", "other");
	put("other", "/usr/bin/a", SCRIPT "2");
	put_elf("other", "/usr/bin/c", "2");
	dpkg_status(STANZA("other", "1", "Source: other\n") "\n");
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c", "");
	/* From the kept alone, as a daemon that starts has it: with what that said of others. */
	options.only_kept = true;
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b, sha256 /opt/c", "");
	options.only_kept = false;
	/* It comes back: what it has now is no more former. */
	dpkg_status(STANZA("vendor", "1", "Source: vendor\n") "\n");
	tempdir_write(DPKG "info/vendor.list", "/opt/a\n");
	dpkg_bytes("opt/a", SCRIPT "2", strlen(SCRIPT "2"));
	expect_with(BANNED, &options,
		    "sha256 /opt/a, sha256 /opt/a, sha256 /opt/b, sha256 /opt/c, build-id /opt/c",
		    "");
	assert_int_equal(report.former, 3);
	/* The order is lifted. */
	expect_with("  - package: {type: deb, name: nothing}\n", &options, "", "");
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	free(path);
}

/* Of what is gone the newest is remembered, and not without end. */
static void test_former_bound(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	const struct package_resolve_options options = { .root = tempdir, .kept = path };
	char name[32];
	char file[64];
	char text[128];

	(void)state;
	device();
	for (int i = 0; i < 70; i++) {
		snprintf(name, sizeof(name), "vendor-%d", i);
		snprintf(file, sizeof(file), "/opt/%d", i);
		snprintf(text, sizeof(text), SCRIPT "%d", i);
		package(name, name);
		put(name, file, text);
	}
	policy_free(resolve_with(BANNED, &options));
	assert_int_equal(report.packages, 70);
	dpkg_status(STANZA("x", "1", "") "\n");
	policy_free(resolve_with(BANNED, &options));
	assert_int_equal(report.packages, 0);
	assert_int_equal(report.former, 64);
	policy_free(resolve_with(BANNED, &options));
	assert_int_equal(report.former, 64);
	free(path);
}

/* What others have is looked for before a banned package comes; then it is not looked for again. */
static void test_ahead(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path };

	(void)state;
	device();
	unlink(path);
	package("other", "other");
	put_elf("other", "/usr/bin/other", "changed");
	package("another", "another");
	put_elf("another", "/usr/bin/another", "changed again");
	expect_with(BANNED, &options, "", "");
	assert_int_equal(report.ahead, 0);
	options.ahead_ms = 60000;
	expect_with(BANNED, &options, "", "");
	assert_int_equal(report.ahead, 0);
	/* Only what was kept can say that these have the build-id. */
	assert_int_equal(unlink(tempdir_path("usr/bin/other")), 0);
	assert_int_equal(unlink(tempdir_path("usr/bin/another")), 0);
	package("vendor", "vendor");
	put_elf("vendor", "/opt/vendor", "the vendor's");
	expect_with(BANNED, &options, "sha256 /opt/vendor", "");
	/* What is gone is forgotten. */
	dpkg_status(STANZA("x", "1", "") "\n");
	expect_with("  - package: {type: deb, name: nothing}\n", &options, "", "");
	dpkg_status(status);
	expect_with(BANNED, &options, "sha256 /opt/vendor, build-id /opt/vendor", "");
	free(path);
}

struct kept_case {
	const char *text;
	const char *why;
};

#define KEPT(packages) "{\"interdict-packages\":1,\"packages\":[" packages "]}"
#define KEPT_FILE(more) \
	KEPT("{\"type\":\"deb\",\"name\":\"vendor\",\"id\":\"vendor\",\"files\":[" more "]}")

static const struct kept_case kept[] = {
	{ "", "is broken" },
	{ "{", "is broken" },
	{ "[]", "is broken" },
	{ "{\"interdict-packages\":2,\"packages\":[]}", "is broken" },
	{ KEPT("1"), "is broken" },
	{ KEPT("{}"), "is broken" },
	{ KEPT("{\"type\":\"deb\",\"name\":\"x\"}"), "is broken" },
	{ KEPT("{\"type\":\"msi\",\"name\":\"x\",\"id\":\"x\"}"), "is broken" },
	{ KEPT("{\"type\":\"deb\",\"name\":\"x\",\"id\":1}"), "is broken" },
	{ KEPT_FILE("1"), "is broken" },
	{ KEPT_FILE("{\"path\":\"/a\"}"), "is broken" },
	{ KEPT_FILE("{\"path\":\"/a\",\"stamp\":[1,2,3,4]}"), "is broken" },
	{ KEPT_FILE("{\"path\":\"/a\",\"stamp\":[1,2,3,4,\"5\"]}"), "is broken" },
	{ KEPT_FILE("{\"path\":\"/a\",\"stamp\":[1,2,3,4,5],\"sha256\":\"00\"}"), "is broken" },
	{ KEPT_FILE("{\"path\":\"/a\",\"stamp\":[1,2,3,4,5],\"md5\":\"zz\"}"), "is broken" },
	{ KEPT_FILE("{\"path\":\"\\\\x\",\"stamp\":[1,2,3,4,5]}"), "is broken" },
	{ KEPT(""), NULL },
	{ KEPT_FILE("{\"path\":\"/a\",\"stamp\":[1,2,3,4,5]}"), NULL },
};

/* What cannot be read is no reason to do without, but to read the files anew. */
static void test_kept_broken(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	struct package_resolve_options options = { .root = tempdir, .kept = path, .dry = true };
	size_t i;

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		tempdir_write("kept.json", kept[i].text);
		expect_with(BANNED, &options, "sha256 /opt/a", "");
		if (!kept[i].why != !*report.kept_why)
			fail_msg("row %zu: %s", i, report.kept_why);
	}
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),	     cmocka_unit_test(test_broken),
		cmocka_unit_test(test_later),	     cmocka_unit_test(test_former),
		cmocka_unit_test(test_former_bound), cmocka_unit_test(test_ahead),
		cmocka_unit_test(test_kept_broken),
	};

	return cmocka_run_group_tests(tests, device_setup, device_teardown);
}
