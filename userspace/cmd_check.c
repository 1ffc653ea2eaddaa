// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict check DIR|BUNDLE`: parse and lint a policy, and say everything that is wrong with it.
 */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "lint/lint.h"
#include "lint/lint_labels.h"
#include "lint/lint_needed.h"
#include "packages/package_resolve.h"
#include "policy/policy.h"
#include "policy/policy_json.h"
#include "lint/sarif.h"
#include "bundle/trust.h"
#include "verb.h"

enum { OPTION_ALLOW_CRITICAL = VERB_OWN, OPTION_LABELS, OPTION_SARIF };

struct arguments {
	struct verb_arguments common;
	unsigned int lint_flags;
	const char *labels; /* or NULL */
	bool sarif;
};

static const struct argp_option options[] = {
	VERB_OPTION_JSON("One JSON object instead of lines"),
	VERB_OPTION_BUNDLE_TRUST,
	{ "sarif", OPTION_SARIF, NULL, 0, "SARIF 2.1.0 instead of lines, for code review", 0 },
	{ "labels", OPTION_LABELS, "FILE", 0,
	  "The fleet's labels, a line each: warn of others in orders", 0 },
	{ "allow-critical", OPTION_ALLOW_CRITICAL, NULL, 0,
	  "Rules that match what this system needs are warnings", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_ALLOW_CRITICAL:
		args->lint_flags |= LINT_ALLOW_CRITICAL;
		return 0;
	case OPTION_LABELS:
		args->labels = arg;
		return 0;
	case OPTION_SARIF:
		args->sarif = true;
		return 0;
	case ARGP_KEY_END:
		if (args->sarif && args->common.json)
			argp_error(state, "either --json or --sarif");
		return verb_parse(key, arg, state);
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DIR|BUNDLE",
	.doc = "Parse and lint the policy in DIR, or in BUNDLE when its signature was verified, and "
	       "print every problem as FILE:LINE:COL: error|warning: TEXT."
	       "\vExit status: 0 no errors; 1 the text has errors; 2 usage; "
	       "3 not supported; 4 the bundle's signature is refused; or the text is right, but "
	       "rules are refused: they would stop this system, or this version cannot enforce them.",
};

static void print_lines(const struct policy *policy, const struct policy_errors *errs,
			const struct package_report *packages)
{
	policy_errors_print(errs, stdout);
	if (policy)
		verb_print_policy(policy);
	if (packages->packages)
		package_report_print(packages, "here: ", stdout);
	printf("errors: %zu, warnings: %zu\n", policy_errors_count(errs),
	       errs->count[POLICY_WARNING]);
}

static int print_json(const struct policy *policy, const struct policy_errors *errs,
		      const struct package_report *packages, bool allow_critical)
{
	json_t *root;
	int ret;

	root = json_pack("{s:o, s:I, s:I, s:I, s:b, s:o, s:o}", "policy", policy_json(policy),
			 "errors", (json_int_t)policy_errors_count(errs), "warnings",
			 (json_int_t)errs->count[POLICY_WARNING], "dropped",
			 (json_int_t)errs->dropped, "allow_critical", allow_critical, "problems",
			 policy_errors_json(errs), "packages", package_report_json(packages));
	ret = verb_print_json(root);
	json_decref(root);
	return ret ? -ENOMEM : 0;
}

static int print_sarif(const struct policy_errors *errs, int status, bool allow_critical)
{
	json_t *root = sarif_json(errs, status, allow_critical);
	int ret = verb_print_json(root);

	json_decref(root);
	return ret ? -ENOMEM : 0;
}

/* What its package rules stand for on this device, so that it is checked, too. 0 or -ENOMEM. */
static int resolve(struct policy *policy, struct package_report *report, struct policy_errors *errs)
{
	const struct package_resolve_options options = { .root = "",
							 .kept = PACKAGE_KEPT,
							 .dry = true };
	enum package_type type;
	int err = lint_needed_resolve(policy, &options, report);

	if (err)
		return err;
	for (type = 0; type < PACKAGE_TYPE_COUNT; type++)
		if (report->databases.of[type].state == PACKAGE_DATABASE_BROKEN)
			policy_errors_add_problem(
				errs, POLICY_PROBLEM_UNCOMPARED, POLICY_WARNING,
				&(struct policy_place){ .file = package_type_name(type) },
				"the database of these packages cannot be read, so that rules for "
				"them are not compared with what is installed: %s",
				report->databases.of[type].why);
	return 0;
}

/* Everything that is wrong with the policy at @path. */
static int look(const struct arguments *args, const char *path, struct policy **policy,
		struct package_report *packages, struct policy_errors *errs)
{
	struct lint_labels labels = { 0 };
	int ret = 0;
	int err;

	if (args->labels)
		ret = lint_labels_load(args->labels, &labels, errs);
	err = policy_load(path, args->common.trust, time(NULL), POLICY_UNENFORCED_REPORT, policy,
			  errs);
	if (!err)
		err = resolve(*policy, packages, errs);
	if (!err)
		err = lint_policy(*policy, args->lint_flags, time(NULL), errs);
	if (!err && args->labels && !ret)
		lint_labels_check(*policy, &labels, errs);
	if (args->labels && !ret)
		lint_labels_free(&labels);
	policy_errors_sort(errs);
	return err ? err : ret;
}

int cmd_check(int argc, char **argv)
{
	struct policy_errors errs = { 0 };
	struct package_report packages = { 0 };
	struct policy *policy = NULL;
	struct arguments args = { .common.takes = &verb_operand_bundle,
				  .common.trust = TRUST_DIR,
				  .lint_flags = LINT_INSTALLED };
	bool allow_critical;
	const char *path;
	int status;
	int ret;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	path = args.common.operand;
	ret = look(&args, path, &policy, &packages, &errs);
	status = policy_errors_status(&errs);
	if (ret && status == EXIT_DONE)
		status = EXIT_FAILED;
	allow_critical = args.lint_flags & LINT_ALLOW_CRITICAL;
	if (ret != -ENOMEM && args.sarif)
		ret = print_sarif(&errs, status, allow_critical);
	else if (ret != -ENOMEM && args.common.json)
		ret = print_json(policy, &errs, &packages, allow_critical);
	else if (ret != -ENOMEM)
		print_lines(policy, &errs, &packages);
	if (ret == -ENOMEM) {
		fprintf(stderr, "%s: out of memory\n", path);
		status = EXIT_FAILED;
	}
	policy_free(policy);
	package_report_free(&packages);
	policy_errors_free(&errs);
	return status;
}
