// SPDX-License-Identifier: GPL-2.0-or-later
/* Time stamps on a signature: RFC 3161 tokens, and countersignatures of PKCS#9 (RFC 2985, 5.3.6).
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "verify_internal.h"

/* Of Authenticode, and of CMS (RFC 3161, appendix A). */
#define OID_TOKEN_MICROSOFT "1.3.6.1.4.1.311.3.3.1"
#define OID_TOKEN	    "1.2.840.113549.1.9.16.2.14"

static time_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm;

	return time && ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

/* The first value of an unsigned attribute, a SEQUENCE; NULL: there is none. */
static const ASN1_STRING *attribute(CMS_SignerInfo *signer, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = object ? CMS_unsigned_get_attr_by_OBJ(signer, object, -1) : -1;
	X509_ATTRIBUTE *attr = at >= 0 ? CMS_unsigned_get_attr(signer, at) : NULL;

	ASN1_OBJECT_free(object);
	return attr ? X509_ATTRIBUTE_get0_data(attr, 0, V_ASN1_SEQUENCE, NULL) : NULL;
}

/* ---- tokens ---- */

static bool token_verified(const struct verify_trust *trust, PKCS7 *token,
			   const ASN1_OCTET_STRING *signature, time_t when)
{
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(trust->store);
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	bool ok;

	if (!ctx)
		return false;
	TS_VERIFY_CTX_set_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
	TS_VERIFY_CTX_set_data(ctx, BIO_new_mem_buf(ASN1_STRING_get0_data(signature),
						    ASN1_STRING_length(signature)));
	X509_STORE_up_ref(trust->store);
	TS_VERIFY_CTX_set_store(ctx, trust->store);
	X509_VERIFY_PARAM_set_time(param, when);
	ok = TS_RESP_verify_token(ctx, token) == 1;
	X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
	TS_VERIFY_CTX_free(ctx);
	return ok;
}

static time_t token_time(const struct verify_trust *trust, const ASN1_STRING *der,
			 const ASN1_OCTET_STRING *signature)
{
	const unsigned char *at = ASN1_STRING_get0_data(der);
	PKCS7 *token = d2i_PKCS7(NULL, &at, ASN1_STRING_length(der));
	TS_TST_INFO *info = token ? PKCS7_to_TS_TST_INFO(token) : NULL;
	time_t when = info ? seconds_of(TS_TST_INFO_get_time(info)) : 0;

	if (when <= 0 || !token_verified(trust, token, signature, when))
		when = 0;
	TS_TST_INFO_free(info);
	PKCS7_free(token);
	return when;
}

/* ---- countersignatures ---- */

static X509 *countersigner(PKCS7_SIGNER_INFO *info, STACK_OF(X509) * certs)
{
	if (!info->issuer_and_serial)
		return NULL;
	return X509_find_by_issuer_and_serial(certs, info->issuer_and_serial->issuer,
					      info->issuer_and_serial->serial);
}

/* Its message is the signature (RFC 2985, 5.3.6). */
static bool of_signature(PKCS7_SIGNER_INFO *info, const EVP_MD *md,
			 const ASN1_OCTET_STRING *signature)
{
	ASN1_TYPE *type = PKCS7_get_signed_attribute(info, NID_pkcs9_messageDigest);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	return type && type->type == V_ASN1_OCTET_STRING &&
	       EVP_Digest(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature),
			  digest, &len, md, NULL) &&
	       len == (unsigned int)ASN1_STRING_length(type->value.octet_string) &&
	       memcmp(digest, ASN1_STRING_get0_data(type->value.octet_string), len) == 0;
}

static bool attributes_signed(PKCS7_SIGNER_INFO *info, const EVP_MD *md, X509 *cert)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	int len = ASN1_item_i2d((ASN1_VALUE *)info->auth_attr, &der,
				ASN1_ITEM_rptr(PKCS7_ATTR_VERIFY));
	bool ok = ctx && len > 0 &&
		  EVP_DigestVerifyInit(ctx, NULL, md, NULL, X509_get0_pubkey(cert)) == 1 &&
		  EVP_DigestVerify(ctx, ASN1_STRING_get0_data(info->enc_digest),
				   (size_t)ASN1_STRING_length(info->enc_digest), der,
				   (size_t)len) == 1;

	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static time_t countersigned_time(const struct verify_trust *trust, const ASN1_STRING *der,
				 const ASN1_OCTET_STRING *signature, STACK_OF(X509) * certs)
{
	const unsigned char *at = ASN1_STRING_get0_data(der);
	PKCS7_SIGNER_INFO *info = d2i_PKCS7_SIGNER_INFO(NULL, &at, ASN1_STRING_length(der));
	const EVP_MD *md = info ? EVP_get_digestbyobj(info->digest_alg->algorithm) : NULL;
	X509 *cert = info ? countersigner(info, certs) : NULL;
	ASN1_TYPE *signing_time;
	time_t when = 0;

	if (cert && info->auth_attr && !verify_digest_accepted(md) &&
	    of_signature(info, md, signature) && attributes_signed(info, md, cert)) {
		signing_time = PKCS7_get_signed_attribute(info, NID_pkcs9_signingTime);
		if (signing_time && (signing_time->type == V_ASN1_UTCTIME ||
				     signing_time->type == V_ASN1_GENERALIZEDTIME))
			when = seconds_of(signing_time->value.asn1_string);
		if (when <= 0 ||
		    verify_chain(trust, cert, certs, when, X509_PURPOSE_TIMESTAMP_SIGN))
			when = 0;
	}
	PKCS7_SIGNER_INFO_free(info);
	return when;
}

time_t verify_time(const struct verify_trust *trust, CMS_SignerInfo *signer, STACK_OF(X509) * certs)
{
	static const char *const tokens[] = { OID_TOKEN_MICROSOFT, OID_TOKEN };
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signer);
	const ASN1_STRING *der;
	time_t when = 0;

	for (size_t i = 0; !when && i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		der = attribute(signer, tokens[i]);
		if (der)
			when = token_time(trust, der, signature);
	}
	der = when ? NULL : attribute(signer, "1.2.840.113549.1.9.6");
	if (der)
		when = countersigned_time(trust, der, signature, certs);
	ERR_clear_error();
	return when;
}
