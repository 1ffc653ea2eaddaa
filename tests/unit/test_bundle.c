// SPDX-License-Identifier: GPL-2.0-or-later
/* The form of bundles: each thing about one that its signature does not cover, changed. */
#include "tests/unit/bundle_changes.h"

static void data_version_0(BUNDLE_CMS *cms)
{
	cms->content->version = 0;
}

static void data_version_3(BUNDLE_CMS *cms)
{
	cms->content->version = 3;
}

static void signer_version_3(BUNDLE_CMS *cms)
{
	first(cms)->version = 3;
}

static void both_versions_3(BUNDLE_CMS *cms)
{
	data_version_3(cms);
	signer_version_3(cms);
}

static void content_type(BUNDLE_CMS *cms)
{
	cms->content->content->type = OBJ_nid2obj(NID_pkcs7_signed);
}

static void no_content(BUNDLE_CMS *cms)
{
	ASN1_OCTET_STRING_free(cms->content->content->bytes);
	cms->content->content->bytes = NULL;
}

static void add_crl(BUNDLE_CMS *cms)
{
	X509_CRL *crl = X509_CRL_new();

	X509_CRL_set_issuer_name(crl, X509_get_subject_name(signer.cert));
	X509_CRL_set1_lastUpdate(crl, X509_get0_notBefore(signer.cert));
	assert_true(X509_CRL_sign(crl, signer.key, EVP_sha256()));
	cms->content->crls = sk_X509_CRL_new_null();
	sk_X509_CRL_push(cms->content->crls, crl);
}

static void empty_crls(BUNDLE_CMS *cms)
{
	cms->content->crls = sk_X509_CRL_new_null();
}

static void no_certs(BUNDLE_CMS *cms)
{
	sk_X509_pop_free(cms->content->certs, X509_free);
	cms->content->certs = NULL;
}

static void add_other(BUNDLE_CMS *cms)
{
	X509_up_ref(other.cert);
	sk_X509_push(cms->content->certs, other.cert);
}

static void cert_twice(BUNDLE_CMS *cms)
{
	X509_up_ref(signer.cert);
	sk_X509_push(cms->content->certs, signer.cert);
}

static void other_cert(BUNDLE_CMS *cms)
{
	no_certs(cms);
	cms->content->certs = sk_X509_new_null();
	add_other(cms);
}

static void no_signer(BUNDLE_CMS *cms)
{
	BUNDLE_SIGNER_free(sk_BUNDLE_SIGNER_pop(cms->content->signers));
}

static void two_signers(BUNDLE_CMS *cms)
{
	BUNDLE_SIGNER *more = ASN1_item_dup(ASN1_ITEM_rptr(BUNDLE_SIGNER), first(cms));

	assert_non_null(more);
	sk_BUNDLE_SIGNER_push(cms->content->signers, more);
}

static void unsigned_attribute(BUNDLE_CMS *cms)
{
	assert_non_null(X509at_add1_attr_by_NID(&first(cms)->unsigned_attributes,
						NID_pkcs9_unstructuredName, MBSTRING_ASC,
						(const unsigned char *)"x", 1));
}

static void empty_unsigned(BUNDLE_CMS *cms)
{
	first(cms)->unsigned_attributes = sk_X509_ATTRIBUTE_new_null();
}

static void name_in_capitals(BUNDLE_CMS *cms)
{
	X509_NAME *name = X509_NAME_new();

	add_name(name, "C", MBSTRING_ASC, "CA", -1);
	add_name(name, "O", MBSTRING_UTF8, "OFFICE", -1);
	add_name(name, "CN", MBSTRING_UTF8, "policy signer", -1);
	X509_NAME_free(first(cms)->id->d.issuer->issuer);
	first(cms)->id->d.issuer->issuer = name;
}

static void other_serial(BUNDLE_CMS *cms)
{
	ASN1_INTEGER_set(first(cms)->id->d.issuer->serial, 77);
}

static void other_key_id(BUNDLE_CMS *cms)
{
	BUNDLE_ID *id = first(cms)->id;

	PKCS7_ISSUER_AND_SERIAL_free(id->d.issuer);
	id->type = BUNDLE_ID_KEY;
	id->d.key = ASN1_OCTET_STRING_new();
	ASN1_OCTET_STRING_set(id->d.key, (const unsigned char *)"12345678901234567890", 20);
	both_versions_3(cms);
}

static void key_id_version_1(BUNDLE_CMS *cms)
{
	other_key_id(cms);
	cms->content->version = first(cms)->version = 1;
}

/* Two at once: which is said. */
static void crl_and_unsigned(BUNDLE_CMS *cms)
{
	add_crl(cms);
	unsigned_attribute(cms);
}

static void no_content_and_two_signers(BUNDLE_CMS *cms)
{
	no_content(cms);
	two_signers(cms);
}

static void unsigned_and_sha1(BUNDLE_CMS *cms)
{
	unsigned_attribute(cms);
	set(first(cms)->digest, NID_sha1, V_ASN1_UNDEF);
}

static void other_and_content(BUNDLE_CMS *cms)
{
	add_other(cms);
	more_content(cms);
}

static const struct change changes[] = {
	{ data_version_0, "its version is not the one that its form has" },
	{ data_version_3, "its version is not the one that its form has" },
	{ signer_version_3, "its version is not the one that its form has" },
	{ both_versions_3, "its version is not the one that its form has" },
	{ key_id_version_1, "its version is not the one that its form has" },
	{ content_type, "what it signs is of another type" },
	{ no_content, "what it signs is not in it (a detached signature)" },
	{ more_content, "its content is not the one that was signed" },
	{ add_crl, "it has revocation lists in it; these belong to the trusted certificates" },
	{ empty_crls, "it has revocation lists in it; these belong to the trusted certificates" },
	{ no_certs, "the certificate of its signer is not in it" },
	{ other_cert, "the certificate of its signer is not in it" },
	{ add_other, "it has a certificate in it that is not part of its signer's chain: "
		     "CN=another,O=Office,C=CA" },
	{ cert_twice, "it has a certificate in it that is not part of its signer's chain: "
		      "CN=policy signer,O=Office,C=CA" },
	{ no_signer, "it has no signature" },
	{ two_signers, "it has 2 signatures; a bundle has one" },
	{ unsigned_attribute, "it has attributes that are not signed" },
	{ empty_unsigned, "it has attributes that are not signed" },
	{ name_in_capitals, "the certificate of its signer is not in it" },
	{ other_serial, "the certificate of its signer is not in it" },
	{ other_key_id, "the certificate of its signer is not in it" },
	{ crl_and_unsigned,
	  "it has revocation lists in it; these belong to the trusted certificates" },
	{ no_content_and_two_signers, "what it signs is not in it (a detached signature)" },
	{ unsigned_and_sha1, "it has attributes that are not signed" },
	{ other_and_content, "it has a certificate in it that is not part of its signer's chain: "
			     "CN=another,O=Office,C=CA" },
};

static void test_changes(void **state)
{
	(void)state;
	check_changes(changes, COUNT_OF(changes));
}

/* Of the wrong length where DER writes none: what d2i reads and i2d writes otherwise. */
static void test_not_der(void **state)
{
	struct bytes bytes = { malloc(good.len + 1), good.len + 1 };
	char why[BUNDLE_WHY_MAX];

	(void)state;
	/* The outermost length in three bytes. */
	assert_int_equal(good.at[0], 0x30);
	assert_int_equal(good.at[1], 0x82);
	memcpy(bytes.at, "\x30\x83\x00", 3);
	memcpy(bytes.at + 3, good.at + 2, good.len - 2);
	assert_int_equal(verify(&bytes, why), -EKEYREJECTED);
	assert_string_equal(why, "it is not encoded in DER");
	free(bytes.at);
}

static void test_too_large(void **state)
{
	size_t len = BUNDLE_CONTENT_MAX + BUNDLE_ENVELOPE_MAX + 1;
	char why[BUNDLE_WHY_MAX];
	struct bundle found = { 0 };
	void *zeros = calloc(1, len);

	(void)state;
	assert_int_equal(bundle_verify(zeros, len, trust, time(NULL), &found, why), -EFBIG);
	assert_string_equal(why, "its content has more than 256 MiB");
	free(zeros);
}

/* The largest content that fits, and one byte more. The policy in it is none. */
static void test_largest(void **state)
{
	struct bytes content = { calloc(1, BUNDLE_CONTENT_MAX + 1UL), BUNDLE_CONTENT_MAX };
	struct bundle found = { 0 };
	char why[BUNDLE_WHY_MAX];
	struct bytes bundle;

	(void)state;
	bundle = bundle_of(&content, &signer, NULL);
	assert_int_equal(bundle_verify(bundle.at, bundle.len, trust, time(NULL), &found, why), 0);
	assert_int_equal(found.len, content.len);
	bundle_free(&found);
	free(bundle.at);
	content.len++;
	bundle = bundle_of(&content, &signer, NULL);
	assert_int_equal(bundle_verify(bundle.at, bundle.len, trust, time(NULL), &found, why),
			 -EFBIG);
	assert_string_equal(why, "its content has more than 256 MiB");
	free(bundle.at);
	free(content.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_not_der),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
