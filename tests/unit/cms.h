/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests: CMS by OpenSSL, of signers under one CA. */
#ifndef INTERDICT_TEST_CMS_H
#define INTERDICT_TEST_CMS_H

#include "kmod/extract/pkcs7.h"
#include "tests/unit/signing.h"

#define NESTED	    "1.3.6.1.4.1.311.2.4.1"
#define RFC3161	    "1.3.6.1.4.1.311.3.3.1"
#define COUNTERSIGN "1.2.840.113549.1.9.6"
#define TIME_STAMP  "1.2.840.113549.1.9.16.2.14"

/* Flags of sign() that are not OpenSSL's. */
#define SKID	(1 << 30)
#define CARRIED (1 << 29)

/* Made by make_identities(). */
static struct identity ca, tsa, other, signers[ALGORITHMS];
static const char *const names[ALGORITHMS] = { "Vendor RSA Ltd.", "Vendor P-256 Ltd.",
					       "Vendor P-384 Ltd.", "Vendor Ed25519 Ltd." };

static inline int make_identities(void **state)
{
	int i;

	(void)state;
	ca = new_identity(RSA_2048, NULL, 1, "Certificate Authority", "CA root");
	tsa = new_identity(EC_P256, &ca, 2, "Time Stamp Service", "TSA");
	other = new_identity(EC_P256, &ca, 3, "Unrelated", "other");
	for (i = 0; i < ALGORITHMS; i++)
		signers[i] = new_identity(i, &ca, 0x1000 + i, names[i], "code signing");
	return 0;
}

static inline int free_identities(void **state)
{
	int i;

	(void)state;
	free_identity(&ca);
	free_identity(&tsa);
	free_identity(&other);
	for (i = 0; i < ALGORITHMS; i++)
		free_identity(&signers[i]);
	return 0;
}

/* Adds a SignerInfo. */
static inline CMS_SignerInfo *add_signer(CMS_ContentInfo *cms, const struct identity *id, int flags)
{
	unsigned int cms_flags = CMS_NOSMIMECAP;
	CMS_SignerInfo *signer;

	cms_flags |= flags & SKID ? CMS_USE_KEYID : 0;
	cms_flags |= flags & CARRIED ? 0 : CMS_NOCERTS;
	signer = CMS_add1_signer(cms, id->cert, id->key, NULL, cms_flags);
	assert_non_null(signer);
	return signer;
}

static inline CMS_ContentInfo *begin(void)
{
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_DETACHED);

	assert_non_null(cms);
	return cms;
}

static inline void add_certs(CMS_ContentInfo *cms)
{
	assert_true(CMS_add1_cert(cms, ca.cert));
	assert_true(CMS_add1_cert(cms, tsa.cert));
	assert_true(CMS_add1_cert(cms, other.cert));
}

static inline void finish(CMS_ContentInfo *cms)
{
	BIO *content = BIO_new_mem_buf("content", 7);

	assert_true(CMS_final(cms, content, NULL, CMS_BINARY | CMS_DETACHED));
	BIO_free(content);
}

static inline struct bytes encode(CMS_ContentInfo *cms)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	struct bytes bytes = bytes_of(der, len);

	CMS_ContentInfo_free(cms);
	return bytes;
}

/* One signer. */
static inline struct bytes sign(const struct identity *id, int flags)
{
	CMS_ContentInfo *cms = begin();

	add_signer(cms, id, flags);
	finish(cms);
	return encode(cms);
}

static inline int find(const struct bytes *bytes, struct interdict_claims *claims)
{
	struct memory memory = memory_of(bytes);

	memset(claims, 0, sizeof(*claims));
	return pkcs7_claims(&memory.reader, 0, bytes->len, INTERDICT_SOURCE_PE, claims);
}

static inline void expect(const struct bytes *bytes, const struct interdict_claims *wanted,
			  const char *what)
{
	struct interdict_claims claims;
	int err = find(bytes, &claims);

	if (err)
		fail_msg("%s: %d", what, err);
	assert_claims(&claims, wanted, what);
}

static inline void add_attribute(CMS_ContentInfo *cms, const char *oid, const struct bytes *value)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);

	assert_true(
		CMS_unsigned_add1_attr_by_txt(signer, oid, V_ASN1_SEQUENCE, value->at, value->len));
}

/* A signature with others inside of an unsigned attribute. */
static inline struct bytes enclose(const struct identity *id, const char *oid,
				   const struct bytes *inner)
{
	CMS_ContentInfo *cms = begin();

	add_certs(cms);
	add_signer(cms, id, CARRIED);
	finish(cms);
	add_attribute(cms, oid, inner);
	return encode(cms);
}

/* BER as openssl cms -stream writes it, with 100 KiB of content in pieces. */
static inline struct bytes stream(int flags, size_t len)
{
	void *content = calloc(1, len);
	BIO *in = BIO_new_mem_buf(content, len), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms =
		CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_STREAM | CMS_BINARY);
	struct bytes bytes;
	char *made;

	add_certs(cms);
	add_signer(cms, &signers[EC_P256], flags);
	assert_true(i2d_CMS_bio_stream(out, cms, in, CMS_STREAM | CMS_BINARY));
	bytes.len = BIO_get_mem_data(out, &made);
	bytes.at = malloc(bytes.len);
	memcpy(bytes.at, made, bytes.len);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	free(content);
	return bytes;
}

#endif
