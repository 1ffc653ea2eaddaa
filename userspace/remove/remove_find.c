// SPDX-License-Identifier: GPL-2.0-or-later
#include "remove_find.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "lint/lint_files.h"
#include "remove_json.h"
#include "scan/scan.h"
#include "scan/scan_cache.h"
#include "scan/scan_roots.h"
#include "subject/subject.h"

struct findings {
	const struct remove_find_options *options;
	json_t *all; /* an array of those that are refused */
	bool no_memory;
};

static void keep(void *context, json_t *finding)
{
	struct findings *findings = context;

	if (strcmp(remove_text(finding, "verdict"), "deny") != 0)
		return;
	if (json_array_append(findings->all, finding) < 0)
		findings->no_memory = true;
}

static void pass_problem(void *context, const char *path, int err, const char *why)
{
	struct findings *findings = context;

	if (findings->options->problem)
		findings->options->problem(findings->options->context, path, err, why);
}

static void pass_progress(void *context, const struct scan_counts *counts)
{
	(void)context;
	(void)counts;
}

static int scan_files(const struct policy *policy, const struct policy_device *device,
		      struct findings *findings)
{
	static char *all[] = { "/" };
	const struct remove_find_options *options = findings->options;
	struct scan_counts counts = { 0 };
	struct scan_policy compiled;
	struct scan_roots roots;
	struct scan_options scan = {
		.policy = &compiled,
		.roots = &roots,
		.threads = options->threads,
		.report = { .context = findings,
			    .found = keep,
			    .problem = pass_problem,
			    .progress = pass_progress },
		.stop = options->stop,
	};
	char why[SCAN_CACHE_WHY], maker[160];
	int err = scan_policy_init(policy, device, &compiled);

	if (err)
		return err;
	err = scan_roots_find(options->n_paths ? options->paths : all,
			      options->n_paths ? options->n_paths : 1,
			      scan_roots_can_copy() ? SCAN_ROOTS_COPIES : 0, &roots);
	for (size_t i = 0; !err && i < roots.n_skipped; i++) {
		const struct scan_skipped *skipped = &roots.skipped[i];

		if (skipped->why == SCAN_SKIP_ERROR)
			pass_problem(findings, skipped->path, skipped->err,
				     strerror(-skipped->err));
	}
	if (!err) {
		scan_cache_maker(maker);
		/* Without one it takes longer. */
		if (!options->cache || scan_cache_open(options->cache, maker, &scan.cache, why))
			scan.cache = NULL;
		scan.control = engine_control();
		err = scan_run(&scan, &counts);
		if (scan.control >= 0)
			close(scan.control);
		scan_cache_close(scan.cache, why);
		scan_roots_free(&roots);
	}
	scan_policy_free(&compiled);
	return err;
}

/* ---- what was found ---- */

/* The first of the orders that name it that is asked for. */
static const char *order_of(const json_t *finding, const struct policy *policy,
			    const struct policy_device *device,
			    const struct remove_plan_options *options)
{
	const char *order = json_string_value(json_object_get(finding, "order"));
	const json_t *also;
	size_t i;

	if (order && remove_plan_wants(policy, order, device, options))
		return order;
	json_array_foreach(json_object_get(finding, "also"), i, also)
	{
		order = json_string_value(also);
		if (order && remove_plan_wants(policy, order, device, options))
			return order;
	}
	return NULL;
}

/* Its content, where no rule needed it to be hashed. False: it cannot be. */
static bool hash(const char *path, const json_t *finding, uint8_t sha256[32])
{
	const char *hex = remove_text(json_object_get(finding, "file"), "sha256");
	struct interdict_identity *identity;
	struct subject subject;
	size_t bad;
	bool ok;

	if (policy_parse_hex(hex, strlen(hex), sha256, 32, &bad) == 32)
		return true;
	identity = calloc(1, sizeof(*identity));
	ok = identity && !subject_open(path, &subject);
	if (ok) {
		ok = !subject_identify(&subject, INTERDICT_ID_SHA256, identity) &&
		     identity->ids.have & INTERDICT_ID_SHA256;
		if (ok)
			memcpy(sha256, identity->ids.sha256, 32);
		subject_close(&subject);
	}
	free(identity);
	return ok;
}

static int add_finding(json_t *plan, const json_t *finding, const struct policy *policy,
		       const struct policy_device *device,
		       const struct remove_plan_options *options)
{
	char *path = remove_json_name(json_object_get(json_object_get(finding, "file"), "path"));
	struct remove_found found = { .path = path, .rule = remove_text(finding, "rule") };
	uint8_t sha256[32];
	int err = 0;

	found.order = order_of(finding, policy, device, options);
	if (path && found.order) {
		if (hash(path, finding, sha256))
			found.sha256 = sha256;
		err = remove_plan_file(plan, &found, options);
	}
	free(path);
	return err;
}

int remove_find(const struct policy *policy, const struct policy_device *device,
		const struct remove_find_options *options, json_t **ret)
{
	struct findings findings = { .options = options, .all = json_array() };
	struct remove_plan_options plan_options = options->plan;
	json_t *plan = remove_plan_new(policy), *finding;
	struct lint_files needed = { 0 };
	int err = plan && findings.all ? 0 : -ENOMEM;
	size_t i;

	plan_options.needed = &needed;
	if (!err)
		err = lint_files_find(&needed);
	if (!err)
		err = remove_plan_packages(plan, policy, device, &plan_options);
	if (!err && !options->packages)
		err = scan_files(policy, device, &findings);
	if (!err && findings.no_memory)
		err = -ENOMEM;
	if (!err && options->stop && atomic_load(options->stop))
		err = -ECANCELED;
	json_array_foreach(findings.all, i, finding)
	{
		if (!err)
			err = add_finding(plan, finding, policy, device, &plan_options);
	}
	if (!err)
		err = remove_plan_finish(plan, &plan_options);
	json_decref(findings.all);
	lint_files_free(&needed);
	if (err)
		json_decref(plan);
	else
		*ret = plan;
	return err;
}
