// SPDX-License-Identifier: GPL-2.0-only
#include "openpgp.h"

#include "digest.h"

#define TAG_SIGNATURE  2
#define TAG_PUBLIC_KEY 6
#define TAG_SUBKEY     14

#define SUBPACKET_KEY_ID      16
#define SUBPACKET_FINGERPRINT 33
#define SUBPACKET_TYPE	      0x7f /* without the bit "critical" */

struct packet {
	__u32 tag;
	__u64 offset; /* of the body, which lies inside the reader */
	__u32 len;
};

/* What is asked for lies inside, or is malformed. */
static int get(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	if (!reader_has(reader, offset, len))
		return -EBADMSG;
	return reader->read(reader, offset, buf, len);
}

static __u32 fingerprint_len(__u8 version)
{
	if (version == 4)
		return 20;
	return version == 5 || version == 6 ? 32 : 0;
}

/* A number of len bytes, to 4, big endian, at *at, which moves behind it. */
static int get_number(struct reader *reader, __u64 *at, __u32 len, __u32 *number)
{
	__u8 bytes[4];
	__u32 i;
	int err;

	err = get(reader, *at, bytes, len);
	if (err)
		return err;
	*number = 0;
	for (i = 0; i < len; i++)
		*number = *number << 8 | bytes[i];
	*at += len;
	return 0;
}

/*
 * A length of one, two or five bytes at *at, which moves behind it: of packets in the new format
 * (RFC 4880, 4.2.2) and of subpackets (5.2.3.1), which differ in which first bytes mean two.
 */
static int get_length(struct reader *reader, __u64 *at, __u32 two_below, __u32 *len)
{
	__u32 second;
	int err;

	err = get_number(reader, at, 1, len);
	if (err || *len < 192)
		return err;
	if (*len == 255)
		return get_number(reader, at, 4, len);
	if (*len >= two_below)
		return -EBADMSG; /* in parts: of data packets only */
	err = get_number(reader, at, 1, &second);
	if (!err)
		*len = ((*len - 192) << 8) + second + 192;
	return err;
}

static int packet_next(struct reader *reader, struct openpgp_walk *walk, struct packet *packet)
{
	__u64 at = walk->at;
	__u32 first;
	int err;

	if (at >= reader->size)
		return OPENPGP_END;
	if (walk->packets == OPENPGP_PACKETS)
		return -E2BIG;
	err = get_number(reader, &at, 1, &first);
	if (err)
		return err;
	if (!first) /* room that is not used */
		return OPENPGP_END;
	if (!(first & 0x80))
		return -EBADMSG;
	if (first & 0x40) {
		packet->tag = first & 0x3f;
		err = get_length(reader, &at, 224, &packet->len);
	} else {
		packet->tag = first >> 2 & 0x0f;
		if ((first & 3) == 3) /* to the end: of data packets only */
			return -EBADMSG;
		err = get_number(reader, &at, 1U << (first & 3), &packet->len);
	}
	if (err)
		return err;
	if (!reader_has(reader, at, packet->len))
		return -EBADMSG;
	packet->offset = at;
	walk->at = at + packet->len;
	walk->packets++;
	return 0;
}

/* The subpackets in len bytes at offset, inside the reader. The first of each kind counts. */
static int find_issuer(struct reader *reader, __u64 offset, __u32 len,
		       struct openpgp_issuer *issuer, __u32 *count)
{
	const __u64 end = offset + len;
	__u8 type, version;
	__u32 body;
	int err;

	while (offset < end) {
		if ((*count)++ == OPENPGP_SUBPACKETS)
			return -E2BIG;
		err = get_length(reader, &offset, 255, &body);
		if (err)
			return err;
		if (!body || offset > end || body > end - offset)
			return -EBADMSG;
		err = get(reader, offset, &type, 1);
		if (err)
			return err;
		type &= SUBPACKET_TYPE;
		if (type == SUBPACKET_FINGERPRINT && !issuer->fingerprint_len && body > 2) {
			err = get(reader, offset + 1, &version, 1);
			if (!err && body - 2 != fingerprint_len(version))
				return -EBADMSG;
			if (!err)
				err = get(reader, offset + 2, issuer->fingerprint, body - 2);
			if (!err)
				issuer->fingerprint_len = body - 2;
		} else if (type == SUBPACKET_KEY_ID && !issuer->has_key_id &&
			   body == 1 + OPENPGP_KEY_ID_LEN) {
			err = get(reader, offset + 1, issuer->key_id, OPENPGP_KEY_ID_LEN);
			issuer->has_key_id = !err;
		}
		if (err)
			return err;
		offset += body;
	}
	return 0;
}

/* A signature packet's body (RFC 4880, 5.2.2 and 5.2.3; RFC 9580, 5.2.3). */
static int read_signature(struct reader *reader, const struct packet *packet,
			  struct openpgp_issuer *issuer)
{
	const __u64 end = packet->offset + packet->len;
	__u64 at = packet->offset;
	__u32 area, count_len, i;
	__u32 count = 0;
	__u8 version;
	int err;

	memset(issuer, 0, sizeof(*issuer));
	if (!packet->len)
		return -EBADMSG;
	err = get(reader, at, &version, 1);
	if (err)
		return err;
	if (version == 2 || version == 3) {
		/* Version, 5, type, time (4 bytes), key ID. */
		if (packet->len < 7 + OPENPGP_KEY_ID_LEN)
			return -EBADMSG;
		err = get(reader, at + 7, issuer->key_id, OPENPGP_KEY_ID_LEN);
		issuer->has_key_id = !err;
		return err;
	}
	if (!fingerprint_len(version))
		return -EBADMSG;
	count_len = version == 6 ? 4 : 2;
	/* Version, type, algorithms of key and hash; the hashed area and the one that is not. */
	at += 4;
	for (i = 0; i < 2; i++) {
		if (at > end || count_len > end - at)
			return -EBADMSG;
		err = get_number(reader, &at, count_len, &area);
		if (err)
			return err;
		if (area > end - at)
			return -EBADMSG;
		err = find_issuer(reader, at, area, issuer, &count);
		if (err)
			return err;
		at += area;
	}
	return 0;
}

int openpgp_signature_next(struct reader *reader, struct openpgp_walk *walk,
			   struct openpgp_issuer *issuer)
{
	struct packet packet;
	int err;

	do {
		err = packet_next(reader, walk, &packet);
		if (err)
			return err;
	} while (packet.tag != TAG_SIGNATURE);
	return read_signature(reader, &packet, issuer);
}

/* The fingerprint of a key packet; fingerprint_len 0 where its version is another. */
static int read_key(struct reader *reader, const struct packet *packet, struct openpgp_key *key)
{
	__u8 head[5], version;
	struct digest_part hashed[] = {
		{ .bytes = head },
		{ .offset = packet->offset, .len = packet->len },
	};
	__u32 i, len;
	int err;

	memset(key, 0, sizeof(*key));
	key->subkey = packet->tag == TAG_SUBKEY;
	if (!packet->len)
		return -EBADMSG;
	err = get(reader, packet->offset, &version, 1);
	if (err)
		return err;
	len = fingerprint_len(version);
	if (!len)
		return 0;
	if (version == 4) {
		if (packet->len > 0xffff)
			return -EBADMSG;
		head[0] = 0x99;
		head[1] = packet->len >> 8;
		head[2] = packet->len;
		hashed[0].len = 3;
		err = digest_sha1(reader, hashed, 2, key->fingerprint);
	} else {
		head[0] = version == 5 ? 0x9a : 0x9b;
		for (i = 0; i < 4; i++)
			head[1 + i] = packet->len >> (24 - 8 * i);
		hashed[0].len = 5;
		err = digest_sha256(reader, hashed, 2, key->fingerprint);
	}
	if (err)
		return err;
	key->fingerprint_len = len;
	/* Version 4: the last bytes; later ones: the first. */
	memcpy(key->key_id, key->fingerprint + (version == 4 ? len - OPENPGP_KEY_ID_LEN : 0),
	       OPENPGP_KEY_ID_LEN);
	return 0;
}

int openpgp_key_next(struct reader *reader, struct openpgp_walk *walk, struct openpgp_key *key)
{
	struct packet packet;
	int err;

	do {
		err = packet_next(reader, walk, &packet);
		if (err)
			return err;
	} while (packet.tag != TAG_PUBLIC_KEY && packet.tag != TAG_SUBKEY);
	return read_key(reader, &packet, key);
}
