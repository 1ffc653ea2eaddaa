/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_X509_H
#define INTERDICT_X509_H

#include "claims.h"
#include "der.h"

/*
 * Claims of an X.509 certificate (RFC 5280, 4.1), of len bytes at offset of the reader: its DER,
 * its IssuerAndSerialNumber, its SubjectPublicKeyInfo, its subject key identifier where the
 * extension (4.2.1.2) is there, and the publisher: of its subject the last organizationName
 * (2.5.4.10), or where there is none the last commonName (2.5.4.3), from UTF8String,
 * PrintableString, IA5String, BMPString, UniversalString, or TeletexString taken for Latin-1 (as
 * OpenSSL takes it).
 */
int x509_claims(struct reader *reader, __u64 offset, __u64 len, enum interdict_source source,
		__u8 signer, struct interdict_claims *claims);

/* Headers read of one certificate at most: 30 extensions and 20 attributes of names are 250. */
#define X509_ELEMENTS 512

/* Bytes of a certificate that are hashed at most: they are 1 to 4 KiB, and 20 where the signature
 * is of ML-DSA or SLH-DSA. */
#define X509_MAX 65536

/* A serial number, a name or a key: those of RSA with 16,384 bits and of ML-DSA are below 3 KiB. */
#define X509_FIELD_MAX 16384

/* RFC 5280 (4.2.1.2) makes it 20 or 8 bytes, RFC 7093 (2) up to 32 of a hash. */
#define X509_SKID_MAX INTERDICT_CLAIM_LEN
#define X509_SKID_MIN 4

/* What names a certificate: contents of an issuer's Name, and of a serial number. */
struct x509_name_serial {
	struct der_range issuer, serial;
};

/* A certificate, read as far as was asked for. */
struct x509 {
	struct der der;
	__u64 start; /* offset of its tbsCertificate */
	struct x509_name_serial id;
	struct der_range subject, key; /* their offsets are 0 until they are read */
};

/*
 * Reads the certificate that begins at offset, within len bytes, to its issuer: id is set. elements
 * as of der_begin(), whose errors these functions return.
 */
int x509_begin(struct x509 *cert, struct reader *reader, __u64 offset, __u64 len, __u32 *elements);

/* After x509_begin(), to the key: subject and key are set. Does nothing the second time. */
int x509_read_subject(struct x509 *cert);

/* After x509_read_subject(): the extension of that OID; *value is its OCTET STRING. DER_END: it has
 * none. */
int x509_find_extension(const struct x509 *cert, const __u8 *oid, __u32 oid_len,
			struct der_element *value);

/* After x509_read_subject(): the subject key identifier, of X509_SKID_MAX bytes, *len 0 where there
 * is none. -E2BIG also where it is longer. */
int x509_read_skid(const struct x509 *cert, __u8 *skid, __u32 *len);

/* Whose claims are added, and where. */
struct x509_signer {
	struct interdict_claims *claims;
	enum interdict_source source;
	__u8 number;
};

/* der_goes_on(), and what is passed over is said in the flags. */
static inline bool x509_goes_on(const struct x509_signer *signer, int err, int *kept)
{
	claims_note(signer->claims, err);
	return der_goes_on(err, kept);
}

/* After x509_begin(): reads the rest, and adds its claims. Errors of x509_claims(). */
int x509_add(struct x509 *cert, const struct x509_signer *signer);

/* Adds INTERDICT_FORM_IS: the contents in the file, with headers in their shortest form, so that it
 * is the same of a certificate and of a SignerInfo. */
int x509_add_name_serial(struct reader *reader, const struct x509_name_serial *id,
			 const struct x509_signer *signer);

/* Adds INTERDICT_FORM_SKID, if it has X509_SKID_MIN bytes or more. */
int x509_add_skid(const __u8 *skid, __u32 len, const struct x509_signer *signer);

#endif
