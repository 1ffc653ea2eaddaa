/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of bundles: a policy, its archive, and bundles of it by identities of signing.h. */
#ifndef INTERDICT_TEST_BUNDLES_H
#define INTERDICT_TEST_BUNDLES_H

#include <errno.h>

#include "tests/unit/signing.h"

#include "tests/unit/orders.h"
#include "tests/unit/run.h"
#include "userspace/bundle/bundle.h"

#define HEADER "interdict: 1\npolicy: p\nserial: 3\nmode: enforce\n"
#define HASH   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* The least policy that has all kinds of files, in the directory @dir of tempdir.h. */
static inline void write_policy(const char *dir)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/policy.yaml", dir);
	tempdir_write(path, HEADER);
	snprintf(path, sizeof(path), "%s/orders/o.yaml", dir);
	tempdir_write(path, ORDER_HEAD "match:\n  - list: lists/x\n");
	snprintf(path, sizeof(path), "%s/lists/x", dir);
	tempdir_write(path, HASH " 4\n");
}

/* The archive of the policy in @dir, on the heap. */
static inline struct bytes pack(const char *dir)
{
	struct policy_errors errs = { 0 };
	struct policy *policy = NULL;
	struct bytes bytes;
	char *buf = NULL;
	int err;

	err = policy_pack_dir(tempdir_path(dir), POLICY_UNENFORCED_KEEP, BUNDLE_CONTENT_MAX,
			      &policy, &buf, &bytes.len, &errs);
	policy_errors_print(&errs, stderr);
	assert_int_equal(err, 0);
	bytes.at = (uint8_t *)buf;
	policy_errors_free(&errs);
	policy_free(policy);
	return bytes;
}

/* A bundle of @content; @chain: more certificates to go with it, or NULL. */
static inline struct bytes bundle_of(const struct bytes *content, const struct identity *signer,
				     STACK_OF(X509) * chain)
{
	struct bundle_credentials credentials = { signer->key, signer->cert, chain };
	char why[BUNDLE_WHY_MAX] = "";
	unsigned char *der;
	size_t len;

	if (bundle_sign(content->at, content->len, &credentials, time(NULL), &der, &len, why))
		fail_msg("%s", why);
	return bytes_of(der, (int)len);
}

/* "" where it is verified, else why not; of the last call. */
static inline const char *verdict(const struct bytes *bundle, const struct trust *trust,
				  int64_t now)
{
	static char why[BUNDLE_WHY_MAX];
	struct bundle found = { 0 };

	why[0] = '\0';
	if (!bundle_verify(bundle->at, bundle->len, trust, now, &found, why))
		assert_string_equal(why, "");
	else if (!why[0])
		fail_msg("refused without a reason");
	bundle_free(&found);
	return why;
}

#endif
