// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The form of a bundle: everything that is not covered by its signature. An attacker who has a
 * bundle can change these bits, so each has to have one value.
 */
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include "bundle_internal.h"
#include "policy/policy_ustar.h"

int bundle_why(char why[BUNDLE_WHY_MAX], int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, BUNDLE_WHY_MAX, fmt, args);
	va_end(args);
	return err;
}

/* ---- algorithms ---- */

const EVP_MD *bundle_digest(int nid)
{
	switch (nid) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

static const struct bundle_algorithm algorithms[] = {
	{ NID_rsaEncryption, NID_undef, EVP_PKEY_RSA, V_ASN1_NULL },
	{ NID_sha256WithRSAEncryption, NID_sha256, EVP_PKEY_RSA, V_ASN1_NULL },
	{ NID_sha384WithRSAEncryption, NID_sha384, EVP_PKEY_RSA, V_ASN1_NULL },
	{ NID_sha512WithRSAEncryption, NID_sha512, EVP_PKEY_RSA, V_ASN1_NULL },
	{ NID_ecdsa_with_SHA256, NID_sha256, EVP_PKEY_EC, V_ASN1_UNDEF },
	{ NID_ecdsa_with_SHA384, NID_sha384, EVP_PKEY_EC, V_ASN1_UNDEF },
	{ NID_ecdsa_with_SHA512, NID_sha512, EVP_PKEY_EC, V_ASN1_UNDEF },
	/* RFC 8419, 3.1: with signed attributes, the digest of the content is this. */
	{ NID_ED25519, NID_sha512, EVP_PKEY_ED25519, V_ASN1_UNDEF },
};

const struct bundle_algorithm *bundle_algorithm(int nid)
{
	size_t i;

	for (i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
		if (algorithms[i].nid == nid)
			return &algorithms[i];
	return NULL;
}

const EVP_MD *bundle_key_digest(int key, const EVP_MD *md)
{
	return key == EVP_PKEY_ED25519 ? NULL : md;
}

/* "sha1", or the OID of what OpenSSL does not know. */
static void object_name(const ASN1_OBJECT *object, char *text, int len)
{
	const char *name = OBJ_nid2sn(OBJ_obj2nid(object));

	if (OBJ_obj2nid(object) == NID_undef || !name || OBJ_obj2txt(text, len, object, 0) <= 0)
		OBJ_obj2txt(text, len, object, 1);
	else
		snprintf(text, (size_t)len, "%s", name);
}

static int check_algorithms(const BUNDLE_SIGNED *data, const BUNDLE_SIGNER *signer, char *why)
{
	const struct bundle_algorithm *algorithm;
	const ASN1_OBJECT *object;
	char name[80];
	int digest;
	int params;

	X509_ALGOR_get0(&object, &params, NULL, signer->digest);
	digest = OBJ_obj2nid(object);
	object_name(object, name, sizeof(name));
	if (!bundle_digest(digest))
		return bundle_why(why, -EKEYREJECTED,
				  "its digest is %s; SHA-256, SHA-384 and SHA-512 are accepted",
				  name);
	/* RFC 5754, 2: both forms are to be accepted. */
	if (params != V_ASN1_UNDEF && params != V_ASN1_NULL)
		return bundle_why(why, -EKEYREJECTED, "its digest has parameters");
	if (sk_X509_ALGOR_num(data->digests) != 1 ||
	    X509_ALGOR_cmp(sk_X509_ALGOR_value(data->digests, 0), signer->digest) != 0)
		return bundle_why(why, -EKEYREJECTED,
				  "the digests that it announces are not that of its signature");
	X509_ALGOR_get0(&object, &params, NULL, signer->algorithm);
	object_name(object, name, sizeof(name));
	algorithm = bundle_algorithm(OBJ_obj2nid(object));
	if (!algorithm)
		return bundle_why(why, -EKEYREJECTED,
				  "its signature is %s; RSA (PKCS #1 v1.5), ECDSA and Ed25519 are "
				  "accepted",
				  name);
	if (params != algorithm->params)
		return bundle_why(why, -EKEYREJECTED,
				  "the parameters of its signature's algorithm are wrong");
	if (algorithm->digest != NID_undef && algorithm->digest != digest)
		return bundle_why(why, -EKEYREJECTED, "its digest does not go with %s", name);
	return 0;
}

/* RFC 5652, 5.1 and 5.3; 1 or 3 by how the signer is named. */
static int check_versions(const BUNDLE_SIGNED *data, const BUNDLE_SIGNER *signer, char *why)
{
	int version = signer->id->type == BUNDLE_ID_ISSUER ? 1 : 3;

	if (signer->version == version && data->version == version)
		return 0;
	return bundle_why(why, -EKEYREJECTED, "its version is not the one that its form has");
}

/* ---- attributes ---- */

static const void *only(const STACK_OF(X509_ATTRIBUTE) * attributes, int nid, int type)
{
	/* -3: one attribute with one value. */
	return X509at_get0_data_by_OBJ((STACK_OF(X509_ATTRIBUTE) *)attributes, OBJ_nid2obj(nid), -3,
				       type);
}

static int check_attributes(const BUNDLE_SIGNER *signer, char *why)
{
	const ASN1_OBJECT *type = only(signer->attributes, NID_pkcs9_contentType, V_ASN1_OBJECT);
	const ASN1_OBJECT *algorithm;

	X509_ALGOR_get0(&algorithm, NULL, NULL, signer->digest);
	if (!type || OBJ_obj2nid(type) != NID_pkcs7_data)
		return bundle_why(why, -EKEYREJECTED, "what is signed is of another type");
	if (!only(signer->attributes, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING))
		return bundle_why(why, -EKEYREJECTED, "no digest of its content is signed");
	return 0;
}

int bundle_attributes_der(const STACK_OF(X509_ATTRIBUTE) * attributes, unsigned char **der)
{
	*der = NULL;
	return ASN1_item_i2d((const ASN1_VALUE *)attributes, der, ASN1_ITEM_rptr(PKCS7_ATTR_SIGN));
}

/* ---- the whole ---- */

static int check_signer(const BUNDLE_SIGNED *data, char *why)
{
	const BUNDLE_SIGNER *signer = sk_BUNDLE_SIGNER_value(data->signers, 0);
	int err;

	if (signer->unsigned_attributes)
		return bundle_why(why, -EKEYREJECTED, "it has attributes that are not signed");
	if (!signer->attributes)
		return bundle_why(why, -EKEYREJECTED,
				  "it has no signed attributes (openssl cms -noattr)");
	err = check_algorithms(data, signer, why);
	if (!err)
		err = check_versions(data, signer, why);
	if (!err)
		err = check_attributes(signer, why);
	return err;
}

static int check_signed(const BUNDLE_SIGNED *data, char *why)
{
	int signers = sk_BUNDLE_SIGNER_num(data->signers);

	if (OBJ_obj2nid(data->content->type) != NID_pkcs7_data)
		return bundle_why(why, -EKEYREJECTED, "what it signs is of another type");
	if (!data->content->bytes)
		return bundle_why(why, -EKEYREJECTED,
				  "what it signs is not in it (a detached signature)");
	if (ASN1_STRING_length(data->content->bytes) > (int)BUNDLE_CONTENT_MAX)
		return bundle_why(why, -EFBIG, "its content has more than 256 MiB");
	if (!signers)
		return bundle_why(why, -EKEYREJECTED, "it has no signature");
	if (signers > 1)
		return bundle_why(why, -EKEYREJECTED, "it has %d signatures; a bundle has one",
				  signers);
	if (data->crls)
		return bundle_why(why, -EKEYREJECTED,
				  "it has revocation lists in it; these belong to the trusted "
				  "certificates");
	return check_signer(data, why);
}
static_assert(BUNDLE_CONTENT_MAX >> 20 == 256, "as the text says");

/* Whether it is encoded in DER, the one way: then it is what OpenSSL encodes. */
static int check_encoding(BUNDLE_CMS *cms, const uint8_t *der, size_t len, char *why)
{
	unsigned char *again = NULL;
	int n = i2d_BUNDLE_CMS(cms, &again);
	bool same = n > 0 && (size_t)n == len && !memcmp(der, again, len);

	OPENSSL_free(again);
	return same ? 0 : bundle_why(why, -EKEYREJECTED, "it is not encoded in DER");
}

/* What it is instead, for people. */
static int not_a_bundle(const uint8_t *der, size_t len, char *why)
{
	static const char *const text[] = { "-----BEGIN", "MIME-Version:", "Content-Type:" };
	const struct ustar *archive = (const struct ustar *)der;
	const unsigned char *at = der;
	CMS_ContentInfo *cms;
	bool is_signed;
	size_t i;

	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (len > strlen(text[i]) && !memcmp(der, text[i], strlen(text[i])))
			return bundle_why(why, -EBADMSG,
					  "is not a bundle but text (PEM or S/MIME); a bundle is "
					  "DER");
	if (len >= sizeof(*archive) && !memcmp(archive->magic, "ustar", 5))
		return bundle_why(why, -EBADMSG,
				  "is not a bundle but an archive without signature");
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
	if (!cms)
		return bundle_why(why, -EBADMSG, "is not a bundle: OpenSSL cannot read it as CMS");
	is_signed = OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed;
	CMS_ContentInfo_free(cms);
	return bundle_why(why, -EBADMSG,
			  is_signed ? "is not a bundle but a CMS SignedData of another form" :
				      "is not a bundle but a CMS that is not signed");
}

int bundle_parse(const uint8_t *der, size_t len, BUNDLE_CMS **ret, char why[BUNDLE_WHY_MAX])
{
	const unsigned char *at = der;
	BUNDLE_CMS *cms;
	int err = 0;

	if (len > BUNDLE_CONTENT_MAX + BUNDLE_ENVELOPE_MAX)
		return bundle_why(why, -EFBIG, "its content has more than 256 MiB");
	cms = d2i_BUNDLE_CMS(NULL, &at, (long)len);
	if (!cms || OBJ_obj2nid(cms->type) != NID_pkcs7_signed) {
		err = not_a_bundle(der, len, why);
		goto out;
	}
	if (at != der + len)
		err = bundle_why(why, -EKEYREJECTED, "it has %zu bytes behind its end",
				 (size_t)(der + len - at));
	if (!err)
		err = check_encoding(cms, der, len, why);
	if (!err)
		err = check_signed(cms->content, why);
out:
	ERR_clear_error();
	if (err)
		BUNDLE_CMS_free(cms);
	else
		*ret = cms;
	return err;
}
