/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bundle*.c files share. */
#ifndef INTERDICT_BUNDLE_INTERNAL_H
#define INTERDICT_BUNDLE_INTERNAL_H

#include "bundle.h"
#include "bundle_asn1.h"

/*
 * Decode a bundle, and check all of its form that no signature covers. Nothing is verified. Returns
 * 0 and *@ret (BUNDLE_CMS_free()), which has content and exactly one signer, with signed
 * attributes; or as bundle_verify().
 */
int bundle_parse(const uint8_t *der, size_t len, BUNDLE_CMS **ret, char why[BUNDLE_WHY_MAX]);

/* Set @why, and return @err. */
int bundle_why(char why[BUNDLE_WHY_MAX], int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* How a kind of key signs. */
struct bundle_algorithm {
	int nid;    /* of SignerInfo's signatureAlgorithm */
	int digest; /* the NID of the digest that goes with it; NID_undef: any that is accepted */
	int key;    /* EVP_PKEY_* */
	int params; /* what stands behind the OID: V_ASN1_NULL, V_ASN1_UNDEF for nothing */
};

/* The highest of the certificates that go with a bundle, which vouches for all of them. */
X509 *bundle_top(const struct bundle_credentials *credentials);

/* NULL: none that is accepted. */
const struct bundle_algorithm *bundle_algorithm(int nid);

/* Of a digest by its NID; NULL: none that is accepted. */
const EVP_MD *bundle_digest(int nid);

/* The attributes as they are signed (RFC 5652, 5.4): a SET in DER. Returns its length, or -1. */
int bundle_attributes_der(const STACK_OF(X509_ATTRIBUTE) * attributes, unsigned char **der);

/* The digest that @key signs the attributes with, which is part of Ed25519. */
const EVP_MD *bundle_key_digest(int key, const EVP_MD *md);

#endif
