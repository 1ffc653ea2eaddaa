/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PE_H
#define INTERDICT_PE_H

#include "claims.h"

/* Entries of the certificate table that are looked at. Signing tools write one; images for secure
 * boot have one for each of two or three signers. */
#define PE_CERTIFICATES 16

/*
 * Claims of a PE or PE32+ image (Authenticode): of each entry of its certificate table that is a
 * PKCS#7 SignedData those of pkcs7_claims(). Where the table is, is a file offset: bytes may follow
 * it. What has a DOS header only has none.
 *
 * Format: Microsoft PE and COFF specification, "MS-DOS Stub", "COFF File Header", "Optional Header
 * Data Directories", "The Attribute Certificate Table".
 *
 * Errors as of claims.h; entries behind one that cannot be read are looked at still.
 */
int pe_claims(struct reader *reader, struct interdict_claims *claims);

#endif
