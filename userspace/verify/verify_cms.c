// SPDX-License-Identifier: GPL-2.0-or-later
/* Signers of a CMS (RFC 5652, 5.4 and 5.6). */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "verify_internal.h"

#define CHUNK 16384

#define OID_DATA "1.2.840.113549.1.7.1"

/* The certificate of a signer: the signature's, else one that is trusted. Borrowed. */
static X509 *find_certificate(const struct verify *v, CMS_SignerInfo *signer,
			      STACK_OF(X509) * certs)
{
	STACK_OF(X509) * sets[] = { certs, v->trust->certs };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (int j = 0; sets[i] && j < sk_X509_num(sets[i]); j++)
			if (!CMS_SignerInfo_cert_cmp(signer, sk_X509_value(sets[i], j)))
				return sk_X509_value(sets[i], j);
	return NULL;
}

const char *verify_digest_accepted(const EVP_MD *md)
{
	if (!md)
		return "its digest algorithm is unknown";
	/* Collisions of MD5 take seconds. */
	return EVP_MD_get_size(md) < 20 ? "its digest algorithm is not accepted any more" : NULL;
}

/* What is signed must be said to be of the type that it is (RFC 5652, 11.1), else attributes could
 * be passed off as content. */
static bool same_type(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(
		signer, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return type && OBJ_cmp(type, CMS_get0_eContentType(cms)) == 0;
}

/* @chain: a digest BIO of CMS_dataInit() that was read to its end. */
static const char *check_signature(CMS_ContentInfo *cms, CMS_SignerInfo *signer, BIO *chain)
{
	const EVP_MD *md;
	X509_ALGOR *algorithm;
	const char *why;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &algorithm, NULL);
	md = EVP_get_digestbyobj(algorithm->algorithm);
	why = verify_digest_accepted(md);
	if (why)
		return why;
	if (CMS_SignerInfo_verify_content(signer, chain) != 1)
		return CMS_signed_get_attr_count(signer) >= 0 ?
			       "its digest is not that of the content" :
			       "the signature is not of this content by this key";
	if (CMS_signed_get_attr_count(signer) < 0)
		return NULL;
	if (!same_type(cms, signer))
		return "it is of another type of content";
	return CMS_SignerInfo_verify(signer) == 1 ? NULL : "the signature is not by this key";
}

static void one_signer(struct verify *v, CMS_ContentInfo *cms, CMS_SignerInfo *signer,
		       STACK_OF(X509) * certs, BIO *chain, const char *why)
{
	X509 *cert = find_certificate(v, signer, certs);

	if (!cert)
		return;
	CMS_SignerInfo_set1_signer_cert(signer, cert);
	if (!why)
		why = check_signature(cms, signer, chain);
	if (!why)
		why = verify_chain(v->trust, cert, certs, verify_time(v->trust, signer, certs), 0);
	verify_note(v, cert, why);
	ERR_clear_error();
}

static bool read_to_end(BIO *chain)
{
	char buf[CHUNK];
	int n;

	do
		n = BIO_read(chain, buf, sizeof(buf));
	while (n > 0);
	return n == 0;
}

static bool is_type(CMS_ContentInfo *cms, const char *oid)
{
	const ASN1_OBJECT *type = CMS_get0_eContentType(cms);
	char text[64];

	return type && OBJ_obj2txt(text, sizeof(text), type, 1) > 0 && strcmp(text, oid) == 0;
}

void verify_cms_signers(struct verify *v, enum interdict_source source, CMS_ContentInfo *cms,
			const char *type, BIO *content, const char *why)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	BIO *next, *chain = CMS_dataInit(cms, content);

	if (!signers)
		why = "it is no signature";
	else if (!is_type(cms, type) && !why)
		why = "it signs another type of content";
	else if (!chain && !why)
		why = "it has nothing that is signed, or its digest algorithm is unknown";
	else if (chain && !read_to_end(chain) && !why)
		why = "the content cannot be read";
	for (int i = 0; i < sk_CMS_SignerInfo_num(signers); i++)
		one_signer(v, cms, sk_CMS_SignerInfo_value(signers, i), certs, chain, why);
	if (!signers)
		verify_note_source(v, source, why);
	/* Not the content's, which is the caller's. */
	while (chain && chain != content) {
		next = BIO_pop(chain);
		BIO_free(chain);
		chain = next;
	}
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
}

void verify_cms(struct verify *v, enum interdict_source source, const uint8_t *der, size_t len,
		BIO *content, const char *why)
{
	const unsigned char *at = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);

	if (cms)
		verify_cms_signers(v, source, cms, OID_DATA, content, why);
	else
		verify_note_source(v, source, "OpenSSL cannot read the signature");
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
}
