/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files with a signature behind their content, as kernel modules have it, made in a test. */
#ifndef INTERDICT_TEST_SIGNED_H
#define INTERDICT_TEST_SIGNED_H

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

struct signer {
	EVP_PKEY *key;
	X509 *cert;
};

static inline void signed_require(int ok)
{
	if (!ok)
		abort();
}

/* A new P-256 key, and a certificate of it by itself with O=@organisation. */
static inline struct signer signer_new(const char *organisation)
{
	struct signer s = { EVP_EC_gen("P-256"), X509_new() };
	X509_NAME *name;

	signed_require(s.key && s.cert);
	name = X509_get_subject_name(s.cert);
	signed_require(X509_set_version(s.cert, X509_VERSION_3));
	signed_require(ASN1_INTEGER_set(X509_get_serialNumber(s.cert), 4711));
	signed_require(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
						  (const unsigned char *)organisation, -1, -1, 0));
	signed_require(X509_set_issuer_name(s.cert, name));
	signed_require(X509_gmtime_adj(X509_getm_notBefore(s.cert), 0) != NULL);
	signed_require(X509_gmtime_adj(X509_getm_notAfter(s.cert), 86400) != NULL);
	signed_require(X509_set_pubkey(s.cert, s.key));
	signed_require(X509_sign(s.cert, s.key, EVP_sha256()) > 0);
	return s;
}

static inline void signer_free(struct signer *s)
{
	EVP_PKEY_free(s->key);
	X509_free(s->cert);
}

/* SHA-256 of the certificate, as text. */
static inline void signer_der(const struct signer *s, char hex[65])
{
	unsigned char digest[32];
	unsigned int i;

	signed_require(X509_digest(s->cert, EVP_sha256(), digest, NULL));
	for (i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * (size_t)i, "%02x", digest[i]);
}

/* SHA-256 of its SubjectPublicKeyInfo, as text. */
static inline void signer_spki(const struct signer *s, char hex[65])
{
	unsigned char digest[32];
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(s->cert), &der);
	unsigned int i;

	signed_require(len > 0);
	signed_require(EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL));
	for (i = 0; i < sizeof(digest); i++)
		sprintf(hex + 2 * (size_t)i, "%02x", digest[i]);
	OPENSSL_free(der);
}

/* Adds a signature of @content with the certificate to the file at @path, which has @content. */
static inline void signed_append(const struct signer *s, const char *path, const char *content)
{
	/* struct module_signature of the kernel: id_type 2 (PKCS#7), then the length. */
	unsigned char trailer[12] = { [2] = 2 };
	BIO *in = BIO_new_mem_buf(content, (int)strlen(content));
	unsigned char *der = NULL;
	CMS_ContentInfo *cms;
	uint32_t length;
	FILE *f;
	int len;

	cms = CMS_sign(s->cert, s->key, NULL, in, CMS_BINARY | CMS_DETACHED | CMS_NOATTR);
	signed_require(cms != NULL);
	len = i2d_CMS_ContentInfo(cms, &der);
	signed_require(len > 0);
	length = htonl((uint32_t)len);
	memcpy(trailer + 8, &length, sizeof(length));
	f = fopen(path, "a");
	signed_require(f != NULL);
	signed_require(fwrite(der, (size_t)len, 1, f) == 1);
	signed_require(fwrite(trailer, sizeof(trailer), 1, f) == 1);
	signed_require(fputs("~Module signature appended~\n", f) >= 0);
	signed_require(!fclose(f));
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
}

#endif
