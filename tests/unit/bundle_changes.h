/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of a bundle's form and signature: a good one of a trusted signer, and changes of it. */
#ifndef INTERDICT_TEST_BUNDLE_CHANGES_H
#define INTERDICT_TEST_BUNDLE_CHANGES_H

#include "tests/unit/bundles.h"

#include <openssl/objects.h>

#include "userspace/bundle/bundle_asn1.h"

#define DIGESTS "; SHA-256, SHA-384 and SHA-512 are accepted"

static struct identity signer, other;
static struct trust *trust;
static struct bytes archive, good;

static inline int setup(void **state)
{
	if (tempdir_setup(state))
		return -1;
	signer = new_identity(EC_P256, NULL, 1, "Office", "policy signer");
	other = new_identity(EC_P256, NULL, 2, "Office", "another");
	write_policy("p");
	archive = pack("p");
	good = bundle_of(&archive, &signer, NULL);
	return trust_in(signer.cert, &trust);
}

static inline int teardown(void **state)
{
	free_identity(&signer);
	free_identity(&other);
	trust_free(trust);
	free(archive.at);
	free(good.at);
	return tempdir_teardown(state);
}

static inline struct bytes bytes_copy(const void *at, size_t len)
{
	struct bytes bytes = { malloc(len ? len : 1), len };

	memcpy(bytes.at, at, len);
	return bytes;
}

/* bundle_verify(), and what it says of the good one. */
static inline int verify(const struct bytes *bundle, char *why)
{
	struct bundle found = { 0 };
	int err;

	why[0] = '\0';
	err = bundle_verify(bundle->at, bundle->len, trust, time(NULL), &found, why);
	if (!err) {
		assert_int_equal(found.len, archive.len);
		assert_memory_equal(found.archive, archive.at, archive.len);
		assert_string_equal(found.signer.name, "CN=policy signer,O=Office,C=CA");
		assert_true(found.signer.signed_at > time(NULL) - 60);
		assert_true(found.signer.signed_at <= time(NULL));
	}
	bundle_free(&found);
	return err;
}

/* ---- one thing changed ---- */

static inline BUNDLE_SIGNER *first(const BUNDLE_CMS *cms)
{
	return sk_BUNDLE_SIGNER_value(cms->content->signers, 0);
}

static inline void set(X509_ALGOR *algorithm, int nid, int params)
{
	X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), params, NULL);
}

static inline void more_content(BUNDLE_CMS *cms)
{
	ASN1_OCTET_STRING *bytes = cms->content->content->bytes;
	unsigned char *copy = malloc(ASN1_STRING_length(bytes) + 1);

	memcpy(copy, ASN1_STRING_get0_data(bytes), ASN1_STRING_length(bytes));
	copy[ASN1_STRING_length(bytes)] = 0;
	ASN1_OCTET_STRING_set(bytes, copy, ASN1_STRING_length(bytes) + 1);
	free(copy);
}

struct change {
	void (*change)(BUNDLE_CMS *cms);
	const char *why; /* "": it is verified */
};

/* What each change alone makes of it; one that is refused has a reason. */
static inline void check_changes(const struct change *changes, size_t n)
{
	char why[BUNDLE_WHY_MAX];
	size_t i;

	for (i = 0; i < n; i++) {
		const unsigned char *at = good.at;
		BUNDLE_CMS *cms = d2i_BUNDLE_CMS(NULL, &at, (long)good.len);
		unsigned char *der = NULL;
		struct bytes bytes;
		int err;

		assert_non_null(cms);
		changes[i].change(cms);
		err = i2d_BUNDLE_CMS(cms, &der);
		bytes = bytes_of(der, err);
		err = verify(&bytes, why);
		if (strcmp(why, changes[i].why) != 0 || err != (*why ? -EKEYREJECTED : 0))
			fail_msg("row %zu: %d, \"%s\", not \"%s\"", i, err, why, changes[i].why);
		BUNDLE_CMS_free(cms);
		free(bytes.at);
	}
	print_message("%zu rows\n", i);
}

#endif
