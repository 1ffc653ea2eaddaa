// SPDX-License-Identifier: GPL-2.0-only
#include "ima.h"

/* enum evm_ima_xattr_type */
#define TYPE_DIGSIG	   3
#define TYPE_VERITY_DIGSIG 6

/* struct signature_v2_hdr: type, version, hash_algo, keyid (4 bytes), sig_size (2, big endian). */
#define HEADER_LEN     9
#define HEADER_VERSION 1
#define HEADER_KEY_ID  3
#define HEADER_SIZE    7
#define KEY_ID_LEN     4

int ima_claims(const __u8 *xattr, __u32 len, struct interdict_claims *claims)
{
	if (!len || (xattr[0] != TYPE_DIGSIG && xattr[0] != TYPE_VERITY_DIGSIG))
		return 0;
	if (len <= HEADER_LEN)
		return -EBADMSG;
	if (xattr[HEADER_VERSION] != 3 && (xattr[HEADER_VERSION] != 2 || xattr[0] != TYPE_DIGSIG))
		return -EBADMSG;
	if (len - HEADER_LEN != ((__u32)xattr[HEADER_SIZE] << 8 | xattr[HEADER_SIZE + 1]))
		return -EBADMSG;
	return claims_add(claims, INTERDICT_KIND_KEY, INTERDICT_FORM_IMA, INTERDICT_SOURCE_IMA,
			  claims_next_signer(claims), xattr + HEADER_KEY_ID, KEY_ID_LEN);
}
