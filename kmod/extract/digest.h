/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 and SHA-1 for the extraction code: by the kernel's crypto in the module, by OpenSSL
 * elsewhere. */
#ifndef INTERDICT_DIGEST_H
#define INTERDICT_DIGEST_H

#include "reader.h"

#define DIGEST_LEN	32
#define DIGEST_SHA1_LEN 20

/* Bytes in memory, or (bytes NULL) len bytes at offset of the reader. */
struct digest_part {
	const void *bytes;
	__u64 offset;
	__u32 len;
};

/*
 * SHA-256 (FIPS 180-4) of the parts, one after the other, to out (DIGEST_LEN bytes). reader may be
 * NULL where all parts are in memory; what is read of it must lie within its size. Returns 0, the
 * reader's error, or -EIO where the implementation fails.
 */
int digest_sha256(struct reader *reader, const struct digest_part *parts, __u32 count, __u8 *out);

/* The same with SHA-1, for the fingerprints of OpenPGP keys, which are made with it; out takes
 * DIGEST_SHA1_LEN bytes. -EIO also where the kernel has no SHA-1. */
int digest_sha1(struct reader *reader, const struct digest_part *parts, __u32 count, __u8 *out);

#endif
