/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A made device with packages, and what package rules come to there. */
#ifndef INTERDICT_TEST_PACKAGE_DEVICE_H
#define INTERDICT_TEST_PACKAGE_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <utime.h>

#include <openssl/evp.h>

#include "packages/package_resolve.h"
#include "dpkg_made.h"
#include "orders.h"

#define ELF "tests/fuzz/seeds/fuzz_extract/elf64le-segments"
/* Longer than what is too short. */
#define SCRIPT "#!/bin/sh\nexec /opt/vendor/bin/vendor --with \"$@\"\n"
#define BANNED "  - package: {type: deb, name: vendor*}\n"

static char elf[4096];
static size_t elf_len;

/* ---- a device ---- */

static char status[65536];

static inline void device(void)
{
	dpkg_wipe();
	status[0] = '\0';
	dpkg_status("");
}

static inline void hex_md5(const void *bytes, size_t len, char hex[33])
{
	unsigned char md5[16];
	size_t i;

	assert_true(EVP_Digest(bytes, len, md5, NULL, EVP_md5(), NULL));
	for (i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", md5[i]);
}

/* Settled: what changed a moment ago is read again each time. */
static inline void age(const char *path)
{
	const struct utimbuf old = { 1000000000, 1000000000 };

	assert_int_equal(utime(tempdir_path(path), &old), 0);
}

static inline void append(const char *path, const char *text)
{
	FILE *f = fopen(tempdir_path(path), "a");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Install a package without files, of a source. */
static inline void package(const char *name, const char *source)
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

static inline void put_bytes(const char *name, const char *path, const void *bytes, size_t len)
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

static inline void put(const char *name, const char *path, const char *text)
{
	put_bytes(name, path, text, strlen(text));
}

static inline void put_elf(const char *name, const char *path, const char *tail)
{
	char bytes[8192];

	memcpy(bytes, elf, elf_len);
	memcpy(bytes + elf_len, tail, strlen(tail));
	put_bytes(name, path, bytes, elf_len + strlen(tail));
}

/* ---- what comes of it ---- */

static struct package_report report;

/* "order kind path, ..." of all rules. */
static inline void list_rules(const struct policy *policy, char *text, size_t size)
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

static inline void list_left(char *text, size_t size)
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

static inline void expect_with(const char *match, const struct package_resolve_options *options,
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

static inline void expect(const char *match, const char *rules, const char *left)
{
	const struct package_resolve_options options = { .root = tempdir };

	expect_with(match, &options, rules, left);
}

static inline int device_setup(void **state)
{
	FILE *f = fopen(ELF, "r");

	if (!f)
		return -1;
	elf_len = fread(elf, 1, sizeof(elf), f);
	fclose(f);
	return elf_len && elf_len < sizeof(elf) ? tempdir_setup(state) : -1;
}

static inline int device_teardown(void **state)
{
	package_report_free(&report);
	return tempdir_teardown(state);
}

#endif
