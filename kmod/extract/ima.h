/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_IMA_H
#define INTERDICT_IMA_H

#include "claims.h"

/*
 * The claim of an IMA signature, len bytes of the extended attribute security.ima: the four bytes
 * by which it names its key, in the order that they have there. Signatures of version 2 (of the
 * file's hash) and 3 (of its fs-verity digest, and since then of its hash, too); a mere hash is no
 * signature. Format: Linux, security/integrity/integrity.h, struct signature_v2_hdr.
 *
 * Returns 0; -EBADMSG where it is a signature of another version, or is cut off or too long; -E2BIG
 * of claims_add().
 */
int ima_claims(const __u8 *xattr, __u32 len, struct interdict_claims *claims);

#endif
