// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict verify BUNDLE`: whether a bundle is what somebody who is trusted signed. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "bundle/bundle.h"
#include "commands.h"
#include "policy/policy_json.h"
#include "verb.h"

static const struct argp_option options[] = {
	VERB_OPTION_JSON("One JSON object instead of lines"),
	VERB_OPTION_BUNDLE_TRUST,
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = verb_parse,
	.args_doc = "BUNDLE",
	.doc = "Check the signature of BUNDLE and that its content is a policy, and say whose it is. "
	       "The policy is not linted."
	       "\vExit status: 0 good; 1 it is not a bundle, its content is not a policy, or "
	       "something cannot be read; 2 usage; 4 the signature is refused.",
};

static const struct verb_operand operand = {
	.one = "one bundle at a time",
	.missing = "a bundle is needed",
};

static void print_json(const struct policy *policy, const struct policy_errors *errs)
{
	json_t *root;

	root = json_pack("{s:b, s:o, s:o}", "good", policy != NULL, "policy", policy_json(policy),
			 "problems", policy_errors_json(errs));
	verb_print_json(root);
	json_decref(root);
}

int cmd_verify(int argc, char **argv)
{
	struct verb_arguments args = { .takes = &operand, .trust = TRUST_DIR };
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	int status;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	err = bundle_load(args.operand, args.trust, time(NULL), POLICY_UNENFORCED_KEEP, &policy,
			  &errs);
	policy_errors_sort(&errs);
	if (args.json)
		print_json(policy, &errs);
	else
		policy_errors_print(&errs, stderr);
	if (policy && !args.json)
		verb_print_policy(policy);
	status = policy_errors_status(&errs);
	if (err == -ENOMEM)
		verb_complain("verify", args.operand, "out of memory");
	if (err && status == EXIT_DONE)
		status = EXIT_FAILED;
	policy_free(policy);
	policy_errors_free(&errs);
	return status;
}
