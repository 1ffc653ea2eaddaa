/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `interdict sign`; as in commands.h. */
#ifndef INTERDICT_CMD_SIGN_H
#define INTERDICT_CMD_SIGN_H

#include "bundle/bundle.h"
#include "verb.h"

/* Tokens hold from a day before they are made: a device that was off, and has no clock of its own,
 * may know of no later time that has come. */
#define SIGN_TOKEN_BEFORE 86400
/* How long the token holds that comes with a bundle whose mode is off, in seconds. */
#define SIGN_TOKEN_OFF 604800

struct sign_arguments {
	struct verb_arguments common;
	const char *key;
	const char *cert;
	const char *chain;
	const char *output;
	/* of tokens; NULL: not given */
	const char *token; /* the action's name */
	const char *device;
	const char *from;
	const char *until;
	const char *tool;
};

/* What went wrong about @file, with @err: -EKEYREJECTED is a refusal. Returns @err. */
int sign_problem(struct policy_errors *errs, int err, const char *file, const char *why);

/*
 * `sign --token`, or the token of @policy, whose mode is off (NULL: none, @args says it all): sign
 * it and write it to @output. Returns 0, or -errno with a problem in @errs; prints what it is.
 */
int sign_token(const struct sign_arguments *args, const struct policy *policy, const char *output,
	       const struct bundle_credentials *credentials, int64_t now,
	       struct policy_errors *errs);

#endif
