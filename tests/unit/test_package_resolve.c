// SPDX-License-Identifier: GPL-2.0-or-later
/* Package rules on a made device: which rules come of them, what is left out, and what is kept. */
#include <errno.h>
#include <fcntl.h>
#include <utime.h>

#include "engine/compile.h"
#include "decide/decision.h"
#include "decide/explain.h"
#include "packages/package_keep.h"
#include "packages/package_resolve.h"
#include "dpkg_made.h"
#include "orders.h"

#include <openssl/evp.h>

#define ELF "tests/fuzz/seeds/fuzz_extract/elf64le-segments"
/* Longer than what is too short. */
#define SCRIPT "#!/bin/sh\nexec /opt/vendor/bin/vendor --with \"$@\"\n"
#define BANNED "  - package: {type: deb, name: vendor*}\n"

static char elf[4096];
static size_t elf_len;

/* ---- a device ---- */

static char status[65536];

static void device(void)
{
	dpkg_wipe();
	status[0] = '\0';
	dpkg_status("");
}

static void hex_md5(const void *bytes, size_t len, char hex[33])
{
	unsigned char md5[16];
	size_t i;

	assert_true(EVP_Digest(bytes, len, md5, NULL, EVP_md5(), NULL));
	for (i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", md5[i]);
}

/* Settled: what changed a moment ago is read again each time. */
static void age(const char *path)
{
	const struct utimbuf old = { 1000000000, 1000000000 };

	assert_int_equal(utime(tempdir_path(path), &old), 0);
}

static void append(const char *path, const char *text)
{
	FILE *f = fopen(tempdir_path(path), "a");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Install a package without files, of a source. */
static void package(const char *name, const char *source)
{
	char path[256];

	snprintf(status + strlen(status), sizeof(status) - strlen(status),
		 "Package: %s\nStatus: install ok installed\nMaintainer: %s maker\n"
		 "Source: %s\nVersion: 1\n\n",
		 name, name, source);
	dpkg_status(status);
	snprintf(path, sizeof(path), DPKG "info/%s.list", name);
	tempdir_write(path, "/.\n");
	snprintf(path, sizeof(path), DPKG "info/%s.md5sums", name);
	tempdir_write(path, "");
}

static void put_bytes(const char *name, const char *path, const void *bytes, size_t len)
{
	char hex[33];
	char line[512];
	char info[256];

	dpkg_bytes(path + 1, bytes, len);
	age(path + 1);
	snprintf(info, sizeof(info), DPKG "info/%s.list", name);
	snprintf(line, sizeof(line), "%s\n", path);
	append(info, line);
	hex_md5(bytes, len, hex);
	snprintf(info, sizeof(info), DPKG "info/%s.md5sums", name);
	snprintf(line, sizeof(line), "%s  %s\n", hex, path + 1);
	append(info, line);
}

static void put(const char *name, const char *path, const char *text)
{
	put_bytes(name, path, text, strlen(text));
}

static void put_elf(const char *name, const char *path, const char *tail)
{
	char bytes[8192];

	memcpy(bytes, elf, elf_len);
	memcpy(bytes + elf_len, tail, strlen(tail));
	put_bytes(name, path, bytes, elf_len + strlen(tail));
}

/* ---- what comes of it ---- */

static struct package_report report;

/* "order kind path, ..." of all rules. */
static void list_rules(const struct policy *policy, char *text, size_t size)
{
	size_t o;
	size_t i;

	*text = '\0';
	for (o = 0; o < policy->n_orders; o++) {
		size_t n;
		const struct policy_resolved_rule *v = policy_resolved_rules(policy, o, &n);

		for (i = 0; i < n; i++)
			snprintf(text + strlen(text), size - strlen(text), "%s%s %s",
				 *text ? ", " : "",
				 policy_kind_name((enum policy_kind)v[i].id.kind), v[i].path);
	}
}

static void list_left(char *text, size_t size)
{
	size_t i;

	*text = '\0';
	for (i = 0; i < report.n; i++)
		snprintf(text + strlen(text), size - strlen(text), "%s%s: %s", *text ? ", " : "",
			 report.v[i].path, report.v[i].why);
}

static struct policy *resolve_with(const char *match, const struct package_resolve_options *options)
{
	char text[4096];
	struct policy_resolution *resolution;
	struct policy *policy;

	snprintf(text, sizeof(text), ORDER_HEAD "match:\n%s", match);
	policy = order_parsed(text);
	package_report_free(&report);
	assert_int_equal(package_resolve(policy, options, &resolution, &report), 0);
	policy_set_resolution(policy, resolution);
	return policy;
}

static void expect_with(const char *match, const struct package_resolve_options *options,
			const char *rules, const char *left)
{
	struct policy *policy = resolve_with(match, options);
	char text[4096];

	list_rules(policy, text, sizeof(text));
	assert_string_equal(text, rules);
	list_left(text, sizeof(text));
	assert_string_equal(text, left);
	policy_free(policy);
}

static void expect(const char *match, const char *rules, const char *left)
{
	const struct package_resolve_options options = { .root = tempdir };

	expect_with(match, &options, rules, left);
}

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
	/* From the kept alone. */
	assert_int_equal(unlink(tempdir_path(DPKG "status")), 0);
	options.only_kept = true;
	expect_with(BANNED, &options, "sha256 /opt/a, sha256 /opt/b, build-id /opt/b", "");
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
	/* Whole again, and the package is gone. */
	dpkg_status(STANZA("x", "1", "") "\n");
	expect_with(BANNED, &options, "", "");
	assert_int_equal(report.databases.of[PACKAGE_DEB].state, PACKAGE_DATABASE_READ);
	dpkg_status("Package: ven");
	expect_with(BANNED, &options, "", "");
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

static int setup(void **state)
{
	FILE *f = fopen(ELF, "r");

	if (!f)
		return -1;
	elf_len = fread(elf, 1, sizeof(elf), f);
	fclose(f);
	return elf_len && elf_len < sizeof(elf) ? tempdir_setup(state) : -1;
}

static int teardown(void **state)
{
	package_report_free(&report);
	return tempdir_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	     cmocka_unit_test(test_files),
		cmocka_unit_test(test_none),	     cmocka_unit_test(test_twice),
		cmocka_unit_test(test_shared),	     cmocka_unit_test(test_shared_once),
		cmocka_unit_test(test_shared_sizes), cmocka_unit_test(test_shared_lies),
		cmocka_unit_test(test_related),	     cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_diverted),     cmocka_unit_test(test_kept),
		cmocka_unit_test(test_broken),	     cmocka_unit_test(test_kept_broken),
		cmocka_unit_test(test_many),	     cmocka_unit_test(test_spare),
		cmocka_unit_test(test_verdict),	     cmocka_unit_test(test_own_rule_first),
		cmocka_unit_test(test_explain),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
