/* SPDX-License-Identifier: GPL-2.0-only */
/* Deflate for the extraction code: by the kernel's zlib in the module, by zlib elsewhere. */
#ifndef INTERDICT_INFLATE_H
#define INTERDICT_INFLATE_H

#include "reader.h"

/* Bytes that come out at most. Signature blocks of JARs are 1 to 10 KiB: a chain and a time stamp.
 */
#define INFLATE_MAX (64 * 1024)

/*
 * Inflates a raw deflate stream (RFC 1951) in the len bytes at offset of the reader, which lie
 * within its size; what follows the stream inside of len does not matter. *bytes is set to what
 * comes out, *bytes_len bytes, until inflate_close(). Memory of a fixed size is allocated.
 *
 * Returns 0; -EBADMSG where it is no stream, or not a whole one; -E2BIG where more than INFLATE_MAX
 * bytes come out; -ENOMEM; or the reader's error. On an error *bytes is NULL.
 */
int inflate_open(struct reader *reader, __u64 offset, __u64 len, __u8 **bytes, __u32 *bytes_len);

/* Takes NULL. */
void inflate_close(__u8 *bytes);

#endif
