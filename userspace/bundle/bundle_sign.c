// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the signature of a bundle. */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "bundle_internal.h"

/* By the strength of the key; what `openssl cms -sign` takes, too, with RSA. */
static int choose(EVP_PKEY *key, int *digest)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		*digest = NID_sha256;
		return NID_rsaEncryption;
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_bits(key) <= 256) {
			*digest = NID_sha256;
			return NID_ecdsa_with_SHA256;
		}
		if (EVP_PKEY_get_bits(key) <= 384) {
			*digest = NID_sha384;
			return NID_ecdsa_with_SHA384;
		}
		*digest = NID_sha512;
		return NID_ecdsa_with_SHA512;
	case EVP_PKEY_ED25519:
		*digest = NID_sha512;
		return NID_ED25519;
	default:
		return NID_undef;
	}
}

static bool add_attributes(BUNDLE_SIGNER *signer, const unsigned char *digest, unsigned int len,
			   int64_t now)
{
	STACK_OF(X509_ATTRIBUTE) **to = &signer->attributes;
	ASN1_TIME *time = ASN1_TIME_set(NULL, now);
	bool ok;

	ok = time &&
	     X509at_add1_attr_by_NID(to, NID_pkcs9_contentType, V_ASN1_OBJECT,
				     (const unsigned char *)OBJ_nid2obj(NID_pkcs7_data), -1) &&
	     X509at_add1_attr_by_NID(to, NID_pkcs9_signingTime, ASN1_STRING_type(time),
				     (const unsigned char *)time, -1) &&
	     X509at_add1_attr_by_NID(to, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest,
				     (int)len);
	ASN1_TIME_free(time);
	return ok;
}

static bool set_id(BUNDLE_ID *id, const X509 *cert)
{
	id->type = BUNDLE_ID_ISSUER;
	id->d.issuer = PKCS7_ISSUER_AND_SERIAL_new();
	if (!id->d.issuer)
		return false;
	ASN1_INTEGER_free(id->d.issuer->serial);
	id->d.issuer->serial = ASN1_INTEGER_dup(X509_get0_serialNumber(cert));
	return id->d.issuer->serial &&
	       X509_NAME_set(&id->d.issuer->issuer, X509_get_issuer_name(cert));
}

static bool add_cert(BUNDLE_SIGNED *data, X509 *cert)
{
	if (!X509_up_ref(cert))
		return false;
	if (sk_X509_push(data->certs, cert) > 0)
		return true;
	X509_free(cert);
	return false;
}

static bool add_certs(BUNDLE_SIGNED *data, const struct bundle_credentials *credentials)
{
	bool ok;

	data->certs = sk_X509_new_null();
	ok = data->certs && add_cert(data, credentials->cert);
	for (int i = 0; ok && i < sk_X509_num(credentials->chain); i++)
		ok = add_cert(data, sk_X509_value(credentials->chain, i));
	return ok;
}

static bool add_digest(BUNDLE_SIGNED *data, const X509_ALGOR *digest)
{
	X509_ALGOR *copy = X509_ALGOR_dup(digest);

	if (copy && sk_X509_ALGOR_push(data->digests, copy) > 0)
		return true;
	X509_ALGOR_free(copy);
	return false;
}

static bool sign_attributes(BUNDLE_SIGNER *signer, EVP_PKEY *key, const EVP_MD *md)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *signature = NULL;
	unsigned char *der = NULL;
	size_t n = 0;
	bool ok;
	int len;

	len = bundle_attributes_der(signer->attributes, &der);
	md = bundle_key_digest(EVP_PKEY_get_base_id(key), md);
	ok = ctx && len > 0 && EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
	     EVP_DigestSign(ctx, NULL, &n, der, (size_t)len) == 1;
	signature = ok ? OPENSSL_malloc(n) : NULL;
	ok = signature && EVP_DigestSign(ctx, signature, &n, der, (size_t)len) == 1 &&
	     ASN1_OCTET_STRING_set(signer->signature, signature, (int)n);
	OPENSSL_free(signature);
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return ok;
}

/* All of it but the signature. */
static bool fill(BUNDLE_CMS *cms, BUNDLE_SIGNER *signer, const void *archive, size_t len,
		 const struct bundle_credentials *credentials, int64_t now, int nid,
		 const EVP_MD *md)
{
	BUNDLE_SIGNED *data = cms->content;
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	cms->type = OBJ_nid2obj(NID_pkcs7_signed);
	data->version = signer->version = 1;
	data->content->type = OBJ_nid2obj(NID_pkcs7_data);
	data->content->bytes = ASN1_OCTET_STRING_new();
	return data->content->bytes &&
	       ASN1_OCTET_STRING_set(data->content->bytes, archive, (int)len) &&
	       EVP_Digest(archive, len, digest, &n, md, NULL) &&
	       X509_ALGOR_set0(signer->digest, OBJ_nid2obj(EVP_MD_get_type(md)), V_ASN1_UNDEF,
			       NULL) &&
	       X509_ALGOR_set0(signer->algorithm, OBJ_nid2obj(nid), bundle_algorithm(nid)->params,
			       NULL) &&
	       add_digest(data, signer->digest) && add_certs(data, credentials) &&
	       set_id(signer->id, credentials->cert) && add_attributes(signer, digest, n, now);
}

int bundle_sign(const void *archive, size_t len, const struct bundle_credentials *credentials,
		int64_t now, unsigned char **ret, size_t *ret_len, char why[BUNDLE_WHY_MAX])
{
	int digest = NID_undef;
	int nid = choose(credentials->key, &digest);
	BUNDLE_CMS *cms = BUNDLE_CMS_new();
	BUNDLE_SIGNER *signer = BUNDLE_SIGNER_new();
	unsigned char *der = NULL;
	int err = -ENOMEM;
	int n;

	if (!cms || !signer)
		goto out;
	if (nid == NID_undef) {
		err = bundle_why(why, -EINVAL, "bundles are signed with RSA, ECDSA and Ed25519");
		goto out;
	}
	if (!fill(cms, signer, archive, len, credentials, now, nid, bundle_digest(digest)))
		goto out;
	if (!sign_attributes(signer, credentials->key, bundle_digest(digest))) {
		err = bundle_why(why, -EIO, "the key does not sign: %s",
				 ERR_reason_error_string(ERR_peek_last_error()));
		goto out;
	}
	if (sk_BUNDLE_SIGNER_push(cms->content->signers, signer) <= 0)
		goto out;
	signer = NULL; /* the stack's */
	n = i2d_BUNDLE_CMS(cms, &der);
	if (n > 0) {
		*ret = der;
		*ret_len = (size_t)n;
		err = 0;
	}
out:
	ERR_clear_error();
	BUNDLE_SIGNER_free(signer);
	BUNDLE_CMS_free(cms);
	return err;
}
