/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle: a policy in one signed file. It is a CMS SignedData (RFC 5652) in DER whose content is
 * the archive of the policy's directory (policy_ustar.h).
 *
 * Nothing of the content is looked at before the signature is verified, and every bit of the file
 * is either covered by that or has one value that is accepted: the encoding is DER, to the byte;
 * there is one signer, with signed attributes and without unsigned ones; versions and algorithms
 * are those that follow from the rest; and of certificates there are those of the signer's chain,
 * up to one that is trusted, and no others.
 *
 * Digests are SHA-256, SHA-384 and SHA-512; signatures RSA (PKCS #1 v1.5, RFC 3370), ECDSA
 * (RFC 5754) and Ed25519 (RFC 8419).
 */
#ifndef INTERDICT_BUNDLE_H
#define INTERDICT_BUNDLE_H

#include "policy/policy.h"
#include "trust.h"

/* Bytes of the archive: two million lines of a list, and what a load holds in memory three times.
 * Larger lists are loaded from a directory. */
#define BUNDLE_CONTENT_MAX (256U << 20)
/* Of the rest: a signature and a chain of certificates have some thousand. */
#define BUNDLE_ENVELOPE_MAX (1U << 20)

/* Bytes of a reason. */
#define BUNDLE_WHY_MAX TRUST_WHY_MAX

/* A bundle whose signature was verified. */
struct bundle {
	struct policy_signer signer;
	const void *archive;
	size_t len;
	void *cms; /* that owns the archive */
};

/*
 * Verify @len bytes at @der, with those in @trust, at @now in seconds since 1970. Returns 0 and
 * fills *@ret (bundle_free()); or, with a sentence in @why: -EKEYREJECTED: the signature is
 * refused; -EBADMSG: it is not a bundle; -EFBIG: its content is too large; -ENOMEM.
 */
int bundle_verify(const void *der, size_t len, const struct trust *trust, int64_t now,
		  struct bundle *ret, char why[BUNDLE_WHY_MAX]);
/*
 * The signature by itself, without the archive, in DER: *@der (OPENSSL_free()) of *@len bytes.
 * Returns 0 or -ENOMEM.
 */
int bundle_detach(struct bundle *bundle, unsigned char **der, size_t *len);
/* Only what bundle_verify() filled, or zeros. */
void bundle_free(struct bundle *bundle);

/*
 * Load the policy in the bundle @path. The signature is verified with the certificates in the
 * directory @trust_dir at the time @now, before the content is parsed. @flags and what is returned
 * are those of policy_load_dir(), and -EKEYREJECTED: the signature is refused (a POLICY_REFUSED
 * problem); -ENODATA: nobody is trusted (the same); errors of trust_load().
 */
int bundle_load(const char *path, const char *trust_dir, int64_t now, unsigned int flags,
		struct policy **ret, struct policy_errors *errs);
/* The same with @trust; messages call the bundle @name. */
int bundle_load_trusting(const char *path, const char *name, const struct trust *trust, int64_t now,
			 unsigned int flags, struct policy **ret, struct policy_errors *errs);

/* ---- making one ---- */

struct bundle_credentials {
	EVP_PKEY *key;
	X509 *cert;		/* of the key */
	STACK_OF(X509) * chain; /* what goes into a bundle with it, never a root; may be empty */
};

/*
 * Read the private key @uri (private_key_read()). @cert: a file of certificates in PEM, of which
 * the first is the key's, the others its chain; @chain: a file with more of these, or NULL.
 * Certificates that are their own issuer's are left out of the chain: who trusts them has them.
 *
 * Returns 0 and fills *@ret (bundle_credentials_free()); else an -errno with a sentence in @why and
 * *@what, which of the names it is about: -EKEYREJECTED: the key is not that of the certificate;
 * -ENOPKG: nothing on this system reads such a key; -EBADMSG; -errno of reading; -ENOMEM.
 */
int bundle_credentials_read(const char *uri, const char *cert, const char *chain,
			    struct bundle_credentials *ret, const char **what,
			    char why[BUNDLE_WHY_MAX]);
void bundle_credentials_free(struct bundle_credentials *credentials);

/*
 * Sign @len bytes at @archive, of at most BUNDLE_CONTENT_MAX, at the time @now. Returns 0, *@der
 * (OPENSSL_free()) and *@der_len; else an -errno with a sentence in @why: -EINVAL: a key of
 * another kind; -EIO: OpenSSL could not; -ENOMEM.
 */
int bundle_sign(const void *archive, size_t len, const struct bundle_credentials *credentials,
		int64_t now, unsigned char **der, size_t *der_len, char why[BUNDLE_WHY_MAX]);

/*
 * Write a bundle of @len bytes at @der to the file @path, which is there whole or not at all: it
 * is written to a file beside, read back from there, verified at @now by @credentials alone and
 * parsed; then it gets its name. @digest is the policy's, which must come of it. Problems are added
 * to @errs. Returns 0 and *@ret, the policy in it; or -errno as bundle_load() or of writing.
 */
int bundle_write(const char *path, const void *der, size_t len,
		 const struct bundle_credentials *credentials, int64_t now,
		 const uint8_t digest[32], struct policy **ret, struct policy_errors *errs);

#endif
