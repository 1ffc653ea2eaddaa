// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * security.ima: struct signature_v2_hdr (type, version, hash_algo, keyid, sig_size), then the
 * signature. Of version 2 it is over the content's digest; of version 3 over the digest of struct
 * ima_file_id, which has type, hash_algo and the content's digest (Linux, security/integrity).
 */
#include <string.h>
#include <sys/xattr.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "verify_internal.h"

#define XATTR_MAX   4096
#define TYPE_DIGSIG 3
#define HEADER_LEN  9
#define KEY_ID	    3
#define KEY_ID_LEN  4

/* enum hash_algo of include/uapi/linux/hash_info.h. */
static const EVP_MD *algorithm(uint8_t number)
{
	switch (number) {
	case 2:
		return EVP_sha1();
	case 4:
		return EVP_sha256();
	case 5:
		return EVP_sha384();
	case 6:
		return EVP_sha512();
	case 7:
		return EVP_sha224();
	default:
		return NULL;
	}
}

/* The last four bytes of its subject key identifier, or of the SHA-1 of its key where it has none:
 * as evmctl and the kernel have it. */
static bool has_key_id(X509 *cert, const uint8_t id[KEY_ID_LEN])
{
	const ASN1_OCTET_STRING *skid = X509_get0_subject_key_id(cert);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (skid) {
		len = (unsigned int)ASN1_STRING_length(skid);
		return len >= KEY_ID_LEN &&
		       memcmp(ASN1_STRING_get0_data(skid) + len - KEY_ID_LEN, id, KEY_ID_LEN) == 0;
	}
	return X509_pubkey_digest(cert, EVP_sha1(), digest, &len) &&
	       memcmp(digest + len - KEY_ID_LEN, id, KEY_ID_LEN) == 0;
}

static bool content_digest(struct verify *v, const uint8_t *xattr, const EVP_MD *md,
			   uint8_t digest[2 + EVP_MAX_MD_SIZE], unsigned int *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
		  verify_digest_range(ctx, v->reader, 0, v->reader->size) &&
		  EVP_DigestFinal_ex(ctx, digest + 2, len);

	EVP_MD_CTX_free(ctx);
	if (ok && xattr[1] == 3) {
		digest[0] = xattr[0];
		digest[1] = xattr[2];
		ok = EVP_Digest(digest, 2 + (size_t)*len, digest + 2, len, md, NULL);
	}
	return ok;
}

static const char *check(struct verify *v, X509 *cert, const uint8_t *xattr, size_t len)
{
	const EVP_MD *md = algorithm(xattr[2]);
	uint8_t digest[2 + EVP_MAX_MD_SIZE];
	const char *why = verify_digest_accepted(md);
	unsigned int digest_len = 0;
	EVP_PKEY_CTX *ctx;
	bool ok;

	if (why)
		return why;
	if (!content_digest(v, xattr, md, digest, &digest_len))
		return "the content cannot be read";
	ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert), NULL);
	ok = ctx && EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	     EVP_PKEY_verify(ctx, xattr + HEADER_LEN, len - HEADER_LEN, digest + 2, digest_len) ==
		     1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		return "the signature is not of this content by this key";
	return verify_chain(v->trust, cert, NULL, 0, 0);
}

static void note(struct verify *v, const char *why)
{
	verify_note_source(v, INTERDICT_SOURCE_IMA, why);
}

void verify_ima(struct verify *v)
{
	const char *why = "the trust store has no certificate with this key ID";
	uint8_t xattr[XATTR_MAX];
	ssize_t len = fgetxattr(v->fd, "security.ima", xattr, sizeof(xattr));

	if (len <= HEADER_LEN) {
		note(v, "the attribute cannot be read");
		return;
	}
	if (xattr[0] != TYPE_DIGSIG) {
		note(v, "not supported for signatures of an fs-verity digest");
		return;
	}
	/* An ID of four bytes may be that of several. */
	for (int i = 0; why && i < sk_X509_num(v->trust->certs); i++)
		if (has_key_id(sk_X509_value(v->trust->certs, i), xattr + KEY_ID))
			why = check(v, sk_X509_value(v->trust->certs, i), xattr, (size_t)len);
	note(v, why);
}
