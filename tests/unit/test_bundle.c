// SPDX-License-Identifier: GPL-2.0-or-later
/* The form of bundles: each thing about one that its signature does not cover, changed. */
#include "tests/unit/bundles.h"

#include <openssl/objects.h>

#include "userspace/bundle/bundle_asn1.h"

static struct identity signer, other;
static struct trust *trust;
static struct bytes archive, good;

static int setup(void **state)
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

static int teardown(void **state)
{
	free_identity(&signer);
	free_identity(&other);
	trust_free(trust);
	free(archive.at);
	free(good.at);
	return tempdir_teardown(state);
}

/* ---- bytes ---- */

static struct bytes bytes_copy(const void *at, size_t len)
{
	struct bytes bytes = { malloc(len ? len : 1), len };

	memcpy(bytes.at, at, len);
	return bytes;
}

static struct bytes nothing(void)
{
	return bytes_copy("", 0);
}

static struct bytes garbage(void)
{
	return bytes_copy("\x30\x82\xff\xff policy", 11);
}

static struct bytes pem(void)
{
	return bytes_copy("-----BEGIN CMS-----\nMIIC", 24);
}

static struct bytes smime(void)
{
	return bytes_copy("MIME-Version: 1.0\nContent-Type: x", 33);
}

static struct bytes plain_archive(void)
{
	return bytes_copy(archive.at, archive.len);
}

static struct bytes cut(void)
{
	return bytes_copy(good.at, good.len - 1);
}

static struct bytes trailing(void)
{
	struct bytes bytes = bytes_copy(good.at, good.len);

	bytes.at = realloc(bytes.at, bytes.len + 3);
	memset(bytes.at + bytes.len, 0, 3);
	bytes.len += 3;
	return bytes;
}

static struct bytes twice(void)
{
	struct bytes bytes = bytes_copy(good.at, good.len);

	bytes.at = realloc(bytes.at, 2 * bytes.len);
	memcpy(bytes.at + bytes.len, bytes.at, bytes.len);
	bytes.len *= 2;
	return bytes;
}

/* By OpenSSL's CMS. */
static struct bytes of_cms(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);

	CMS_ContentInfo_free(cms);
	return bytes_of(der, len);
}

static struct bytes cms_data(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_data_create(in, CMS_BINARY);

	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_digested(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_digest_create(in, EVP_sha256(), CMS_BINARY);

	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_signed(const EVP_MD *md, unsigned int flags)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_BINARY | CMS_PARTIAL | flags);

	assert_non_null(CMS_add1_signer(cms, signer.cert, signer.key, md, CMS_BINARY | flags));
	assert_true(CMS_final(cms, in, NULL, CMS_BINARY | flags));
	BIO_free(in);
	return of_cms(cms);
}

static struct bytes cms_good(void)
{
	return cms_signed(NULL, 0);
}

static struct bytes cms_sha384(void)
{
	return cms_signed(EVP_sha384(), 0);
}

static struct bytes cms_sha512(void)
{
	return cms_signed(EVP_sha512(), CMS_NOSMIMECAP);
}

static struct bytes cms_cades(void)
{
	return cms_signed(NULL, CMS_CADES);
}

static struct bytes cms_key_id(void)
{
	return cms_signed(NULL, CMS_USE_KEYID);
}

static struct bytes cms_sha1(void)
{
	return cms_signed(EVP_sha1(), 0);
}

static struct bytes cms_sha224(void)
{
	return cms_signed(EVP_sha224(), 0);
}

static struct bytes cms_detached(void)
{
	return cms_signed(NULL, CMS_DETACHED);
}

static struct bytes cms_noattr(void)
{
	return cms_signed(NULL, CMS_NOATTR);
}

static struct bytes cms_nocerts(void)
{
	return cms_signed(NULL, CMS_NOCERTS);
}

/* As `openssl cms -stream` writes it: BER. */
static struct bytes cms_streamed(void)
{
	BIO *in = BIO_new_mem_buf(archive.at, (int)archive.len), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(signer.cert, signer.key, NULL, in, CMS_BINARY | CMS_STREAM);
	struct bytes bytes;
	char *made;

	assert_true(i2d_CMS_bio_stream(out, cms, in, CMS_BINARY | CMS_STREAM));
	bytes.len = (size_t)BIO_get_mem_data(out, &made);
	bytes = bytes_copy(made, bytes.len);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	return bytes;
}

struct made {
	struct bytes (*make)(void);
	int err;
	const char *why; /* NULL: it is verified */
};

#define DIGESTS "; SHA-256, SHA-384 and SHA-512 are accepted"

static const struct made made[] = {
	{ cms_good, 0, NULL },
	{ cms_sha384, 0, NULL },
	{ cms_sha512, 0, NULL },
	{ cms_cades, 0, NULL },
	{ cms_key_id, 0, NULL },
	{ nothing, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ garbage, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ cut, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS" },
	{ pem, -EBADMSG, "is not a bundle but text (PEM or S/MIME); a bundle is DER" },
	{ smime, -EBADMSG, "is not a bundle but text (PEM or S/MIME); a bundle is DER" },
	{ plain_archive, -EBADMSG, "is not a bundle but an archive without signature" },
	{ cms_data, -EBADMSG, "is not a bundle but a CMS that is not signed" },
	{ cms_digested, -EBADMSG, "is not a bundle but a CMS that is not signed" },
	{ trailing, -EKEYREJECTED, "it has 3 bytes behind its end" },
	{ twice, -EKEYREJECTED, NULL /* a length: see below */ },
	{ cms_streamed, -EKEYREJECTED, "it is not encoded in DER" },
	{ cms_detached, -EKEYREJECTED, "what it signs is not in it (a detached signature)" },
	{ cms_noattr, -EKEYREJECTED, "it has no signed attributes (openssl cms -noattr)" },
	{ cms_sha1, -EKEYREJECTED, "its digest is SHA1" DIGESTS },
	{ cms_sha224, -EKEYREJECTED, "its digest is SHA224" DIGESTS },
	{ cms_nocerts, -EKEYREJECTED, "the certificate of its signer is not in it" },
};

static int verify(const struct bytes *bundle, char *why)
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

static void test_made(void **state)
{
	char why[BUNDLE_WHY_MAX];
	char expected[64];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(made); i++) {
		struct bytes bytes = made[i].make();
		const char *text = made[i].why ? made[i].why : "";
		int err = verify(&bytes, why);

		if (made[i].make == twice) {
			snprintf(expected, sizeof(expected), "it has %zu bytes behind its end",
				 good.len);
			text = expected;
		}
		if (err != made[i].err || strcmp(why, text) != 0)
			fail_msg("row %zu: %d, \"%s\", not %d, \"%s\"", i, err, why, made[i].err,
				 text);
		free(bytes.at);
	}
}

/* ---- one thing changed ---- */

static BUNDLE_SIGNER *first(const BUNDLE_CMS *cms)
{
	return sk_BUNDLE_SIGNER_value(cms->content->signers, 0);
}

static void set(X509_ALGOR *algorithm, int nid, int params)
{
	X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), params, NULL);
}

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

static void content_type(BUNDLE_CMS *cms)
{
	cms->content->content->type = OBJ_nid2obj(NID_pkcs7_signed);
}

static void no_content(BUNDLE_CMS *cms)
{
	ASN1_OCTET_STRING_free(cms->content->content->bytes);
	cms->content->content->bytes = NULL;
}

static void more_content(BUNDLE_CMS *cms)
{
	ASN1_OCTET_STRING *bytes = cms->content->content->bytes;
	unsigned char *copy = malloc(ASN1_STRING_length(bytes) + 1);

	memcpy(copy, ASN1_STRING_get0_data(bytes), ASN1_STRING_length(bytes));
	copy[ASN1_STRING_length(bytes)] = 0;
	ASN1_OCTET_STRING_set(bytes, copy, ASN1_STRING_length(bytes) + 1);
	free(copy);
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

static void signature_and_content(BUNDLE_CMS *cms)
{
	no_signature(cms);
	more_content(cms);
}

static const struct change {
	void (*change)(BUNDLE_CMS *cms);
	const char *why;
} changes[] = {
	{ data_version_0, "its version is not the one that its form has" },
	{ data_version_3, "its version is not the one that its form has" },
	{ signer_version_3, "its version is not the one that its form has" },
	{ both_versions_3, "its version is not the one that its form has" },
	{ key_id_version_1, "its version is not the one that its form has" },
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
	{ name_in_capitals, "the certificate of its signer is not in it" },
	{ other_serial, "the certificate of its signer is not in it" },
	{ other_key_id, "the certificate of its signer is not in it" },
	{ crl_and_unsigned,
	  "it has revocation lists in it; these belong to the trusted certificates" },
	{ no_content_and_two_signers, "what it signs is not in it (a detached signature)" },
	{ unsigned_and_sha1, "it has attributes that are not signed" },
	{ other_and_content, "it has a certificate in it that is not part of its signer's chain: "
			     "CN=another,O=Office,C=CA" },
	{ signature_and_content, "its signature is not by its signer's key" },
	/* Both forms are used (RFC 5754, 2). */
	{ digest_null_in_both, "" },
};

static void test_changes(void **state)
{
	char why[BUNDLE_WHY_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT_OF(changes); i++) {
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
		cmocka_unit_test(test_made),	cmocka_unit_test(test_changes),
		cmocka_unit_test(test_not_der), cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
