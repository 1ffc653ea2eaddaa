// SPDX-License-Identifier: GPL-2.0-only
#include "appended.h"

#include "pkcs7.h"

#define MARKER	   "~Module signature appended~\n"
#define MARKER_LEN (sizeof(MARKER) - 1)

/* struct module_signature: algo, hash, id_type, signer_len, key_id_len, 3 bytes of padding, sig_len
 * (big endian). */
#define TRAILER_LEN  12
#define TRAILER_TYPE 2
#define TRAILER_SIZE 8
#define TYPE_PKCS7   2
#define TAIL_LEN     (TRAILER_LEN + MARKER_LEN)

int appended_claims(struct reader *reader, struct interdict_claims *claims)
{
	__u64 end = reader->size;
	__u8 tail[TAIL_LEN];
	__u32 i, j, len;
	int err;

	for (i = 0; end >= sizeof(tail); i++) {
		err = reader->read(reader, end - sizeof(tail), tail, sizeof(tail));
		if (err)
			return err;
		if (memcmp(tail + TRAILER_LEN, MARKER, MARKER_LEN))
			return 0;
		if (i == APPENDED_STACKED)
			return -E2BIG;
		end -= sizeof(tail);
		len = (__u32)tail[TRAILER_SIZE] << 24 | (__u32)tail[TRAILER_SIZE + 1] << 16 |
		      (__u32)tail[TRAILER_SIZE + 2] << 8 | tail[TRAILER_SIZE + 3];
		/* The kernel refuses a PKCS#7 one that has anything in the other fields. */
		for (j = 0; j < TRAILER_SIZE; j++)
			if (tail[j] != (j == TRAILER_TYPE ? TYPE_PKCS7 : 0))
				return -EBADMSG;
		if (!len || len > end)
			return -EBADMSG;
		end -= len;
		err = claims_note(
			claims, pkcs7_claims(reader, end, len, INTERDICT_SOURCE_APPENDED, claims));
		if (err)
			return err;
	}
	return 0;
}
