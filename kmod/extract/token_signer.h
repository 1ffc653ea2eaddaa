/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_TOKEN_SIGNER_H
#define INTERDICT_TOKEN_SIGNER_H

#include <linux/types.h>

/*
 * Are the certificates in a PKCS#7 SignedData (RFC 5652), len bytes of DER, ones that may vouch for
 * a token? The kernel verifies a chain of signatures, and does not ask what its certificates are
 * for: whoever has the key of any certificate of a trusted authority, that of a web server say,
 * could sign, and certify others. So each certificate in it is an authority's (basicConstraints,
 * RFC 5280, 4.2.1.9), or is one that user space takes, too (trust_check()): for digital signatures,
 * if it has a key usage (4.2.1.3), and for code signing or anything, if it has extended ones
 * (4.2.1.12). There is no other set of certificates in it, and no length is indefinite, so that
 * what is looked at is what the kernel takes.
 *
 * Returns 0; -EKEYREJECTED: one of them may not; -EBADMSG: of another form; -E2BIG: of more
 * elements than any message has. Nothing is verified.
 */
int token_signer_check(const void *der, __u32 len);

#endif
