/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests of signatures: keys and certificates by OpenSSL, what is to be claimed of them by it,
 * and a reader that allows nothing but what is promised. */
#ifndef INTERDICT_SIGNING_H
#define INTERDICT_SIGNING_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "kmod/extract/claims.h"
#include "kmod/extract/digest.h"
#include "kmod/extract/publisher.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes in a heap block of their own size, so that the address sanitizer sees what is behind. */
struct bytes {
	uint8_t *at;
	size_t len;
};

struct memory {
	struct reader reader;
	const uint8_t *at;
	unsigned int reads, pages;
	uint64_t page;	      /* read last */
	unsigned int fail_at; /* the read that fails, from 1 */
};

static inline int read_checked(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	if (!len || offset > reader->size || len > reader->size - offset)
		abort();
	if (++memory->reads == memory->fail_at)
		return -EINTR;
	memory->pages +=
		((offset + len - 1) >> 12) - (offset >> 12) + (offset >> 12 != memory->page);
	memory->page = (offset + len - 1) >> 12;
	memcpy(buf, memory->at + offset, len);
	return 0;
}

static inline struct memory memory_of(const struct bytes *bytes)
{
	return (struct memory){ .reader = { .read = read_checked, .size = bytes->len },
				.at = bytes->at,
				.page = UINT64_MAX };
}

/* What i2d_*() made; it is freed here. */
static inline struct bytes bytes_of(unsigned char *der, int len)
{
	struct bytes bytes = { malloc(len), len };

	assert_true(len > 0);
	memcpy(bytes.at, der, len);
	OPENSSL_free(der);
	return bytes;
}

enum algorithm { RSA_2048, EC_P256, EC_P384, ED_25519, ALGORITHMS };

struct identity {
	EVP_PKEY *key;
	X509 *cert;
};

static inline EVP_PKEY *new_key(enum algorithm algorithm)
{
	static EVP_PKEY *rsa; /* slow to make, and its value does not matter */
	EVP_PKEY *key = NULL;

	switch (algorithm) {
	case RSA_2048:
		if (!rsa)
			rsa = EVP_RSA_gen(2048);
		key = rsa;
		EVP_PKEY_up_ref(key);
		break;
	case EC_P256:
		key = EVP_EC_gen("P-256");
		break;
	case EC_P384:
		key = EVP_EC_gen("P-384");
		break;
	default:
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	assert_non_null(key);
	return key;
}

static inline void add_name(X509_NAME *name, const char *field, int type, const void *text, int len)
{
	assert_true(X509_NAME_add_entry_by_txt(name, field, type, text, len, -1, 0));
}

static inline void add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_true(X509_add_ext(cert, extension, -1));
	X509_EXTENSION_free(extension);
}

/* A certificate of that subject, not signed yet. organization may be NULL. */
static inline struct identity begin_identity(enum algorithm algorithm, long serial,
					     const char *organization, const char *common_name)
{
	struct identity id = { new_key(algorithm), X509_new() };
	X509_NAME *name = X509_get_subject_name(id.cert);

	X509_set_version(id.cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(id.cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(id.cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(id.cert), 86400);
	X509_set_pubkey(id.cert, id.key);
	add_name(name, "C", MBSTRING_ASC, "CA", -1);
	if (organization)
		add_name(name, "O", MBSTRING_UTF8, organization, -1);
	if (common_name)
		add_name(name, "CN", MBSTRING_UTF8, common_name, -1);
	return id;
}

/* issuer NULL: by itself. */
static inline void end_identity(struct identity *id, const struct identity *issuer)
{
	EVP_PKEY *key = issuer ? issuer->key : id->key;
	const EVP_MD *md = EVP_PKEY_get_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();

	X509_set_issuer_name(id->cert, X509_get_subject_name(issuer ? issuer->cert : id->cert));
	assert_true(X509_sign(id->cert, key, md) > 0);
}

/* One with basicConstraints, and a subject key identifier. */
static inline struct identity new_identity(enum algorithm algorithm, const struct identity *issuer,
					   long serial, const char *organization,
					   const char *common_name)
{
	struct identity id = begin_identity(algorithm, serial, organization, common_name);

	add_extension(id.cert, NID_basic_constraints, issuer ? "critical,CA:FALSE" : "CA:TRUE");
	add_extension(id.cert, NID_subject_key_identifier, "hash");
	end_identity(&id, issuer);
	return id;
}

static inline void free_identity(struct identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
}

/* What is to be claimed. */
enum wanted {
	WANT_DER = 1,
	WANT_IS = 2,
	WANT_SPKI = 4,
	WANT_SKID = 8,
	WANT_PUBLISHER = 16,
	WANT_ALL = 31,
};

static inline void want_claim(struct interdict_claims *claims, int kind, int form, uint8_t signer,
			      const void *value, uint32_t len)
{
	assert_int_equal(claims_add(claims, kind, form, INTERDICT_SOURCE_PE, signer, value, len),
			 0);
}

static inline void want_digest(struct interdict_claims *claims, int kind, int form, uint8_t signer,
			       unsigned char *der, int len)
{
	uint8_t digest[DIGEST_LEN];

	assert_true(len > 0);
	assert_true(EVP_Digest(der, len, digest, NULL, EVP_sha256(), NULL));
	OPENSSL_free(der);
	want_claim(claims, kind, form, signer, digest, sizeof(digest));
}

/* By OpenSSL's own functions; name is the publisher's, NULL for none. */
static inline void want(struct interdict_claims *claims, uint8_t signer, X509 *cert, int wanted,
			const char *name)
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(cert);
	PKCS7_ISSUER_AND_SERIAL *is = PKCS7_ISSUER_AND_SERIAL_new();
	uint8_t digest[DIGEST_LEN];
	unsigned char *der = NULL;
	int len;

	if (wanted & WANT_DER) {
		assert_true(X509_digest(cert, EVP_sha256(), digest, NULL));
		want_claim(claims, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_DER, signer, digest,
			   sizeof(digest));
	}
	if (wanted & WANT_IS) {
		X509_NAME_set(&is->issuer, X509_get_issuer_name(cert));
		ASN1_INTEGER_free(is->serial);
		is->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert));
		len = i2d_PKCS7_ISSUER_AND_SERIAL(is, &der);
		want_digest(claims, INTERDICT_KIND_CERTIFICATE, INTERDICT_FORM_IS, signer, der,
			    len);
	}
	PKCS7_ISSUER_AND_SERIAL_free(is);
	if (wanted & WANT_SPKI) {
		der = NULL;
		len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
		want_digest(claims, INTERDICT_KIND_KEY, INTERDICT_FORM_SPKI, signer, der, len);
	}
	if (wanted & WANT_SKID && skid)
		want_claim(claims, INTERDICT_KIND_KEY, INTERDICT_FORM_SKID, signer,
			   ASN1_STRING_get0_data(skid), ASN1_STRING_length(skid));
	if (wanted & WANT_PUBLISHER && name)
		assert_int_equal(claims_add_publisher(claims, INTERDICT_SOURCE_PE, signer, name,
						      strlen(name)),
				 0);
}

/* The same claims in the same order, and nothing else. */
static inline void assert_claims(const struct interdict_claims *claims,
				 const struct interdict_claims *wanted, const char *what)
{
	uint32_t i;

	if (claims->count != wanted->count)
		fail_msg("%s: %u claims, not %u", what, claims->count, wanted->count);
	for (i = 0; i < claims->count; i++)
		if (memcmp(&claims->claim[i], &wanted->claim[i], sizeof(claims->claim[i])) != 0)
			fail_msg("%s: claim %u (kind %u, form %u, signer %u) differs", what, i,
				 claims->claim[i].kind, claims->claim[i].form,
				 claims->claim[i].signer);
	assert_int_equal(claims->names_len, wanted->names_len);
	assert_memory_equal(claims->names, wanted->names, sizeof(claims->names));
}

#endif
