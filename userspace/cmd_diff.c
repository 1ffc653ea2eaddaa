// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict diff OLD NEW`: what a new policy changes. */
#include <argp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "policy/policy.h"
#include "diff/policy_diff.h"
#include "bundle/trust.h"
#include "verb.h"

enum { OPTION_EXIT_CODE = VERB_OWN, OPTION_FULL };

struct arguments {
	struct verb_arguments common;
	bool exit_code;
	bool full;
};

static const struct argp_option options[] = {
	VERB_OPTION_BUNDLE_TRUST,
	VERB_OPTION_JSON("One JSON object"),
	{ "full", OPTION_FULL, NULL, 0, "Show every rule that differs, not only the first ones",
	  0 },
	{ "exit-code", OPTION_EXIT_CODE, NULL, 0, "Exit with 5 where the policies differ", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_EXIT_CODE:
		args->exit_code = true;
		return 0;
	case OPTION_FULL:
		args->full = true;
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "OLD NEW",
	.doc = "Say what the policy NEW changes: header, orders, rules by kind, lists."
	       "\vExit status: 0 done, whether they differ or not; 1 one of them cannot be read; "
	       "2 usage; 5 they differ, with --exit-code.",
};

static const struct verb_operand operands = {
	.one = "two policies",
	.missing = "two policies are needed: the old and the new one",
	.two = true,
};

int cmd_diff(int argc, char **argv)
{
	struct arguments args = { .common = { .takes = &operands, .trust = TRUST_DIR } };
	struct policy *old = NULL;
	struct policy *new = NULL;
	json_t *diff = NULL;
	int status;
	int other;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_policy(args.common.operand, args.common.trust, &old);
	other = verb_load_policy(args.common.second, args.common.trust, &new);
	status = status ? status : other;
	if (!status && policy_diff(old, new, args.full ? SIZE_MAX : POLICY_DIFF_EXAMPLES, &diff)) {
		fprintf(stderr, "interdict diff: out of memory\n");
		status = EXIT_FAILED;
	}
	policy_free(old);
	policy_free(new);
	if (!status && args.common.json)
		status = verb_print_json(diff) ? EXIT_FAILED : EXIT_DONE;
	else if (!status)
		policy_diff_print(diff, stdout);
	if (!status && args.exit_code && policy_diff_differs(diff))
		status = EXIT_FOUND;
	json_decref(diff);
	return status;
}
