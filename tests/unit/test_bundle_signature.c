// SPDX-License-Identifier: GPL-2.0-or-later
/* A bundle's signature: each thing of its digests, attributes and algorithm, changed. */
#include "tests/unit/bundle_changes.h"

/* ---- digests ---- */

static void no_digests(BUNDLE_CMS *cms)
{
	sk_X509_ALGOR_pop_free(cms->content->digests, X509_ALGOR_free);
	cms->content->digests = sk_X509_ALGOR_new_null();
}

static void more_digests(BUNDLE_CMS *cms)
{
	X509_ALGOR *digest = X509_ALGOR_new();

	set(digest, NID_sha512, V_ASN1_UNDEF);
	sk_X509_ALGOR_push(cms->content->digests, digest);
}

static void digest_twice(BUNDLE_CMS *cms)
{
	sk_X509_ALGOR_push(cms->content->digests, X509_ALGOR_dup(first(cms)->digest));
}

static void other_digest(BUNDLE_CMS *cms)
{
	set(sk_X509_ALGOR_value(cms->content->digests, 0), NID_sha512, V_ASN1_UNDEF);
}

static void digest_null_in_one(BUNDLE_CMS *cms)
{
	set(sk_X509_ALGOR_value(cms->content->digests, 0), NID_sha256, V_ASN1_NULL);
}

static void digest_null_in_both(BUNDLE_CMS *cms)
{
	digest_null_in_one(cms);
	set(first(cms)->digest, NID_sha256, V_ASN1_NULL);
}

static void both_digests(BUNDLE_CMS *cms, int nid)
{
	set(sk_X509_ALGOR_value(cms->content->digests, 0), nid, V_ASN1_UNDEF);
	set(first(cms)->digest, nid, V_ASN1_UNDEF);
}

static void digests_md5(BUNDLE_CMS *cms)
{
	both_digests(cms, NID_md5);
}

static void digests_sha3(BUNDLE_CMS *cms)
{
	both_digests(cms, NID_sha3_256);
}

static void digest_with_parameters(BUNDLE_CMS *cms)
{
	X509_ALGOR_set0(first(cms)->digest, OBJ_nid2obj(NID_sha256), V_ASN1_OBJECT,
			OBJ_nid2obj(NID_sha256));
}

static void signer_digest_512(BUNDLE_CMS *cms)
{
	set(first(cms)->digest, NID_sha512, V_ASN1_UNDEF);
}

static void both_digests_512(BUNDLE_CMS *cms)
{
	both_digests(cms, NID_sha512);
}

/* ---- signed attributes ---- */

static void no_attributes(BUNDLE_CMS *cms)
{
	sk_X509_ATTRIBUTE_pop_free(first(cms)->attributes, X509_ATTRIBUTE_free);
	first(cms)->attributes = NULL;
}

static void remove_attribute(BUNDLE_CMS *cms, int nid)
{
	STACK_OF(X509_ATTRIBUTE) *attributes = first(cms)->attributes;

	X509_ATTRIBUTE_free(
		X509at_delete_attr(attributes, X509at_get_attr_by_NID(attributes, nid, -1)));
}

static void no_type(BUNDLE_CMS *cms)
{
	remove_attribute(cms, NID_pkcs9_contentType);
}

static void no_message_digest(BUNDLE_CMS *cms)
{
	remove_attribute(cms, NID_pkcs9_messageDigest);
}

static void no_time(BUNDLE_CMS *cms)
{
	remove_attribute(cms, NID_pkcs9_signingTime);
}

static void add_type(BUNDLE_CMS *cms, int nid)
{
	assert_non_null(X509at_add1_attr_by_NID(&first(cms)->attributes, NID_pkcs9_contentType,
						V_ASN1_OBJECT,
						(const unsigned char *)OBJ_nid2obj(nid), -1));
}

static void other_type(BUNDLE_CMS *cms)
{
	no_type(cms);
	add_type(cms, NID_pkcs7_signed);
}

/* X509at_add1_attr() refuses a second. */
static void attribute_twice(BUNDLE_CMS *cms, int nid)
{
	STACK_OF(X509_ATTRIBUTE) *attributes = first(cms)->attributes;
	X509_ATTRIBUTE *attribute =
		X509at_get_attr(attributes, X509at_get_attr_by_NID(attributes, nid, -1));

	sk_X509_ATTRIBUTE_push(attributes, X509_ATTRIBUTE_dup(attribute));
}

static void type_twice(BUNDLE_CMS *cms)
{
	attribute_twice(cms, NID_pkcs9_contentType);
}

static void message_digest_twice(BUNDLE_CMS *cms)
{
	attribute_twice(cms, NID_pkcs9_messageDigest);
}

static void message_digest_of_two(BUNDLE_CMS *cms)
{
	STACK_OF(X509_ATTRIBUTE) *attributes = first(cms)->attributes;
	X509_ATTRIBUTE *attribute = X509at_get_attr(
		attributes, X509at_get_attr_by_NID(attributes, NID_pkcs9_messageDigest, -1));

	assert_true(X509_ATTRIBUTE_set1_data(attribute, V_ASN1_OCTET_STRING, "x", 1));
}

static void short_message_digest(BUNDLE_CMS *cms)
{
	no_message_digest(cms);
	X509at_add1_attr_by_NID(&first(cms)->attributes, NID_pkcs9_messageDigest,
				V_ASN1_OCTET_STRING, (const unsigned char *)"x", 1);
}

/* ---- algorithms and the signature itself ---- */

static void rsa(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_rsaEncryption, V_ASN1_NULL);
}

static void rsa_without_null(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_rsaEncryption, V_ASN1_UNDEF);
}

static void rsa_pss(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_rsassaPss, V_ASN1_NULL);
}

static void dsa(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_dsa_with_SHA256, V_ASN1_UNDEF);
}

static void ecdsa_sha1(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_ecdsa_with_SHA1, V_ASN1_UNDEF);
}

static void ecdsa_sha512(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_ecdsa_with_SHA512, V_ASN1_UNDEF);
}

static void ecdsa_null(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_ecdsa_with_SHA256, V_ASN1_NULL);
}

static void ed25519(BUNDLE_CMS *cms)
{
	set(first(cms)->algorithm, NID_ED25519, V_ASN1_UNDEF);
}

static void ed25519_sha512(BUNDLE_CMS *cms)
{
	both_digests_512(cms);
	ed25519(cms);
}

static void unknown_algorithm(BUNDLE_CMS *cms)
{
	X509_ALGOR_set0(first(cms)->algorithm, OBJ_txt2obj("1.2.3.4.5", 1), V_ASN1_UNDEF, NULL);
}

static void no_signature(BUNDLE_CMS *cms)
{
	ASN1_OCTET_STRING_set(first(cms)->signature, (const unsigned char *)"", 0);
}

/* The same number, with a zero in front. */
static void padded_signature(BUNDLE_CMS *cms)
{
	const ASN1_OCTET_STRING *signature = first(cms)->signature;
	const unsigned char *der = ASN1_STRING_get0_data(signature);
	int len = ASN1_STRING_length(signature);
	unsigned char longer[128];

	/* 30 LEN 02 LEN R... */
	assert_true(len + 1 < (int)sizeof(longer) && der[0] == 0x30 && der[2] == 0x02);
	memcpy(longer, der, 4);
	longer[1]++;
	longer[3]++;
	longer[4] = 0;
	memcpy(longer + 5, der + 4, (size_t)len - 4);
	ASN1_OCTET_STRING_set(first(cms)->signature, longer, len + 1);
}

/* Two at once: which is said. */
static void signature_and_content(BUNDLE_CMS *cms)
{
	no_signature(cms);
	more_content(cms);
}

static const struct change changes[] = {
	{ no_digests, "the digests that it announces are not that of its signature" },
	{ more_digests, "the digests that it announces are not that of its signature" },
	{ digest_twice, "the digests that it announces are not that of its signature" },
	{ other_digest, "the digests that it announces are not that of its signature" },
	{ signer_digest_512, "the digests that it announces are not that of its signature" },
	{ digest_null_in_one, "the digests that it announces are not that of its signature" },
	{ digests_md5, "its digest is MD5" DIGESTS },
	{ digests_sha3, "its digest is SHA3-256" DIGESTS },
	{ digest_with_parameters, "its digest has parameters" },
	{ both_digests_512, "its digest does not go with ecdsa-with-SHA256" },
	{ no_attributes, "it has no signed attributes (openssl cms -noattr)" },
	{ no_type, "what is signed is of another type" },
	{ other_type, "what is signed is of another type" },
	{ type_twice, "what is signed is of another type" },
	{ no_message_digest, "no digest of its content is signed" },
	{ message_digest_twice, "no digest of its content is signed" },
	{ message_digest_of_two, "no digest of its content is signed" },
	{ short_message_digest, "its signature is not by its signer's key" },
	{ no_time, "its signature is not by its signer's key" },
	{ rsa, "its signature is not of the kind that its signer's key makes" },
	{ rsa_without_null, "the parameters of its signature's algorithm are wrong" },
	{ rsa_pss, "its signature is RSASSA-PSS; RSA (PKCS #1 v1.5), ECDSA and Ed25519 are "
		   "accepted" },
	{ dsa, "its signature is dsa_with_SHA256; RSA (PKCS #1 v1.5), ECDSA and Ed25519 are "
	       "accepted" },
	{ ecdsa_sha1, "its signature is ecdsa-with-SHA1; RSA (PKCS #1 v1.5), ECDSA and Ed25519 are "
		      "accepted" },
	{ unknown_algorithm,
	  "its signature is 1.2.3.4.5; RSA (PKCS #1 v1.5), ECDSA and Ed25519 are "
	  "accepted" },
	{ ecdsa_sha512, "its digest does not go with ecdsa-with-SHA512" },
	{ ecdsa_null, "the parameters of its signature's algorithm are wrong" },
	{ ed25519, "its digest does not go with ED25519" },
	{ ed25519_sha512, "its signature is not of the kind that its signer's key makes" },
	{ no_signature, "its signature is not by its signer's key" },
	{ padded_signature, "its signature is not by its signer's key" },
	{ signature_and_content, "its signature is not by its signer's key" },
	/* Both forms are used (RFC 5754, 2). */
	{ digest_null_in_both, "" },
};

static void test_changes(void **state)
{
	(void)state;
	check_changes(changes, COUNT_OF(changes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
