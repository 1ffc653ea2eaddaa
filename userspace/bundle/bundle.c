// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a policy from a bundle. */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_arena.h"
#include "read_file.h"

static int problem(struct policy_errors *errs, const char *name, int err, const char *why)
{
	const struct policy_place at = { .file = name };

	if (err == -EKEYREJECTED)
		policy_errors_add_problem(errs, POLICY_PROBLEM_SIGNATURE, POLICY_REFUSED, &at, "%s",
					  why);
	else if (err != -ENOMEM)
		policy_errors_add(errs, POLICY_ERROR, name, 0, 0, "%s", why);
	return err;
}

static int set_signer(struct policy *policy, const struct policy_signer *signer)
{
	struct policy_signer *copy = policy_arena_alloc(policy->arena, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *signer;
	copy->name = policy_arena_text(policy->arena, signer->name, strlen(signer->name));
	policy->signer = copy;
	return copy->name ? 0 : -ENOMEM;
}

static int load(const struct bundle *bundle, const char *name, unsigned int flags,
		struct policy **ret, struct policy_errors *errs)
{
	struct policy *policy = NULL;
	int err;

	err = policy_load_archive(name, bundle->archive, bundle->len, flags, &policy, errs);
	if (!err)
		err = set_signer(policy, &bundle->signer);
	if (err)
		policy_free(policy);
	else
		*ret = policy;
	return err;
}

int bundle_load_trusting(const char *path, const char *name, const struct trust *trust, int64_t now,
			 unsigned int flags, struct policy **ret, struct policy_errors *errs)
{
	struct bundle bundle = { 0 };
	char why[BUNDLE_WHY_MAX];
	char *der = NULL;
	size_t len = 0;
	int err;

	err = read_file_at(AT_FDCWD, path, BUNDLE_CONTENT_MAX + BUNDLE_ENVELOPE_MAX, &der, &len);
	if (err)
		return problem(errs, name, err,
			       err == -EFBIG ? "its content has more than 256 MiB" :
					       read_file_reason(err));
	err = bundle_verify(der, len, trust, now, &bundle, why);
	free(der); /* before what is in it is parsed: it is large */
	err = err ? problem(errs, name, err, why) : load(&bundle, name, flags, ret, errs);
	bundle_free(&bundle);
	return err;
}

int bundle_load(const char *path, const char *trust_dir, int64_t now, unsigned int flags,
		struct policy **ret, struct policy_errors *errs)
{
	struct trust *trust = NULL;
	int err;

	err = flags & POLICY_BY_SEALED ? trust_load_sealed(trust_dir, &trust, errs) :
					 trust_load(trust_dir, &trust, errs);
	if (!err)
		err = bundle_load_trusting(path, path, trust, now, flags, ret, errs);
	trust_free(trust);
	return err;
}
