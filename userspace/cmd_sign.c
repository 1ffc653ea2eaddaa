// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict sign DIR --key K --cert C -o BUNDLE`: a policy in one signed file. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "bundle/bundle.h"
#include "cmd_sign.h"
#include "commands.h"
#include "kmod/extract/token.h"
#include "lint/lint.h"
#include "policy/policy_json.h"
#include "token/protect.h"
#include "verb.h"

enum {
	OPTION_KEY = VERB_OWN,
	OPTION_CERT,
	OPTION_CHAIN,
	OPTION_TOKEN,
	OPTION_DEVICE,
	OPTION_FROM,
	OPTION_UNTIL,
	OPTION_TOOL,
};

static const struct argp_option options[] = {
	{ "key", OPTION_KEY, "KEY", 0,
	  "Sign with this private key: a file (PEM or DER), or a pkcs11: URI", 0 },
	{ "cert", OPTION_CERT, "FILE", 0, "The key's certificate (PEM); its chain may follow", 0 },
	{ "chain", OPTION_CHAIN, "FILE", 0, "More certificates between it and a trusted one (PEM)",
	  0 },
	{ "output", 'o', "BUNDLE", 0, "Where the bundle, or the token, goes", 0 },
	{ "token", OPTION_TOKEN, "ACTION", 0,
	  "Make a token instead, that lets a device be disarmed: unload, off (of the policy in DIR), "
	  "break-glass or tool",
	  0 },
	{ "device", OPTION_DEVICE, "ID", 0,
	  "Of a token: the device, by its ID in status and events, or *", 0 },
	{ "from", OPTION_FROM, "TIME", 0, "Of a token: when it begins; a day ago without it", 0 },
	{ "until", OPTION_UNTIL, "TIME", 0,
	  "Of a token: its last second, as 2h or 2026-11-22T08:00:00Z", 0 },
	{ "tool", OPTION_TOOL, "FILE", 0, "Of a token for tool: the new interdict", 0 },
	VERB_OPTION_ALLOW_CRITICAL("Sign also rules that match what this system needs"),
	VERB_OPTION_JSON("One JSON object instead of lines"),
	{ 0 },
};

/* What an action needs beside its name. */
static void set_token(struct sign_arguments *args, const char *name, struct argp_state *state)
{
	int action = token_action_of(name, (__u32)strlen(name));

	if (action < 0)
		argp_error(state, "--token: \"%s\" is not unload, off, break-glass or tool", name);
	args->token = name;
	if (action != TOKEN_OFF)
		args->common.takes = NULL;
}

static void check_token(const struct sign_arguments *args, struct argp_state *state)
{
	if (!args->token && (args->device || args->from || args->until || args->tool) &&
	    !args->common.operand)
		argp_error(state, "--device, --from, --until and --tool are of tokens");
	if (!args->token)
		return;
	if (!args->device || !args->until)
		argp_error(state, "a token needs --device and --until");
	if (!strcmp(args->token, token_action_name(TOKEN_TOOL)) != (args->tool != NULL))
		argp_error(state, "--tool goes with --token tool");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sign_arguments *args = state->input;

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
	case OPTION_TOKEN:
		set_token(args, arg, state);
		return 0;
	case OPTION_DEVICE:
		args->device = arg;
		return 0;
	case OPTION_FROM:
		args->from = arg;
		return 0;
	case OPTION_UNTIL:
		args->until = arg;
		return 0;
	case OPTION_TOOL:
		args->tool = arg;
		return 0;
	case 'o':
		args->output = arg;
		return 0;
	case ARGP_KEY_END:
		check_token(args, state);
		if ((args->token || args->common.operand) &&
		    (!args->key || !args->cert || !args->output))
			argp_error(state, "--key, --cert and --output are needed");
		return verb_parse(key, arg, state);
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DIR\n--token ACTION [DIR]",
	.doc = "Parse and lint the policy in DIR, sign it, and write it to BUNDLE, which is verified "
	       "before it gets its name. Where its mode is off, a token for that is written beside it, "
	       "BUNDLE" TOKEN_SUFFIX "."
	       "\vExit status: 0 signed; 1 errors in the policy, or something cannot be read or "
	       "written; 2 usage; 3 nothing here reads such a key; 4 refused: by the lint, or because "
	       "nobody would accept the signature.",
};

/* Through all of it. Each step returns 0, or -errno with a problem in errs. */
struct signing {
	const struct sign_arguments *args;
	struct policy_errors errs;
	struct policy *policy; /* of the directory */
	struct policy *packed; /* of the bundle */
	char *archive;
	size_t len;
	struct bundle_credentials credentials;
	int64_t now;
};

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
	return sign_problem(&s->errs, err, what, why);
}

static int sign(struct signing *s)
{
	char why[BUNDLE_WHY_MAX];
	unsigned char *der = NULL;
	size_t len;
	int err;

	err = bundle_sign(s->archive, s->len, &s->credentials, s->now, &der, &len, why);
	if (err)
		return sign_problem(&s->errs, err, s->args->key, why);
	err = bundle_write(s->args->output, der, len, &s->credentials, s->now, s->policy->digest,
			   &s->packed, &s->errs);
	OPENSSL_free(der);
	return err;
}

/* A token alone, or the one that a bundle with mode: off is loaded with. */
static int sign_tokens(struct signing *s)
{
	char path[PATH_MAX];

	if (s->args->token)
		return sign_token(s->args, s->policy, s->args->output, &s->credentials, s->now,
				  &s->errs);
	if (s->policy->mode != POLICY_MODE_OFF)
		return 0;
	if (snprintf(path, sizeof(path), "%s" TOKEN_SUFFIX, s->args->output) >= (int)sizeof(path))
		return sign_problem(&s->errs, -ENAMETOOLONG, s->args->output,
				    strerror(ENAMETOOLONG));
	return sign_token(s->args, s->policy, path, &s->credentials, s->now, &s->errs);
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
	if (s->args->token)
		return;
	root = json_pack("{s:b, s:o, s:o}", "signed", s->packed != NULL, "policy",
			 policy_json(s->packed ? s->packed : s->policy), "problems",
			 policy_errors_json(&s->errs));
	verb_print_json(root);
	json_decref(root);
}

int cmd_sign(int argc, char **argv)
{
	struct sign_arguments args = { .common.takes = &verb_operand_policy };
	struct signing s = { .args = &args, .now = time(NULL) };
	int status;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	err = args.common.operand ? read_policy(&s) : 0;
	if (!err)
		err = read_credentials(&s);
	if (!err && !args.token)
		err = sign(&s);
	if (!err)
		err = sign_tokens(&s);
	policy_errors_sort(&s.errs);
	print(&s);
	status = policy_errors_status(&s.errs);
	if (err == -ENOPKG)
		status = EXIT_UNSUPPORTED;
	if (err == -ENOMEM)
		verb_complain("sign", args.output, "out of memory");
	if (err && status == EXIT_DONE)
		status = EXIT_FAILED;
	bundle_credentials_free(&s.credentials);
	free(s.archive);
	policy_free(s.policy);
	policy_free(s.packed);
	policy_errors_free(&s.errs);
	return status;
}
