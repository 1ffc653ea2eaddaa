/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OpenPGP packets (RFC 4880; RFC 9580 for version 6): whom a signature names, and what the keys of
 * a certificate are called. Nothing is verified.
 */
#ifndef INTERDICT_OPENPGP_H
#define INTERDICT_OPENPGP_H

#include "reader.h"

/* Packets of one reader: a certificate with a few hundred signatures by others. */
#define OPENPGP_PACKETS 512
/* Signatures that are looked at: one for each who signed. */
#define OPENPGP_SIGNATURES 4
/* Subpackets of one signature. GnuPG writes two to ten. */
#define OPENPGP_SUBPACKETS 64

#define OPENPGP_FINGERPRINT_MAX 32 /* versions 5 and 6; 20 of version 4 */
#define OPENPGP_KEY_ID_LEN	8

/* Whom a signature names. */
struct openpgp_issuer {
	__u8 fingerprint_len; /* 0 where it has none */
	bool has_key_id;
	__u8 fingerprint[OPENPGP_FINGERPRINT_MAX];
	__u8 key_id[OPENPGP_KEY_ID_LEN];
};

struct openpgp_key {
	bool subkey;
	__u8 fingerprint_len;
	__u8 fingerprint[OPENPGP_FINGERPRINT_MAX];
	__u8 key_id[OPENPGP_KEY_ID_LEN];
};

/* A walk over the packets of a reader; begins zeroed. */
struct openpgp_walk {
	__u64 at;
	__u32 packets;
};

/*
 * The issuers of the next signature packet: of versions 4, 5 and 6 the subpackets Issuer
 * Fingerprint (33) and Issuer (16), of version 3 its key ID. Returns 0; OPENPGP_END where there is
 * no more; -EBADMSG; -E2BIG where a limit above was reached; or the reader's error.
 */
#define OPENPGP_END 1
int openpgp_signature_next(struct reader *reader, struct openpgp_walk *walk,
			   struct openpgp_issuer *issuer);

/*
 * The next public key or subkey packet, with the fingerprint and key ID of versions 4, 5 and 6 (RFC
 * 4880, 12.2; RFC 9580, 5.5.4). Of versions 2 and 3, whose fingerprint is an MD5 and which nobody
 * has made since 1998, fingerprint_len is 0. Errors as above, and of digest.h.
 */
int openpgp_key_next(struct reader *reader, struct openpgp_walk *walk, struct openpgp_key *key);

#endif
