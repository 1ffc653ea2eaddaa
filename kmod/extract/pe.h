/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PE_H
#define INTERDICT_PE_H

#include "claims.h"

/* Entries of the certificate table that are looked at. Signing tools write one; images for secure
 * boot have one for each of two or three signers. */
#define PE_CERTIFICATES 16

/* WIN_CERTIFICATE: dwLength with these 8 bytes, wRevision, wCertificateType; padded to 8. */
#define PE_ENTRY_HEADER 8
#define PE_ENTRY_ALIGN	8

/* Offsets in the file. */
struct pe_table {
	__u64 offset;	/* of the certificate table */
	__u64 size;	/* of it, 0: there is none */
	__u64 entry;	/* of its directory entry, 8 bytes */
	__u64 checksum; /* of the image's checksum, 4 bytes */
};

/* Where the certificate table is said to be: nothing says that it is in the file. Returns 0, or the
 * reader's error. */
int pe_find_table(struct reader *reader, struct pe_table *table);

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
