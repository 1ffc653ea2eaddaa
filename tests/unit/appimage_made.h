/* SPDX-License-Identifier: GPL-2.0-or-later */
/* AppImages as tests need them: ELF files with the sections that appimagetool fills, and OpenPGP
 * packets made by hand. To be included after cmocka.h. */
#ifndef INTERDICT_TEST_APPIMAGE_MADE_H
#define INTERDICT_TEST_APPIMAGE_MADE_H

#include "kmod/extract/appimage.h"
#include "kmod/extract/digest.h"
#include "kmod/extract/openpgp.h"

#define FILE_MAX (128 * 1024)
#define NAMES	 1024 /* the sections' names */
#define SECTIONS 2048 /* the table */
#define SIG_AT	 4096
#define SIG_ROOM 8192
#define KEY_AT	 (SIG_AT + SIG_ROOM)
#define KEY_ROOM 20000

struct image {
	uint8_t bytes[FILE_MAX];
	uint64_t size;
	bool wide, big;
};

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	unsigned int reads;
	unsigned int fail_at;
};

static inline int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	if (++memory->reads == memory->fail_at)
		return -EINTR;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

static inline void put(struct image *image, uint64_t at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		image->bytes[at + i] = value >> 8 * (image->big ? bytes - 1 - i : i);
}

static inline void put_section(struct image *image, unsigned int i, uint32_t name, uint64_t offset,
			       uint64_t size)
{
	uint64_t at = SECTIONS + i * (image->wide ? 64 : 40);
	unsigned int word = image->wide ? 8 : 4;

	put(image, at, 4, name);
	put(image, at + 4, 4, 1);
	put(image, at + (image->wide ? 24 : 16), word, offset);
	put(image, at + (image->wide ? 32 : 20), word, size);
}

#define NAME_SIG   1
#define NAME_KEY   13
#define NAMES_TEXT "\0.sha256_sig\0.sig_key\0.shstrtab"

/* With both sections, empty: as an AppImage that is not signed. */
static inline void make(struct image *image, bool wide, bool big)
{
	memset(image, 0, sizeof(*image));
	image->wide = wide;
	image->big = big;
	image->size = KEY_AT + KEY_ROOM;
	memcpy(image->bytes, "\177ELF", 4);
	image->bytes[4] = wide ? 2 : 1;
	image->bytes[5] = big ? 2 : 1;
	memcpy(image->bytes + 8, "AI\2", 3);
	put(image, wide ? 40 : 32, wide ? 8 : 4, SECTIONS);
	put(image, wide ? 58 : 46, 2, wide ? 64 : 40);
	put(image, wide ? 60 : 48, 2, 4);
	put(image, wide ? 62 : 50, 2, 3);
	memcpy(image->bytes + NAMES, NAMES_TEXT, sizeof(NAMES_TEXT));
	put_section(image, 1, NAME_SIG, SIG_AT, SIG_ROOM);
	put_section(image, 2, NAME_KEY, KEY_AT, KEY_ROOM);
	put_section(image, 3, 22, NAMES, sizeof(NAMES_TEXT));
}

static inline int find(struct image *image, struct interdict_claims *claims, struct memory *memory)
{
	memory->reader = (struct reader){ .read = read_memory, .size = image->size };
	memory->bytes = image->bytes;
	memory->reads = 0;
	memset(claims, 0, sizeof(*claims));
	return appimage_claims(&memory->reader, claims);
}

static inline void expect(struct image *image, int err, uint32_t flags, uint32_t count,
			  const char *name)
{
	static struct interdict_claims claims;
	struct memory memory = {};
	int got = find(image, &claims, &memory);

	if (got != err || claims.flags != flags || claims.count != count)
		fail_msg("%s: %d, flags %x, %u claims", name, got, claims.flags, claims.count);
}

/* Packets made by hand: a key of version v, and a signature that names it. */
static inline uint32_t put_key(uint8_t *at, uint8_t tag, uint8_t version, uint8_t seed,
			       uint8_t *fingerprint)
{
	uint8_t body[60], prefix[5] = { 0x99, 0, sizeof(body) };
	struct digest_part parts[] = { { .bytes = prefix, .len = 3 },
				       { .bytes = body, .len = sizeof(body) } };

	memset(body, seed, sizeof(body));
	body[0] = version;
	if (version == 4) {
		assert_int_equal(digest_sha1(NULL, parts, 2, fingerprint), 0);
	} else {
		prefix[0] = version == 5 ? 0x9a : 0x9b;
		prefix[2] = 0;
		prefix[4] = sizeof(body);
		parts[0].len = 5;
		assert_int_equal(digest_sha256(NULL, parts, 2, fingerprint), 0);
	}
	at[0] = 0xc0 | tag;
	at[1] = sizeof(body);
	memcpy(at + 2, body, sizeof(body));
	return 2 + sizeof(body);
}

#define BY_FINGERPRINT 1
#define BY_ID	       2
#define BY_OLD	       4 /* version 3 of the signature */

static inline uint32_t put_signature(uint8_t *at, uint8_t version, int by,
				     const uint8_t *fingerprint)
{
	uint8_t *to = at + 2;
	uint32_t len = version == 4 ? 20 : 32;
	uint32_t count_len = version == 6 ? 4 : 2;
	const uint8_t *id = fingerprint + (version == 4 ? 12 : 0);

	if (by == BY_OLD) {
		memcpy(to, "\3\5\0time", 7);
		memcpy(to + 7, id, 8);
		to += 15;
	} else {
		*to++ = version;
		memcpy(to, "\0\x16\x08", 3); /* type, algorithms */
		to += 3;
		memset(to, 0, count_len);
		to[count_len - 1] = (by & BY_FINGERPRINT ? 3 + len : 0) + 6;
		to += count_len;
		memcpy(to, "\5\2time", 6); /* subpacket 2: when it was made */
		to += 6;
		if (by & BY_FINGERPRINT) {
			*to++ = 2 + len;
			*to++ = 33 | 0x80;
			*to++ = version;
			memcpy(to, fingerprint, len);
			to += len;
		}
		memset(to, 0, count_len);
		to[count_len - 1] = by & BY_ID ? 10 : 0;
		to += count_len;
		if (by & BY_ID) {
			*to++ = 9;
			*to++ = 16;
			memcpy(to, id, 8);
			to += 8;
		}
	}
	memset(to, 'x', 10); /* the signature itself */
	to += 10;
	at[0] = 0xc2;
	at[1] = to - at - 2;
	return to - at;
}

/* The only signature. */
static inline void sign(struct image *image, uint8_t version, int by, const uint8_t *fingerprint)
{
	memset(image->bytes + SIG_AT, 0, SIG_ROOM);
	put_signature(image->bytes + SIG_AT, version, by, fingerprint);
}

#endif
