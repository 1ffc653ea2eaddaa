/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans in tests: by one order, below the directory of tempdir.h, with what was found in a list. */
#ifndef INTERDICT_TEST_SCANNING_H
#define INTERDICT_TEST_SCANNING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "orders.h"
#include "scan/scan.h"
#include "scan/scan_cache.h"
#include "scan/scan_roots.h"
#include "tempdir.h"

/* What the order bans, and what has the same size and is not banned. */
#define SCANNING_BANNED	 "banned"
#define SCANNING_ALLOWED "wanted"
#define SCANNING_MAX	 256

struct scanning {
	const char *order; /* NULL: one that bans SCANNING_BANNED */
	const char *path;  /* below the directory; NULL: that */
	const char *cache; /* its path, or NULL */
	unsigned int threads;
	/* may be NULL; called for each finding */
	void (*on_found)(const char *path);
	/* what came of it */
	struct scan_counts counts;
	size_t n, n_problems;
	char *found[SCANNING_MAX]; /* paths below the directory, escaped, sorted */
	char *problem[SCANNING_MAX];
	int error[SCANNING_MAX];
	char why[SCAN_CACHE_WHY]; /* of the cache's opening */
};

static inline void scanning_found(void *context, json_t *finding)
{
	struct scanning *scanning = context;
	const char *path =
		json_string_value(json_object_get(json_object_get(finding, "file"), "path"));

	assert_non_null(path);
	assert_int_equal(strncmp(path, tempdir, strlen(tempdir)), 0);
	assert_true(scanning->n < SCANNING_MAX);
	scanning->found[scanning->n++] = strdup(path + strlen(tempdir) + 1);
	if (scanning->on_found)
		scanning->on_found(path);
}

static inline void scanning_problem(void *context, const char *path, int err, const char *why)
{
	struct scanning *scanning = context;

	print_message("problem: %s: %s\n", path, why);
	if (scanning->n_problems == SCANNING_MAX)
		return;
	scanning->error[scanning->n_problems] = err;
	scanning->problem[scanning->n_problems++] =
		strdup(strlen(path) > strlen(tempdir) ? path + strlen(tempdir) + 1 : path);
}

static inline void scanning_progress(void *context, const struct scan_counts *counts)
{
	(void)context;
	(void)counts;
}

static inline int scanning_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An order that bans SCANNING_BANNED, to be freed. */
static inline char *scanning_order(void)
{
	unsigned char digest[32];
	char *text = NULL;
	char hex[65];

	assert_true(EVP_Digest(SCANNING_BANNED, strlen(SCANNING_BANNED), digest, NULL, EVP_sha256(),
			       NULL));
	for (int i = 0; i < 32; i++)
		sprintf(hex + 2 * (size_t)i, "%02x", digest[i]);
	assert_true(asprintf(&text,
			     ORDER_HEAD
			     "message: Not here.\nmatch:\n  - sha256: %s\n    size: %zu\n",
			     hex, strlen(SCANNING_BANNED)) > 0);
	return text;
}

static inline void scanning_free(struct scanning *scanning)
{
	for (size_t i = 0; i < scanning->n; i++)
		free(scanning->found[i]);
	for (size_t i = 0; i < scanning->n_problems; i++)
		free(scanning->problem[i]);
	scanning->n = scanning->n_problems = 0;
}

/* Scan; what an earlier one found is forgotten. Nobody asks the module: where there is one it is
 * not this test's. */
static inline void scan_now(struct scanning *scanning)
{
	char *text = scanning->order ? strdup(scanning->order) : scanning_order();
	struct policy *parsed = order_parsed(text);
	const struct policy_device device = { 0 };
	char *path = strdup(scanning->path ? tempdir_path(scanning->path) : tempdir);
	struct scan_options options = {
		.threads = scanning->threads ? scanning->threads : 1,
		.control = -ENODEV,
		.remember_all = true,
		.report = { scanning, scanning_found, scanning_problem, scanning_progress },
	};
	struct scan_policy policy;
	struct scan_roots roots;
	char why[SCAN_CACHE_WHY];

	scanning_free(scanning);
	memset(&scanning->counts, 0, sizeof(scanning->counts));
	parsed->mode = POLICY_MODE_ENFORCE;
	parsed->name = "unit";
	assert_int_equal(scan_policy_init(parsed, &device, &policy), 0);
	policy_free(parsed);
	assert_int_equal(
		scan_roots_find(&path, 1, scan_roots_can_copy() ? SCAN_ROOTS_COPIES : 0, &roots),
		0);
	options.policy = &policy;
	options.roots = &roots;
	if (scanning->cache)
		assert_int_equal(
			scan_cache_open(scanning->cache, "unit", &options.cache, scanning->why), 0);
	assert_int_equal(scan_run(&options, &scanning->counts), 0);
	assert_int_equal(scan_cache_close(options.cache, why), 0);
	assert_string_equal(why, "");
	qsort(scanning->found, scanning->n, sizeof(char *), scanning_compare);
	scan_roots_free(&roots);
	scan_policy_free(&policy);
	free(path);
	free(text);
}

/* Whether @names, each with a newline, are what was found. */
static inline void assert_found(const struct scanning *scanning, const char *names)
{
	char found[16384] = "";
	size_t len = 0;

	for (size_t i = 0; i < scanning->n && len < sizeof(found); i++)
		len += (size_t)snprintf(found + len, sizeof(found) - len, "%s\n",
					scanning->found[i]);
	assert_string_equal(found, names);
}

#endif
