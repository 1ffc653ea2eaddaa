/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_X509_H
#define INTERDICT_X509_H

#include "claims.h"

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

#endif
