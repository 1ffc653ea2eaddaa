/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PKCS7_H
#define INTERDICT_PKCS7_H

#include "claims.h"

/*
 * Claims of a PKCS#7 / CMS SignedData (RFC 2315, RFC 5652), a ContentInfo of len bytes at offset of
 * the reader, DER or BER; what follows it inside of len (padding) does not matter.
 *
 * Of each SignerInfo: the certificate that its issuerAndSerialNumber or subjectKeyIdentifier names,
 * where the set has it (x509_claims()), or what names it (INTERDICT_FORM_IS, INTERDICT_FORM_SKID)
 * where not. No other certificate of the set. Of nested signatures (unsigned attribute
 * 1.3.6.1.4.1.311.2.4.1) the same; of countersignatures and time stamps nothing.
 *
 * Signers are numbered from claims_next_signer().
 */
int pkcs7_claims(struct reader *reader, __u64 offset, __u64 len, enum interdict_source source,
		 struct interdict_claims *claims);

#endif
