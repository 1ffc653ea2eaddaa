// SPDX-License-Identifier: GPL-2.0-or-later
/* Package rules on a made device: which rules come of them, and what is left out. */
#include "package_device.h"

#include "decide/decision.h"
#include "decide/explain.h"
#include "engine/compile.h"

/* ---- which files ---- */

struct counts_case {
	const char *path;
	const char *head;
	size_t len;
	bool counts;
};

#define HEAD(bytes) bytes, sizeof(bytes) - 1

static const struct counts_case counts[] = {
	{ "/usr/bin/a", HEAD("\177ELF\2\1\1"), true },
	{ "/usr/bin/a", HEAD("#!/bin/sh"), true },
	{ "/opt/a.bin", HEAD("MZ\220\0"), true },
	{ "/opt/a", HEAD("\0asm\1\0\0\0"), true },
	{ "/opt/a.bin", HEAD("\312\376\272\276"), true },
	{ "/opt/a.bin", HEAD("dex\n035"), true },
	{ "/opt/a", HEAD("\033Lua"), true },
	{ "/opt/a.py", HEAD("import os"), true },
	{ "/opt/A.JS", HEAD("x"), true },
	{ "/opt/a.jar", HEAD("PK\003\004"), true },
	{ "/opt/a.pyc", HEAD("\313\r\r\n"), true },
	{ "/opt/libx.so", HEAD("INPUT"), true },
	{ "/opt/x.ko.xz", HEAD("\3757zXZ\0"), true },
	{ "/opt/resources/app.asar", HEAD("\4\0\0\0"), true },
	{ "/opt/a.py", NULL, 0, true },
	{ "/usr/share/man/man1/a.1.gz", HEAD("\037\213\010"), false },
	{ "/opt/a.docx", HEAD("PK\003\004"), false },
	{ "/opt/a.xz", HEAD("\3757zXZ\0"), false },
	{ "/opt/a.zst", HEAD("\050\265\057\375"), false },
	{ "/opt/a.bz2", HEAD("BZh9"), false },
	{ "/opt/liba.a", HEAD("!<arch>\n"), false },
	{ "/opt/readme", HEAD("ab\r\ncd"), false },
	{ "/opt/a.png", HEAD("\211PNG\r\n"), false },
	{ "/opt/a", HEAD("text"), false },
	{ "/opt/a", NULL, 0, false },
	{ "/opt/.py", HEAD("x"), false },
	{ "/opt/py", HEAD("x"), false },
	{ "/opt/a.py/b", HEAD("x"), false },
	{ "/opt/a.pyx", HEAD("x"), false },
};

static void test_counts(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (package_is_software(counts[i].path, (const uint8_t *)counts[i].head,
					counts[i].len) != counts[i].counts)
			fail_msg("row %zu: %s", i, counts[i].path);
}

static void test_files(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	put_elf("vendor", "/opt/vendor/program", "1");
	put("vendor", "/opt/vendor/script", SCRIPT);
	put("vendor", "/opt/vendor/module.py", "import something, and something else\n");
	put("vendor", "/opt/vendor/picture", "no program, of no sort whatever there is\n");
	put("vendor", "/opt/vendor/empty.py", "");
	put("vendor", "/opt/vendor/short.py", "pass\n");
	append(DPKG "info/vendor.list", "/opt\n/opt/gone\n/opt/link\n/opt/fifo\n");
	assert_int_equal(symlink("vendor/program", tempdir_path("opt/link")), 0);
	assert_int_equal(mkfifo(tempdir_path("opt/fifo"), 0600), 0);
	expect(BANNED,
	       "sha256 /opt/vendor/module.py, sha256 /opt/vendor/program, "
	       "build-id /opt/vendor/program, sha256 /opt/vendor/script",
	       "/opt/vendor/empty.py: it is empty, "
	       "/opt/vendor/short.py: it is too short to be told from others' files");
	assert_int_equal(report.packages, 1);
	assert_int_equal(report.files, 5);
	assert_int_equal(report.rules, 4);
	assert_int_equal(report.left_out, 2);
}

static void test_none(void **state)
{
	struct policy *policy;
	const struct package_resolve_options options = { .root = tempdir };

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/script", SCRIPT);
	expect("  - package: {type: deb, name: other}\n", "", "");
	expect("  - package: {type: rpm, name: vendor}\n", "", "");
	expect("  - package: {type: deb, maintainer: vendor *}\n", "sha256 /opt/script", "");
	expect("  - package: {type: deb, vendor: vendor*}\n", "", "");
	policy = resolve_with("  - publisher: Vendor\n", &options);
	assert_null(policy->resolution);
	assert_false(report.resolved);
	policy_free(policy);
}

/* Several rules, one package: it is taken once. */
static void test_twice(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/script", SCRIPT);
	expect(BANNED "  - package: {type: deb, maintainer: vendor*}\n", "sha256 /opt/script", "");
}

/* ---- what others have ---- */

static void test_shared(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put("vendor", "/opt/own", SCRIPT "1");
	put("vendor", "/opt/shared", SCRIPT "2");
	put("other", "/usr/bin/shared", SCRIPT "2");
	put("other", "/usr/bin/others", SCRIPT "3");
	expect(BANNED, "sha256 /opt/own",
	       "/opt/shared: the deb package other has the same, /usr/bin/shared");
}

/* It was packed the same and is another file now: nobody else has it. */
static void test_shared_once(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put("vendor", "/opt/a", SCRIPT "2");
	put("other", "/usr/bin/b", SCRIPT "2");
	tempdir_write("usr/bin/b", SCRIPT "of the administrator's");
	expect(BANNED, "sha256 /opt/a", "");
}

/* Where the manager knows no digests, sizes are looked at. */
static void test_shared_sizes(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put("vendor", "/opt/a", SCRIPT "2");
	put("other", "/usr/bin/b", SCRIPT "2");
	assert_int_equal(unlink(tempdir_path(DPKG "info/other.md5sums")), 0);
	expect(BANNED, "", "/opt/a: the deb package other has the same, /usr/bin/b");
}

/* A vendor that lies about its digests hides nothing. */
static void test_shared_lies(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put("vendor", "/opt/a", SCRIPT "2");
	put("vendor", "/opt/own", SCRIPT "own");
	put("other", "/usr/bin/b", SCRIPT "2");
	tempdir_write(DPKG "info/vendor.md5sums", "00000000000000000000000000000000  opt/a\n");
	expect(BANNED, "sha256 /opt/own", "/opt/a: the deb package other has the same, /usr/bin/b");
}

static void test_related(void **state)
{
	(void)state;
	device();
	package("vendor", "suite");
	package("suite-common", "suite");
	put("vendor", "/opt/a", SCRIPT "2");
	put("suite-common", "/opt/b", SCRIPT "2");
	expect(BANNED, "sha256 /opt/a", "");
	/* Nor is what another rule matches unrelated. */
	device();
	package("vendor", "vendor");
	package("second", "second");
	put("vendor", "/opt/a", SCRIPT "2");
	put("second", "/opt/b", SCRIPT "2");
	expect(BANNED "  - package: {type: deb, name: second}\n", "sha256 /opt/b, sha256 /opt/a",
	       "");
}

static void test_build_id(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put_elf("vendor", "/opt/libshared.so", "stripped");
	put_elf("other", "/usr/lib/libshared.so", "not stripped");
	expect(BANNED, "sha256 /opt/libshared.so", "");
	/* By another name, too: what Electron is in each application. */
	device();
	package("vendor", "vendor");
	package("other", "other");
	put_elf("vendor", "/opt/vendor", "with a change");
	put_elf("other", "/opt/other", "with another");
	expect(BANNED, "sha256 /opt/vendor", "");
	/* Not where no program can be. */
	device();
	package("vendor", "vendor");
	package("other", "other");
	put_elf("vendor", "/opt/vendor", "with a change");
	put_elf("other", "/usr/share/doc/other", "with another");
	expect(BANNED, "sha256 /opt/vendor, build-id /opt/vendor", "");
}

/* What a banned package put in the place of another's file is not that other's. */
static void test_diverted(void **state)
{
	(void)state;
	device();
	package("vendor", "vendor");
	package("other", "other");
	put_elf("other", "/usr/bin/tool", "the other's");
	put_elf("vendor", "/usr/bin/tool", "the vendor's");
	tempdir_write(DPKG "diversions", "/usr/bin/tool\n/usr/bin/tool.other\nvendor\n");
	expect(BANNED, "sha256 /usr/bin/tool, build-id /usr/bin/tool", "");
}

/* ---- many ---- */

#define MANY	   2000
#define MANY_FILES 150

/* A desktop's number of packages and paths: what there is to know of them, without the files. */
static void many(void)
{
	char *list = NULL;
	char *sums = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	char path[256];
	int i;
	int f;

	device();
	assert_non_null(out);
	for (i = 0; i < MANY; i++) {
		size_t n = 0;
		FILE *to;

		fprintf(out,
			"Package: pkg%d\nStatus: install ok installed\nMaintainer: Maintainer %d "
			"<m%d@example.org>\nArchitecture: amd64\nSource: source%d\nVersion: 1.%d\n"
			"Description: one of many\n with lines\n of description\n\n",
			i, i % 300, i % 300, i, i);
		to = open_memstream(&list, &n);
		for (f = 0; f < MANY_FILES; f++)
			fprintf(to, "/usr/lib/pkg%d/file%d.so\n", i, f);
		fclose(to);
		to = open_memstream(&sums, &n);
		for (f = 0; f < MANY_FILES; f++)
			fprintf(to, "%032x  usr/lib/pkg%d/file%d.so\n", i * MANY_FILES + f, i, f);
		fclose(to);
		snprintf(path, sizeof(path), DPKG "info/pkg%d.list", i);
		tempdir_write(path, list);
		snprintf(path, sizeof(path), DPKG "info/pkg%d.md5sums", i);
		tempdir_write(path, sums);
		free(list);
		free(sums);
	}
	fprintf(out, "Package: vendor\nStatus: install ok installed\nVersion: 1\n\n");
	assert_int_equal(fclose(out), 0);
	dpkg_status(text);
	free(text);
	tempdir_write(DPKG "info/vendor.list", "");
	tempdir_write(DPKG "info/vendor.md5sums", "");
	put_elf("vendor", "/opt/vendor", "1");
}

static void test_many(void **state)
{
	char *path = strdup(tempdir_path("kept.json"));
	const struct package_resolve_options options = { .root = tempdir, .kept = path };

	(void)state;
	many();
	expect_with("  - package: {type: deb, name: nothing}\n", &options, "", "");
	print_message("%d packages, none matches: %llu ms\n", MANY + 1,
		      (unsigned long long)report.took_us / 1000);
	expect_with(BANNED, &options, "sha256 /opt/vendor, build-id /opt/vendor", "");
	print_message("one matches, compared with %d files: %llu ms\n", MANY * MANY_FILES,
		      (unsigned long long)report.took_us / 1000);
	expect_with(BANNED, &options, "sha256 /opt/vendor, build-id /opt/vendor", "");
	print_message("again: %llu ms\n", (unsigned long long)report.took_us / 1000);
	free(path);
}

/* ---- rules that are spared ---- */

static const char *spare_script(void *context, const struct policy_resolved_rule *rule)
{
	++*(int *)context;
	return strcmp(rule->path, "/opt/a") ? NULL : "it is needed";
}

static void test_spare(void **state)
{
	int asked = 0;
	struct package_resolve_options options = { .root = tempdir,
						   .spare = spare_script,
						   .context = &asked };

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	put("vendor", "/opt/b", SCRIPT "2");
	expect_with(BANNED, &options, "sha256 /opt/b", "/opt/a: it is needed");
	assert_int_equal(asked, 2);
}

/* Nobody is asked where it comes to what it was, before anything was spared. */
static void test_spare_unless(void **state)
{
	int asked = 0;
	uint8_t digest[32];
	struct package_resolve_options options = {
		.root = tempdir, .spare = spare_script, .context = &asked, .unless = digest
	};

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	expect(BANNED, "sha256 /opt/a", "");
	memcpy(digest, report.digest, sizeof(digest));
	expect_with(BANNED, &options, "sha256 /opt/a", "");
	assert_int_equal(asked, 0);
	put("vendor", "/opt/b", SCRIPT "2");
	expect_with(BANNED, &options, "sha256 /opt/b", "/opt/a: it is needed");
	assert_int_equal(asked, 2);
	assert_memory_not_equal(digest, report.digest, sizeof(digest));
}

/* ---- users' homes ---- */

#define HOME "home/u/.local/share/flatpak/app/%s/x86_64/stable/"

/* A user's own application, of one script. */
static void put_home(const char *id, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), HOME "1111/metadata", id);
	tempdir_write(path, "[Application]\n");
	snprintf(path, sizeof(path), HOME "1111/files/script", id);
	tempdir_write(path, text);
	snprintf(path, sizeof(path), HOME "active", id);
	assert_int_equal(symlink("1111", tempdir_path(path)), 0);
}

#define FLATPAK "  - package: {type: flatpak, name: org.vendor.*}\n"
#define HOME_SCRIPT \
	"/home/u/.local/share/flatpak/app/org.vendor.App/x86_64/stable/1111/files/script"

static void test_homes(void **state)
{
	int asked = 0;
	struct package_resolve_options options = {
		.root = tempdir, .spare = spare_script, .context = &asked, .spare_homes = true
	};

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	put_home("org.vendor.App", SCRIPT "2");
	/* By whoever has the same at home no ban is lifted. */
	put_home("org.other.App", SCRIPT "1");
	expect(BANNED FLATPAK, "sha256 /opt/a, sha256 " HOME_SCRIPT, "");
	/* What the device needs is asked for there only. */
	expect_with(BANNED FLATPAK, &options, "sha256 /opt/a, sha256 " HOME_SCRIPT, "");
	assert_int_equal(asked, 1);
	/* As large as it says, and nothing of it is read. */
	assert_int_equal(truncate(tempdir_path(&HOME_SCRIPT[1]), 9LL << 30), 0);
	expect(BANNED FLATPAK, "sha256 /opt/a", HOME_SCRIPT ": File too large");
}

/* ---- compiled ---- */

static void decide_on(const struct policy *policy, const void *bytes, size_t len,
		      struct decision *decision, struct compile_image *image)
{
	const struct policy_device here = { 0 };
	struct interdict_identity identity = { 0 };

	assert_int_equal(compile_image(policy, &here, image), 0);
	assert_true(EVP_Digest(bytes, len, identity.ids.sha256, NULL, EVP_sha256(), NULL));
	identity.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	identity.ids.size = len;
	decide(image, &identity, false, INTERDICT_OP_EXEC, decision);
}

static void test_verdict(void **state)
{
	const struct package_resolve_options options = { .root = tempdir };
	struct compile_image image;
	struct decision decision;
	struct policy *policy;

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	policy = resolve_with(BANNED, &options);
	policy->mode = POLICY_MODE_ENFORCE;
	decide_on(policy, SCRIPT "1", strlen(SCRIPT "1"), &decision, &image);
	assert_int_equal(decision.outcome, DECISION_DENY);
	assert_string_equal(decision.order, "o");
	assert_string_equal(decision.rule, "package");
	assert_string_equal(decision.via, "sha256");
	assert_int_equal(decision.also_count, 0);
	assert_int_equal(image.head->orders, 1);
	assert_int_equal(interdict_wanted(&image.tables, strlen(SCRIPT "1")), INTERDICT_ID_SHA256);
	compile_image_free(&image);
	decide_on(policy, SCRIPT "2", strlen(SCRIPT "2"), &decision, &image);
	assert_int_equal(decision.outcome, DECISION_ALLOW);
	compile_image_free(&image);
	policy_free(policy);
}

/* The rule of the text, the package and the file that it came to. */
static void test_explain(void **state)
{
	const struct package_resolve_options options = { .root = tempdir };
	struct policy *policy;
	struct interdict_identity identity = { 0 };
	struct explain_context context = { 0 };
	json_t *orders;
	char *text;

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	put("vendor", "/opt/b", SCRIPT "1");
	policy = resolve_with(BANNED, &options);
	context.policy = policy;
	assert_true(EVP_Digest(SCRIPT "1", strlen(SCRIPT "1"), identity.ids.sha256, NULL,
			       EVP_sha256(), NULL));
	identity.ids.have = INTERDICT_ID_SHA256;
	identity.ids.size = strlen(SCRIPT "1");
	orders = explain_orders(&context, &identity);
	text = json_dumps(json_object_get(json_array_get(orders, 0), "rules"), JSON_COMPACT);
	assert_string_equal(text, "[{\"rule\":\"package\",\"text\":\"{type: deb, name: vendor*}\","
				  "\"at\":\"f:8\",\"judged\":true,\"note\":null,"
				  "\"source\":null,\"via\":\"sha256\",\"package\":\"vendor\","
				  "\"file\":\"/opt/a\"}]");
	free(text);
	json_decref(orders);
	identity.ids.size++;
	orders = explain_orders(&context, &identity);
	assert_int_equal(json_array_size(orders), 0);
	json_decref(orders);
	policy_free(policy);
}

/* An order's own rule is the more exact of two of one kind, and the order is no other to itself. */
static void test_own_rule_first(void **state)
{
	const struct package_resolve_options options = { .root = tempdir };
	unsigned char sha256[32];
	struct compile_image image;
	struct decision decision;
	struct policy *policy;
	char match[512] = BANNED "  - sha256: ";
	size_t i;

	(void)state;
	device();
	package("vendor", "vendor");
	put("vendor", "/opt/a", SCRIPT "1");
	assert_true(EVP_Digest(SCRIPT "1", strlen(SCRIPT "1"), sha256, NULL, EVP_sha256(), NULL));
	for (i = 0; i < 32; i++)
		snprintf(match + strlen(match), sizeof(match) - strlen(match), "%02x", sha256[i]);
	strcat(match, "\n");
	policy = resolve_with(match, &options);
	policy->mode = POLICY_MODE_ENFORCE;
	decide_on(policy, SCRIPT "1", strlen(SCRIPT "1"), &decision, &image);
	assert_int_equal(decision.outcome, DECISION_DENY);
	assert_string_equal(decision.rule, "sha256");
	assert_null(decision.via);
	assert_int_equal(decision.also_count, 0);
	compile_image_free(&image);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	       cmocka_unit_test(test_files),
		cmocka_unit_test(test_none),	       cmocka_unit_test(test_twice),
		cmocka_unit_test(test_shared),	       cmocka_unit_test(test_shared_once),
		cmocka_unit_test(test_shared_sizes),   cmocka_unit_test(test_shared_lies),
		cmocka_unit_test(test_related),	       cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_diverted),       cmocka_unit_test(test_many),
		cmocka_unit_test(test_spare),	       cmocka_unit_test(test_spare_unless),
		cmocka_unit_test(test_homes),	       cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_own_rule_first), cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests(tests, device_setup, device_teardown);
}
