// SPDX-License-Identifier: GPL-2.0-or-later
#include "token_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/bundle_internal.h"
#include "events/event_line.h"
#include "policy/policy.h"
#include "read_file.h"

static_assert(TOKEN_NAME_MAX == POLICY_ID_MAX, "a policy's name");

int token_device(char device[TOKEN_DEVICE_LEN + 1])
{
	char host[EVENT_HOST_LEN];

	event_host(host);
	if (strspn(host, "0") == TOKEN_DEVICE_LEN)
		return -ENOENT;
	memcpy(device, host, sizeof(host));
	return 0;
}
static_assert(TOKEN_DEVICE_LEN + 1 == EVENT_HOST_LEN, "the host of events");

size_t token_print(const struct token *token, char text[TOKEN_TEXT_MAX])
{
	char from[21], to[21], nonce[2 * TOKEN_NONCE_LEN + 1], sha256[65];
	int n;

	policy_format_time(token->not_before, from);
	policy_format_time(token->not_after, to);
	event_hex(token->nonce, sizeof(token->nonce), nonce);
	n = snprintf(text, TOKEN_TEXT_MAX,
		     "interdict-token: 1\naction: %s\ndevice: %s\nnot-before: %s\nnot-after: %s\n"
		     "nonce: %s\n",
		     token_action_name(token->action), token->device, from, to, nonce);
	if (token->action == TOKEN_OFF)
		n += snprintf(text + n, TOKEN_TEXT_MAX - (size_t)n, "policy: %s\nserial: %llu\n",
			      token->policy, (unsigned long long)token->serial);
	if (token->action == TOKEN_TOOL) {
		event_hex(token->sha256, sizeof(token->sha256), sha256);
		n += snprintf(text + n, TOKEN_TEXT_MAX - (size_t)n, "sha256: %s\n", sha256);
	}
	return (size_t)n;
}

/* ---- files ---- */

void token_file_free(struct token_file *file)
{
	free(file->signer);
	OPENSSL_free(file->signature);
	*file = (struct token_file){ 0 };
}

static int not_a_token(char *why, const char *reason)
{
	return bundle_why(why, -EBADMSG, "is not a token: %s", reason);
}

/* What is in a bundle that was verified. */
static int take_content(struct bundle *bundle, struct token_file *file, char *why)
{
	const char *reason;
	int err;

	if (bundle->len > TOKEN_MAX)
		return not_a_token(why, "it is longer than 4096 bytes");
	memcpy(file->text, bundle->archive, bundle->len);
	file->text_len = bundle->len;
	if (token_parse(file->text, (uint32_t)file->text_len, &file->token, &reason))
		return not_a_token(why, reason);
	file->signer = strdup(bundle->signer.name);
	if (!file->signer)
		return -ENOMEM;
	err = bundle_detach(bundle, &file->signature, &file->signature_len);
	if (!err && file->signature_len > INTERDICT_SIGNATURE_MAX)
		err = not_a_token(why, "its signature is longer than 16 KiB");
	return err;
}

int token_file_read(const char *path, const struct trust *trust, int64_t now,
		    struct token_file *ret, char why[BUNDLE_WHY_MAX])
{
	struct token_file file = { .text_len = 0 };
	struct bundle bundle = { 0 };
	char *der = NULL;
	size_t len = 0;
	int err;

	err = read_file_at(AT_FDCWD, path, TOKEN_FILE_MAX, &der, &len);
	if (err)
		return bundle_why(why, err, "%s", read_file_reason(err));
	err = bundle_verify(der, len, trust, now, &bundle, why);
	free(der);
	if (!err)
		err = take_content(&bundle, &file, why);
	bundle_free(&bundle);
	if (err)
		token_file_free(&file);
	else
		*ret = file;
	return err;
}

/* ---- taking one ---- */

/* Before the module has it: then it is used up. */
static int check_wanted(const struct token_use *use, const struct token *token, char *why)
{
	if (!(use->actions & 1U << token->action))
		return bundle_why(why, -EKEYREJECTED, "is a token for another action, %s",
				  token_action_name(token->action));
	if (token->action == TOKEN_OFF &&
	    (strcmp(token->policy, use->policy) != 0 || token->serial != use->serial))
		return bundle_why(why, -EKEYREJECTED,
				  "is a token for policy %s serial %llu, not for %s serial %llu",
				  token->policy, (unsigned long long)token->serial, use->policy,
				  (unsigned long long)use->serial);
	if (token->action == TOKEN_TOOL &&
	    memcmp(token->sha256, use->sha256, sizeof(token->sha256)) != 0)
		return bundle_why(why, -EKEYREJECTED,
				  "is a token for another program than the one that is here");
	return 0;
}

/* Where nothing is sealed there is nobody else who would. */
static int check_here(const struct token_use *use, const struct token *token, char *why)
{
	char device[TOKEN_DEVICE_LEN + 1];

	if (token_device(device))
		return bundle_why(why, -ENOENT, "this device has no machine ID");
	switch (token_check(token, device, use->early, use->late)) {
	case 0:
		return 0;
	case -EXDEV:
		return bundle_why(why, -EXDEV, "it is for another device");
	case -EAGAIN:
		return bundle_why(why, -EAGAIN, "it does not hold yet");
	default:
		return bundle_why(why, -EKEYEXPIRED, "it does not hold any more");
	}
}

static int give(const struct token_use *use, const struct token_file *file, bool *sealed, char *why)
{
	struct seal_status status;
	struct seal_taken taken;
	const char *reason;
	int err;

	seal_get_status(&status);
	*sealed = status.usable > 0;
	if (!*sealed)
		return check_here(use, &file->token, why);
	err = seal_disarm(file->text, file->text_len, file->signature, file->signature_len, &taken,
			  &reason);
	return err ? bundle_why(why, err, "%s", reason) : 0;
}

/* Its problems, of which one is enough. */
static int load_trust(const char *dir, struct trust **trust, char *why)
{
	struct policy_errors errs = { 0 };
	int err = trust_load_sealed(dir, trust, &errs);

	for (size_t i = 0; err && i < errs.n; i++)
		if (errs.v[i].severity != POLICY_WARNING) {
			bundle_why(why, 0, "%s: %s", errs.v[i].file, errs.v[i].text);
			break;
		}
	policy_errors_free(&errs);
	return err;
}

int token_take(const struct token_use *use, struct token_used *ret, char why[BUNDLE_WHY_MAX])
{
	struct token_used used = { .sealed = false };
	struct token_file file = { .text_len = 0 };
	struct trust *trust = NULL;
	char until[21];
	int err;

	bundle_why(why, 0, "out of memory");
	err = load_trust(use->trust_dir, &trust, why);
	if (!err)
		err = token_file_read(use->path, trust, use->late, &file, why);
	if (!err)
		err = check_wanted(use, &file.token, why);
	if (!err)
		err = give(use, &file, &used.sealed, why);
	trust_free(trust);
	if (!err) {
		used.token = file.token;
		policy_format_time(file.token.not_after, until);
		snprintf(used.text, sizeof(used.text), "a token for %s, to %s, signed by %.180s",
			 token_action_name(file.token.action), until, file.signer);
		*ret = used;
	}
	token_file_free(&file);
	return err;
}
