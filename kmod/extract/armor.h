/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_ARMOR_H
#define INTERDICT_ARMOR_H

#include "reader.h"

/* Bytes of armoured text at most. AppImages have room for 8 KiB of a key. */
#define ARMOR_MAX (32 * 1024)

#define ARMOR_WINDOW 64

/*
 * What OpenPGP packets are read from: bytes as they are, or in ASCII armour (RFC 4880, 6.2: a line
 * that begins "-----BEGIN PGP ", lines of headers, an empty line, base64), of which it decodes as
 * much as is asked for. Reading on is cheap, reading back begins anew.
 */
struct armor {
	struct reader reader; /* what is inside: its size is that of the packets */
	struct reader *text;
	__u64 begin; /* of the base64, or of the bytes as they are */
	__u64 end;
	bool armored;
	/* How far it is decoded: */
	__u64 at;     /* next character */
	__u64 offset; /* next byte of what is inside */
	__u32 bits, bit_count;
	__u64 window_at;
	__u32 window_len;
	__u8 window[ARMOR_WINDOW];
};

/*
 * Begins to read len bytes at offset, inside the reader. Room that is reserved and not filled (it
 * begins with NUL) is a size of 0, as is a len of 0. Returns 0; -EBADMSG where it is neither
 * packets nor armour; -E2BIG where len is above ARMOR_MAX; or the reader's error. Reads through
 * armor->reader return -EIO outside its size, -EBADMSG where base64 is not that, and the reader's
 * errors.
 */
int armor_open(struct armor *armor, struct reader *text, __u64 offset, __u64 len);

#endif
