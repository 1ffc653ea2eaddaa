// SPDX-License-Identifier: GPL-2.0-or-later
/* The signature of a bundle (RFC 5652, 5.4 and 5.6). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "bundle_internal.h"

/* By the bytes of the name: X509_NAME_cmp() takes a and A for the same, and no signature covers
 * this name. */
static bool is_named(const BUNDLE_ID *id, X509 *cert)
{
	const X509_NAME *name = X509_get_issuer_name(cert);
	const ASN1_OCTET_STRING *key;
	const unsigned char *der[2];
	size_t len[2];

	if (id->type == BUNDLE_ID_KEY) {
		key = X509_get0_subject_key_id(cert);
		return key && !ASN1_OCTET_STRING_cmp(key, id->d.key);
	}
	return X509_NAME_get0_der(name, &der[0], &len[0]) &&
	       X509_NAME_get0_der(id->d.issuer->issuer, &der[1], &len[1]) && len[0] == len[1] &&
	       !memcmp(der[0], der[1], len[0]) &&
	       !ASN1_INTEGER_cmp(X509_get0_serialNumber(cert), id->d.issuer->serial);
}

/* The signer's certificate, borrowed. */
static X509 *find_certificate(const BUNDLE_SIGNED *data, const BUNDLE_SIGNER *signer)
{
	for (int i = 0; i < sk_X509_num(data->certs); i++)
		if (is_named(signer->id, sk_X509_value(data->certs, i)))
			return sk_X509_value(data->certs, i);
	return NULL;
}

/* Each certificate in it is one of the chain, which is covered by signatures, and there once. */
static int check_certificates(STACK_OF(X509) * certs, STACK_OF(X509) * chain, char *why)
{
	int i, j;

	for (i = 0; i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);
		char *subject;

		for (j = 0; j < sk_X509_num(chain); j++)
			if (!X509_cmp(sk_X509_value(chain, j), cert))
				break;
		if (j < sk_X509_num(chain)) {
			X509_free(sk_X509_delete(chain, j));
			continue;
		}
		subject = trust_subject(cert);
		if (!subject)
			return -ENOMEM;
		bundle_why(why, 0,
			   "it has a certificate in it that is not part of its signer's chain: %s",
			   subject);
		free(subject);
		return -EKEYREJECTED;
	}
	return 0;
}

static int check_content(const BUNDLE_SIGNED *data, const BUNDLE_SIGNER *signer, const EVP_MD *md,
			 char *why)
{
	const ASN1_OCTET_STRING *bytes = data->content->bytes;
	const ASN1_OCTET_STRING *claimed = X509at_get0_data_by_OBJ(
		signer->attributes, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!EVP_Digest(ASN1_STRING_get0_data(bytes), (size_t)ASN1_STRING_length(bytes), digest,
			&len, md, NULL))
		return -ENOMEM;
	if (ASN1_STRING_length(claimed) != (int)len ||
	    memcmp(ASN1_STRING_get0_data(claimed), digest, len) != 0)
		return bundle_why(why, -EKEYREJECTED, "its content is not the one that was signed");
	return 0;
}

static int check_signature(const BUNDLE_SIGNER *signer, X509 *cert, const EVP_MD *md, char *why)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const struct bundle_algorithm *algorithm;
	const ASN1_OBJECT *object;
	unsigned char *der;
	EVP_MD_CTX *ctx;
	bool good;
	int len;

	X509_ALGOR_get0(&object, NULL, NULL, signer->algorithm);
	algorithm = bundle_algorithm(OBJ_obj2nid(object));
	if (!key || EVP_PKEY_get_base_id(key) != algorithm->key)
		return bundle_why(why, -EKEYREJECTED,
				  "its signature is not of the kind that its signer's key makes");
	len = bundle_attributes_der(signer->attributes, &der);
	ctx = len > 0 ? EVP_MD_CTX_new() : NULL;
	if (!ctx) {
		if (len > 0)
			OPENSSL_free(der);
		return -ENOMEM;
	}
	good = EVP_DigestVerifyInit(ctx, NULL, bundle_key_digest(algorithm->key, md), NULL, key) ==
		       1 &&
	       EVP_DigestVerify(ctx, ASN1_STRING_get0_data(signer->signature),
				(size_t)ASN1_STRING_length(signer->signature), der,
				(size_t)len) == 1;
	EVP_MD_CTX_free(ctx);
	OPENSSL_free(der);
	return good ? 0 :
		      bundle_why(why, -EKEYREJECTED, "its signature is not by its signer's key");
}

static int check(const BUNDLE_CMS *cms, X509 *cert, const struct trust *trust, int64_t now,
		 char *why)
{
	const BUNDLE_SIGNED *data = cms->content;
	const BUNDLE_SIGNER *signer = sk_BUNDLE_SIGNER_value(data->signers, 0);
	STACK_OF(X509) *chain = NULL;
	const ASN1_OBJECT *object;
	const EVP_MD *md;
	int err;

	/* First, so that no key of strangers is computed with. */
	err = trust_check(trust, cert, data->certs, now, &chain, why);
	if (!err)
		err = check_certificates(data->certs, chain, why);
	sk_X509_pop_free(chain, X509_free);
	if (err)
		return err;
	X509_ALGOR_get0(&object, NULL, NULL, signer->digest);
	md = bundle_digest(OBJ_obj2nid(object));
	err = check_signature(signer, cert, md, why);
	if (!err)
		err = check_content(data, signer, md, why);
	return err;
}

/* What the signer says: 0 where it does not, or not so that it can be read. */
static int64_t signing_time(const BUNDLE_SIGNER *signer)
{
	static const int types[] = { V_ASN1_UTCTIME, V_ASN1_GENERALIZEDTIME };
	const ASN1_TIME *time = NULL;
	struct tm tm;
	size_t i;

	for (i = 0; !time && i < sizeof(types) / sizeof(types[0]); i++)
		time = X509at_get0_data_by_OBJ(signer->attributes,
					       OBJ_nid2obj(NID_pkcs9_signingTime), -3, types[i]);
	return time && ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

int bundle_verify(const void *der, size_t len, const struct trust *trust, int64_t now,
		  struct bundle *ret, char why[BUNDLE_WHY_MAX])
{
	struct bundle bundle = { 0 };
	BUNDLE_CMS *cms = NULL;
	char *name = NULL;
	X509 *cert = NULL;
	int err;

	err = bundle_parse(der, len, &cms, why);
	if (!err) {
		cert = find_certificate(cms->content,
					sk_BUNDLE_SIGNER_value(cms->content->signers, 0));
		err = cert ? check(cms, cert, trust, now, why) :
			     bundle_why(why, -EKEYREJECTED,
					"the certificate of its signer is not in it");
	}
	if (!err) {
		name = trust_subject(cert);
		if (!name || !X509_digest(cert, EVP_sha256(), bundle.signer.certificate, NULL))
			err = -ENOMEM;
	}
	ERR_clear_error();
	if (err) {
		free(name);
		BUNDLE_CMS_free(cms);
		return err;
	}
	bundle.signer.name = name;
	bundle.signer.signed_at = signing_time(sk_BUNDLE_SIGNER_value(cms->content->signers, 0));
	bundle.archive = ASN1_STRING_get0_data(cms->content->content->bytes);
	bundle.len = (size_t)ASN1_STRING_length(cms->content->content->bytes);
	bundle.cms = cms;
	*ret = bundle;
	return 0;
}

void bundle_free(struct bundle *bundle)
{
	free((char *)bundle->signer.name);
	BUNDLE_CMS_free(bundle->cms);
	*bundle = (struct bundle){ 0 };
}
