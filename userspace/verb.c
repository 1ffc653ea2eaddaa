// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "escape.h"
#include "events/event_line.h"
#include "lint/lint.h"
#include "verify/verify.h"

const struct verb_operand verb_operand_policy = {
	.one = "one policy at a time",
	.missing = "a policy's directory is needed",
};

const struct verb_operand verb_operand_bundle = {
	.one = "one policy at a time",
	.missing = "a policy's directory or bundle is needed",
};

const struct verb_operand verb_operand_file = {
	.one = "one file at a time",
	.missing = "a file is needed",
};

error_t verb_parse(int key, char *arg, struct argp_state *state)
{
	struct verb_arguments *args = state->input;
	const char **to;

	switch (key) {
	case VERB_CONFIG:
		args->config = arg;
		return 0;
	case VERB_JSON:
		args->json = true;
		return 0;
	case VERB_VERIFY:
		args->verify = true;
		return 0;
	case VERB_TRUST:
		args->trust = arg;
		return 0;
	case VERB_ALLOW_CRITICAL:
		args->allow_critical = true;
		return 0;
	case ARGP_KEY_ARG:
		to = args->operand ? &args->second : &args->operand;
		if (!args->takes)
			argp_error(state, "no argument is taken, not \"%s\"", arg);
		else if (*to || (args->operand && !args->takes->two))
			argp_error(state, "%s, not also \"%s\"", args->takes->one, arg);
		*to = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->takes && args->takes->missing &&
		    (!args->operand || (args->takes->two && !args->second)))
			argp_error(state, "%s", args->takes->missing);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

unsigned int verb_lint_flags(const struct verb_arguments *args)
{
	return args->allow_critical ? LINT_ALLOW_CRITICAL : 0;
}

int verb_load_config(const char *path, struct config *config)
{
	struct policy_errors errs = { 0 };
	int err = config_load(path, config, &errs);

	if (err)
		policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	return err ? EXIT_FAILED : EXIT_DONE;
}

int verb_load_policy(const char *path, const char *trust, struct policy **policy)
{
	struct policy_errors errs = { 0 };
	int err = policy_load(path, trust, time(NULL), POLICY_UNENFORCED_KEEP, policy, &errs);
	int status = err ? policy_errors_status(&errs) : EXIT_DONE;

	policy_errors_sort(&errs);
	if (err)
		policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	return err && !status ? EXIT_FAILED : status;
}

int verb_load_trust(const char *verb, const struct verb_arguments *args,
		    struct verify_trust **trust)
{
	char why[VERIFY_WHY_MAX];

	*trust = NULL;
	if (args->verify != !!args->trust) {
		fprintf(stderr, "interdict %s: %s\n", verb,
			args->verify ? "--verify needs --trust: whose signatures count?" :
				       "--trust goes with --verify");
		return EXIT_USAGE;
	}
	if (!args->verify || !verify_trust_load(args->trust, trust, why))
		return EXIT_DONE;
	verb_complain(verb, args->trust, why);
	return EXIT_FAILED;
}

int verb_print_json(const json_t *json)
{
	int ret = json_dumpf(json, stdout, JSON_INDENT(2));

	putchar('\n');
	return ret ? -1 : 0;
}

void verb_print_policy(const struct policy *policy)
{
	const struct policy_signer *signer = policy->signer;
	char hex[65];
	char time[21];

	event_hex(policy->digest, sizeof(policy->digest), hex);
	printf("policy %s, serial %llu, mode %s: %zu orders, %zu rules, sha256 %s\n", policy->name,
	       (unsigned long long)policy->serial, policy_mode_name(policy->mode), policy->n_orders,
	       policy->n_rules, hex);
	if (!signer)
		return;
	event_hex(signer->certificate, sizeof(signer->certificate), hex);
	printf("signed by %s, certificate %s", signer->name, hex);
	if (signer->signed_at > 0) {
		policy_format_time(signer->signed_at, time);
		printf(", at %s", time);
	}
	putchar('\n');
}

void verb_complain(const char *verb, const char *file, const char *why)
{
	char *name = escape_name(file, strlen(file), ESCAPE_TERMINAL);

	fprintf(stderr, "interdict %s: %s: %s\n", verb, name ? name : "", why);
	free(name);
}
