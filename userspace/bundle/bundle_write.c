// SPDX-License-Identifier: GPL-2.0-or-later
/* A bundle's file: there whole and verified, or not at all. */
#include <errno.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "atomic_file.h"
#include "bundle_internal.h"

X509 *bundle_top(const struct bundle_credentials *credentials)
{
	X509 *cert = credentials->cert;
	int n = sk_X509_num(credentials->chain);
	int left = n;

	for (int i = 0; i < n && left; i++) {
		X509 *above = sk_X509_value(credentials->chain, i);

		if (X509_check_issued(above, cert) == X509_V_OK) {
			cert = above;
			i = -1;
			left--; /* as often as there are any, so that circles end */
		}
	}
	return cert;
}

struct writing {
	const char *path;
	const struct bundle_credentials *credentials;
	int64_t now;
	const uint8_t *digest;
	struct policy *policy; /* that was read back */
	struct policy_errors *errs;
};

/* By those who get it: from the file. */
static int check(const char *temporary, void *context)
{
	struct policy_errors errs = { 0 };
	struct writing *w = context;
	struct policy *policy = NULL;
	struct trust *trust = NULL;
	int err;

	err = trust_in(bundle_top(w->credentials), &trust);
	if (!err)
		err = bundle_load_trusting(temporary, w->path, trust, w->now,
					   POLICY_UNENFORCED_KEEP, &policy, &errs);
	if (!err && memcmp(policy->digest, w->digest, sizeof(policy->digest)) != 0)
		err = -EIO;
	/* Its warnings were said of the directory. */
	for (size_t i = 0; err && i < errs.n; i++)
		if (errs.v[i].severity != POLICY_WARNING)
			policy_errors_add_problem(w->errs, errs.v[i].problem, errs.v[i].severity,
						  &(struct policy_place){ errs.v[i].file,
									  errs.v[i].line,
									  errs.v[i].col },
						  "%s", errs.v[i].text);
	policy_errors_free(&errs);
	trust_free(trust);
	if (err)
		policy_free(policy);
	else
		w->policy = policy;
	return err;
}

int bundle_write(const char *path, const void *der, size_t len,
		 const struct bundle_credentials *credentials, int64_t now,
		 const uint8_t digest[32], struct policy **ret, struct policy_errors *errs)
{
	struct writing w = {
		.path = path, .credentials = credentials, .now = now, .digest = digest, .errs = errs
	};
	size_t before = errs->n;
	int err;

	err = atomic_file_write_checked(path, der, len, 0666, check, &w);
	if (err && err != -ENOMEM && errs->n == before)
		policy_errors_add(errs, POLICY_ERROR, path, 0, 0, "cannot be written: %s",
				  strerror(-err));
	if (err)
		policy_free(w.policy);
	else
		*ret = w.policy;
	return err;
}
