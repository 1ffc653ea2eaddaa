/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CMS SignedData (RFC 5652, 3 to 5) that a bundle is, as OpenSSL's own ASN.1 types are made. Of
 * its own, as OpenSSL's CMS has no way to what no signature covers (versions, algorithms), and up
 * to 3.0 cannot sign with Ed25519 (RFC 8419). Private to bundle*.c and fuzzers.
 */
#ifndef INTERDICT_BUNDLE_ASN1_H
#define INTERDICT_BUNDLE_ASN1_H

#include <openssl/asn1t.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

/* EncapsulatedContentInfo */
typedef struct {
	ASN1_OBJECT *type;
	ASN1_OCTET_STRING *bytes; /* NULL: it is elsewhere */
} BUNDLE_CONTENT;

enum { BUNDLE_ID_ISSUER, BUNDLE_ID_KEY };

/* SignerIdentifier */
typedef struct {
	int type; /* BUNDLE_ID_* */
	union {
		PKCS7_ISSUER_AND_SERIAL *issuer;
		ASN1_OCTET_STRING *key;
	} d;
} BUNDLE_ID;

/* SignerInfo */
typedef struct {
	int32_t version;
	BUNDLE_ID *id;
	X509_ALGOR *digest;
	STACK_OF(X509_ATTRIBUTE) * attributes; /* signed ones; NULL: none */
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *signature;
	STACK_OF(X509_ATTRIBUTE) * unsigned_attributes; /* NULL: none */
} BUNDLE_SIGNER;
DEFINE_STACK_OF(BUNDLE_SIGNER)

/* SignedData */
typedef struct {
	int32_t version;
	STACK_OF(X509_ALGOR) * digests;
	BUNDLE_CONTENT *content;
	STACK_OF(X509) * certs;	   /* NULL: none */
	STACK_OF(X509_CRL) * crls; /* NULL: none */
	STACK_OF(BUNDLE_SIGNER) * signers;
} BUNDLE_SIGNED;

/* ContentInfo */
typedef struct {
	ASN1_OBJECT *type;
	BUNDLE_SIGNED *content;
} BUNDLE_CMS;

DECLARE_ASN1_ITEM(BUNDLE_CONTENT)
DECLARE_ASN1_ITEM(BUNDLE_ID)
DECLARE_ASN1_ITEM(BUNDLE_SIGNER)
DECLARE_ASN1_ITEM(BUNDLE_SIGNED)
DECLARE_ASN1_ALLOC_FUNCTIONS(BUNDLE_SIGNER)
DECLARE_ASN1_FUNCTIONS(BUNDLE_CMS)

#endif
