// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict sign --token ACTION`: a token that lets a device be disarmed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_sign.h"
#include "commands.h"
#include "policy/policy.h"
#include "token/token_write.h"

int sign_problem(struct policy_errors *errs, int err, const char *file, const char *why)
{
	/* Behind a question mark a URI may have a PIN (RFC 7512, 2.4), for nobody's eyes. */
	size_t len = strncmp(file, "pkcs11:", 7) != 0 ? strlen(file) : strcspn(file, "?");
	char *name = strndup(file, len);

	if (err == -EKEYREJECTED)
		policy_errors_add_problem(errs, POLICY_PROBLEM_SIGNATURE, POLICY_REFUSED,
					  &(struct policy_place){ .file = name ? name : "" }, "%s",
					  why);
	else if (err && err != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, name ? name : "", 0, 0, "%s", why);
	free(name);
	return err;
}

/* "2026-11-22T08:00:00Z", or "2h" from @now on. */
static int read_time(const char *text, int64_t now, int64_t *seconds, const char **why)
{
	uint32_t duration;

	if (strchr(text, 'T'))
		return policy_parse_time(text, seconds, why);
	if (policy_parse_duration(text, &duration, why))
		return -EINVAL;
	*seconds = now + duration;
	return 0;
}

/* Of a bundle whose mode is off only, all may be left out. */
static int set_window(const struct sign_arguments *args, int64_t now, struct token *token,
		      const char **why)
{
	int64_t from = now - SIGN_TOKEN_BEFORE, until = now + SIGN_TOKEN_OFF;
	int err = 0;

	if (args->from)
		err = policy_parse_time(args->from, &from, why);
	if (!err && args->until)
		err = read_time(args->until, now, &until, why);
	if (!err && until < from) {
		*why = "the token would end before it begins";
		err = -EINVAL;
	}
	token->not_before = from;
	token->not_after = until;
	return err;
}

static int set_device(const struct sign_arguments *args, struct token *token, const char **why)
{
	const char *device = args->device ? args->device : "*";

	if (strcmp(device, "*") != 0 && (strlen(device) != TOKEN_DEVICE_LEN ||
					 strspn(device, "0123456789abcdef") != TOKEN_DEVICE_LEN)) {
		*why = "--device is the ID that status and events have of a device (32 hex digits), "
		       "or *";
		return -EINVAL;
	}
	strcpy(token->device, device);
	return 0;
}

static int make(const struct sign_arguments *args, const struct policy *policy, int64_t now,
		struct token *token, const char **why)
{
	const char *name = args->token ? args->token : token_action_name(TOKEN_OFF);
	int err;

	token->action = (enum token_action)token_action_of(name, (__u32)strlen(name));
	err = set_device(args, token, why);
	if (!err)
		err = set_window(args, now, token, why);
	if (err)
		return err;
	if (token->action == TOKEN_OFF) {
		snprintf(token->policy, sizeof(token->policy), "%s", policy->name);
		token->serial = policy->serial;
	}
	if (token->action == TOKEN_TOOL) {
		int fd = open(args->tool, O_RDONLY | O_CLOEXEC);

		err = fd < 0 ? -errno : token_set_tool(token, fd);
		*why = strerror(-err);
		if (fd >= 0)
			close(fd);
	}
	if (!err) {
		err = token_set_nonce(token);
		*why = strerror(-err);
	}
	return err;
}

int sign_token(const struct sign_arguments *args, const struct policy *policy, const char *output,
	       const struct bundle_credentials *credentials, int64_t now,
	       struct policy_errors *errs)
{
	struct token token = { 0 };
	char reason[BUNDLE_WHY_MAX], from[21], until[21];
	const char *why = "";
	int err = make(args, policy, now, &token, &why);

	if (err)
		return sign_problem(errs, err, args->tool ? args->tool : output, why);
	err = token_write(output, &token, credentials, now, reason);
	if (err)
		return sign_problem(errs, err, output, reason);
	policy_format_time(token.not_before, from);
	policy_format_time(token.not_after, until);
	fprintf(args->common.json ? stderr : stdout,
		"%s: a token for %s, device %s, from %s to %s\n", output,
		token_action_name(token.action), token.device, from, until);
	return 0;
}
