// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict sign DIR --key K --cert C -o BUNDLE`: a policy in one signed file. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "bundle/bundle.h"
#include "commands.h"
#include "lint/lint.h"
#include "policy/policy_json.h"
#include "verb.h"

enum { OPTION_KEY = VERB_OWN, OPTION_CERT, OPTION_CHAIN };

struct arguments {
	struct verb_arguments common;
	const char *key;
	const char *cert;
	const char *chain;
	const char *output;
};

static const struct argp_option options[] = {
	{ "key", OPTION_KEY, "KEY", 0,
	  "Sign with this private key: a file (PEM or DER), or a pkcs11: URI", 0 },
	{ "cert", OPTION_CERT, "FILE", 0, "The key's certificate (PEM); its chain may follow", 0 },
	{ "chain", OPTION_CHAIN, "FILE", 0, "More certificates between it and a trusted one (PEM)",
	  0 },
	{ "output", 'o', "BUNDLE", 0, "Where the bundle goes", 0 },
	VERB_OPTION_ALLOW_CRITICAL("Sign also rules that match what this system needs"),
	VERB_OPTION_JSON("One JSON object instead of lines"),
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_KEY:
		args->key = arg;
		return 0;
	case OPTION_CERT:
		args->cert = arg;
		return 0;
	case OPTION_CHAIN:
		args->chain = arg;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case ARGP_KEY_END:
		if (args->common.operand && (!args->key || !args->cert || !args->output))
			argp_error(state, "--key, --cert and --output are needed");
		return verb_parse(key, arg, state);
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DIR",
	.doc = "Parse and lint the policy in DIR, sign it, and write it to BUNDLE, which is verified "
	       "before it gets its name."
	       "\vExit status: 0 signed; 1 errors in the policy, or something cannot be read or "
	       "written; 2 usage; 3 nothing here reads such a key; 4 refused: by the lint, or because "
	       "nobody would accept the signature.",
};

/* Through all of it. Each step returns 0, or -errno with a problem in errs. */
struct signing {
	const struct arguments *args;
	struct policy_errors errs;
	struct policy *policy; /* of the directory */
	struct policy *packed; /* of the bundle */
	char *archive;
	size_t len;
	struct bundle_credentials credentials;
	int64_t now;
};

static int problem(struct signing *s, int err, const char *file, const char *why)
{
	/* Behind a question mark a URI may have a PIN (RFC 7512, 2.4), for nobody's eyes. */
	size_t len = strncmp(file, "pkcs11:", 7) != 0 ? strlen(file) : strcspn(file, "?");
	char *name = strndup(file, len);

	if (err == -EKEYREJECTED)
		policy_errors_add_problem(&s->errs, POLICY_PROBLEM_SIGNATURE, POLICY_REFUSED,
					  &(struct policy_place){ .file = name ? name : "" }, "%s",
					  why);
	else if (err && err != -ENOMEM)
		policy_errors_add(&s->errs, POLICY_ERROR, name ? name : "", 0, 0, "%s", why);
	free(name);
	return err;
}

static int read_policy(struct signing *s)
{
	int err;

	err = policy_pack_dir(s->args->common.operand, 0, BUNDLE_CONTENT_MAX, &s->policy,
			      &s->archive, &s->len, &s->errs);
	if (!err)
		err = lint_policy(s->policy, verb_lint_flags(&s->args->common), s->now, &s->errs);
	/* What the lint refuses is no error of its own. */
	return err ? err : policy_errors_count(&s->errs) ? -EPERM : 0;
}

static int read_credentials(struct signing *s)
{
	char why[BUNDLE_WHY_MAX];
	const char *what;
	int err;

	err = bundle_credentials_read(s->args->key, s->args->cert, s->args->chain, &s->credentials,
				      &what, why);
	return problem(s, err, what, why);
}

static int sign(struct signing *s)
{
	char why[BUNDLE_WHY_MAX];
	unsigned char *der = NULL;
	size_t len;
	int err;

	err = bundle_sign(s->archive, s->len, &s->credentials, s->now, &der, &len, why);
	if (err)
		return problem(s, err, s->args->key, why);
	err = bundle_write(s->args->output, der, len, &s->credentials, s->now, s->policy->digest,
			   &s->packed, &s->errs);
	OPENSSL_free(der);
	return err;
}

static void print(const struct signing *s)
{
	json_t *root;

	if (!s->args->common.json) {
		policy_errors_print(&s->errs, stderr);
		if (s->packed)
			verb_print_policy(s->packed);
		return;
	}
	root = json_pack("{s:b, s:o, s:o}", "signed", s->packed != NULL, "policy",
			 policy_json(s->packed ? s->packed : s->policy), "problems",
			 policy_errors_json(&s->errs));
	verb_print_json(root);
	json_decref(root);
}

int cmd_sign(int argc, char **argv)
{
	struct arguments args = { .common.takes = &verb_operand_policy };
	struct signing s = { .args = &args, .now = time(NULL) };
	int status;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	err = read_policy(&s);
	if (!err)
		err = read_credentials(&s);
	if (!err)
		err = sign(&s);
	policy_errors_sort(&s.errs);
	print(&s);
	status = policy_errors_status(&s.errs);
	if (err == -ENOPKG)
		status = EXIT_UNSUPPORTED;
	if (err == -ENOMEM)
		verb_complain("sign", args.common.operand, "out of memory");
	if (err && status == EXIT_DONE)
		status = EXIT_FAILED;
	bundle_credentials_free(&s.credentials);
	free(s.archive);
	policy_free(s.policy);
	policy_free(s.packed);
	policy_errors_free(&s.errs);
	return status;
}
