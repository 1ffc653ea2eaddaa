// SPDX-License-Identifier: GPL-2.0-or-later
#include "seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine_internal.h"

/* ENOTTY: it does not know the request. */
static int call(int control, unsigned long request, void *arg)
{
	if (!ioctl(control, request, arg))
		return 0;
	return errno == ENOTTY ? -EOPNOTSUPP : -errno;
}

int seal_anchors(struct seal_anchor *anchors, size_t n, const char device[TOKEN_DEVICE_LEN],
		 int64_t proved)
{
	struct interdict_seal request = { .count = (uint32_t)n, .proved = proved };
	int control, err;

	if (n > INTERDICT_ANCHORS_MAX)
		return -E2BIG;
	control = engine_control();
	if (control < 0)
		return control;
	memcpy(request.device, device, sizeof(request.device));
	for (size_t i = 0; i < n; i++)
		request.anchor[i] =
			(struct interdict_seal_anchor){ .der = (uint64_t)(uintptr_t)anchors[i].der,
							.len = anchors[i].len };
	err = call(control, INTERDICT_IOC_SEAL, &request);
	close(control);
	for (size_t i = 0; i < n; i++)
		anchors[i].err = request.anchor[i].error;
	return err;
}

int seal_get_anchors(struct seal_anchor **ret)
{
	struct seal_anchor *anchors;
	int control = engine_control(), err = 0, n = 0;

	*ret = NULL;
	if (control < 0)
		return control == -ENODEV ? 0 : control;
	anchors = calloc(INTERDICT_ANCHORS_MAX, sizeof(*anchors));
	if (!anchors)
		err = -ENOMEM;
	while (!err && n < (int)INTERDICT_ANCHORS_MAX) {
		struct interdict_anchor request = { .index = (uint32_t)n };

		err = call(control, INTERDICT_IOC_ANCHOR, &request);
		if (err)
			break;
		anchors[n].len = request.len;
		anchors[n].err = request.error;
		memcpy(anchors[n++].der, request.der, sizeof(request.der));
	}
	close(control);
	if (err && err != -ENOENT && err != -EOPNOTSUPP) {
		free(anchors);
		return err;
	}
	*ret = anchors;
	return n;
}

static const char *refusal(int err)
{
	switch (err) {
	case -EKEYREJECTED:
		return "the kernel does not accept its signature: none of the trust anchors that "
		       "are sealed vouches for it, or one of its certificates is not for signing";
	case -EBADMSG:
		return "the kernel does not take its text for a token";
	case -EXDEV:
		return "it is for another device";
	case -EAGAIN:
		return "it does not hold yet";
	case -EKEYEXPIRED:
		return "it does not hold any more";
	case -EALREADY:
		return "it was used before in this boot";
	case -ENOSPC:
		return "so many tokens were used in this boot that no more are taken before the "
		       "next";
	case -ENOENT:
		return "nothing is sealed";
	case -EOPNOTSUPP:
		return "the module is of the version before, which takes no tokens";
	default:
		return strerror(-err);
	}
}

int seal_disarm(const void *text, size_t len, const void *signature, size_t signature_len,
		struct seal_taken *taken, const char **why)
{
	struct interdict_disarm request = {
		.text = (uint64_t)(uintptr_t)text,
		.signature = (uint64_t)(uintptr_t)signature,
		.text_len = (uint32_t)len,
		.signature_len = (uint32_t)signature_len,
	};
	int control = engine_control(), err;

	err = control < 0 ? control : call(control, INTERDICT_IOC_DISARM, &request);
	if (control >= 0)
		close(control);
	if (err)
		*why = refusal(err);
	else
		*taken = (struct seal_taken){ (enum token_action)request.action, request.until };
	return err;
}

static void read_line(struct seal_status *status, const char *line)
{
	long long until;
	unsigned int n;

	if (sscanf(line, "abi %u", &n) == 1)
		status->old = n < INTERDICT_ABI_SEAL;
	else if (!strncmp(line, "token ", 6) &&
		 sscanf(line + 6, "%15s %lld", status->action, &until) == 2)
		status->until = until;
	else if (sscanf(line, "break-glass %lld", &until) == 1)
		status->glass_until = until;
	else if (!strcmp(line, "release yes\n"))
		status->releases = true;
	else if (!strcmp(line, "replace yes\n"))
		status->replaces = true;
	else if (sscanf(line, "tokens-accepted %llu", &status->accepted) != 1 &&
		 sscanf(line, "tokens-refused %llu", &status->refused) != 1 &&
		 sscanf(line, "sealed %u", &status->usable) != 1)
		sscanf(line, "unusable %u", &status->unusable);
}

void seal_get_status(struct seal_status *ret)
{
	struct seal_status status = { 0 };
	FILE *file = fopen(ENGINE_STATUS, "re");
	char line[128];

	status.module = file != NULL;
	while (file && fgets(line, sizeof(line), file))
		read_line(&status, line);
	if (file)
		fclose(file);
	*ret = status;
}

bool seal_holds(void)
{
	struct seal_status status;

	seal_get_status(&status);
	return status.usable && !status.releases;
}

bool seal_holds_place(void)
{
	struct seal_status status;

	seal_get_status(&status);
	return status.usable && !status.releases && !status.replaces;
}
