/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose bundles are loaded: certificates that are trusted as they are (authorities, or a signer's
 * own), and revocation lists, in a directory. (verify.h has what `id --verify` trusts.)
 *
 *	*.pem	any number of certificates and revocation lists (RFC 7468), with text between them
 *	*.crl	a revocation list, PEM or DER
 *
 * A file of these that cannot be read is an error and not passed over: it could be the one that
 * revokes. Other files are a warning; hidden ones nobody's mistake.
 */
#ifndef INTERDICT_TRUST_H
#define INTERDICT_TRUST_H

#include <openssl/x509.h>

#include "policy/policy.h"

#define TRUST_DIR "/etc/interdict/trust.d"

/* Bytes of a file: an authority's revocation list of a million certificates. */
#define TRUST_FILE_MAX (64U << 20)
/* Files and certificates of a directory. All are looked through for each bundle. */
#define TRUST_FILES_MAX 1024U
/* Bytes of a reason: a sentence and a name. */
#define TRUST_WHY_MAX 768

struct trust;

/*
 * Load the directory @dir. Returns 0 and sets *@ret (trust_free()); -ENODATA: there is no
 * certificate, a POLICY_REFUSED problem; another -errno with a POLICY_ERROR problem: -EBADMSG: a
 * file is not what its name says; of reading; -ENOMEM without one.
 */
int trust_load(const char *dir, struct trust **ret, struct policy_errors *errs);

/*
 * The same with the certificates that are sealed in the kernel (engine/seal.h) in place of those in
 * @dir, where any are: then who is root now cannot add one. Revocation lists are those in @dir.
 */
int trust_load_sealed(const char *dir, struct trust **ret, struct policy_errors *errs);

/* The certificates that are trusted; @trust's own. */
STACK_OF(X509) * trust_certs(const struct trust *trust);

/* Trust in @anchor alone, which keeps its reference. Returns 0 and sets *@ret; -ENOMEM. */
int trust_in(X509 *anchor, struct trust **ret);

/* @trust may be NULL. */
void trust_free(struct trust *trust);

/*
 * Whether the directory @dir asks for signatures, so that a policy without one is not to be loaded:
 * it has a file *.pem. Where that cannot be found out, too, unless there is no such directory.
 */
bool trust_has_anchors(const char *dir);

/*
 * Is @cert, through @others, one that signs for those that are trusted, at @now? The chain is valid
 * then (RFC 5280, 6), its keys and digests have 112 bits of security or more. Each certificate in
 * it whose issuer has a revocation list is looked up in that, and the list is valid, too. @cert is
 * for digital signatures, if it has a key usage, and for code signing or anything, if it has
 * extended ones.
 *
 * Returns 0 and *@chain, a new stack with references (sk_X509_pop_free()): of @cert and those above
 * it up to the last that is trusted, that is, those which others vouch for with every byte;
 * -EKEYREJECTED with a sentence in @why; -ENOMEM.
 */
int trust_check(const struct trust *trust, X509 *cert, STACK_OF(X509) * others, int64_t now,
		STACK_OF(X509) * *chain, char why[TRUST_WHY_MAX]);

/* The name of @cert's subject as RFC 2253 writes it, in ASCII; to be freed. NULL: no memory. */
char *trust_subject(const X509 *cert);

#endif
