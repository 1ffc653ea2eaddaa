// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenPGP fingerprints of AppImages: files with the sections that appimagetool fills, from
 * signatures and keys that GnuPG makes, and from packets made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kmod/extract/appimage.h"
#include "kmod/extract/digest.h"
#include "kmod/extract/openpgp.h"
#include "run.h"

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

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	assert_true(offset <= reader->size && len <= reader->size - offset);
	if (++memory->reads == memory->fail_at)
		return -EINTR;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

static void put(struct image *image, uint64_t at, unsigned int bytes, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		image->bytes[at + i] = value >> 8 * (image->big ? bytes - 1 - i : i);
}

static void put_section(struct image *image, unsigned int i, uint32_t name, uint64_t offset,
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
static void make(struct image *image, bool wide, bool big)
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

static int find(struct image *image, struct interdict_claims *claims, struct memory *memory)
{
	memory->reader = (struct reader){ .read = read_memory, .size = image->size };
	memory->bytes = image->bytes;
	memory->reads = 0;
	memset(claims, 0, sizeof(*claims));
	return appimage_claims(&memory->reader, claims);
}

static void expect(struct image *image, int err, uint32_t flags, uint32_t count, const char *name)
{
	static struct interdict_claims claims;
	struct memory memory = {};
	int got = find(image, &claims, &memory);

	if (got != err || claims.flags != flags || claims.count != count)
		fail_msg("%s: %d, flags %x, %u claims", name, got, claims.flags, claims.count);
}

/* Packets made by hand: a key of version v, and a signature that names it. */
static uint32_t put_key(uint8_t *at, uint8_t tag, uint8_t version, uint8_t seed,
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

static uint32_t put_signature(uint8_t *at, uint8_t version, int by, const uint8_t *fingerprint)
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
static void sign(struct image *image, uint8_t version, int by, const uint8_t *fingerprint)
{
	memset(image->bytes + SIG_AT, 0, SIG_ROOM);
	put_signature(image->bytes + SIG_AT, version, by, fingerprint);
}

static bool claims_key(const struct interdict_claims *claims, const uint8_t *fingerprint,
		       uint32_t len, uint8_t signer)
{
	uint32_t i;

	for (i = 0; i < claims->count; i++) {
		const struct interdict_claim *claim = &claims->claim[i];

		if (claim->kind == INTERDICT_KIND_KEY && claim->form == INTERDICT_FORM_PGP &&
		    claim->source == INTERDICT_SOURCE_APPIMAGE && claim->len == len &&
		    claim->signer == signer && !memcmp(claim->value, fingerprint, len))
			return true;
	}
	return false;
}

/* Each version of signature and key, by fingerprint and by key ID, in each kind of ELF. */
static void versions(void **state)
{
	static const uint8_t vs[] = { 4, 5, 6 };
	static const int bys[] = { BY_FINGERPRINT, BY_ID, BY_FINGERPRINT | BY_ID };
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t primary[32], sub[32], other[32];
	uint32_t len, n;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(vs); i++)
		for (j = 0; j < sizeof(bys) / sizeof(bys[0]) * 4; j++) {
			len = vs[i] == 4 ? 20 : 32;
			make(&image, j & 1, j & 2);
			n = KEY_AT;
			n += put_key(image.bytes + n, 6, vs[i], 1, primary);
			n += put_key(image.bytes + n, 14, vs[i], 2, sub);
			n += put_key(image.bytes + n, 6, vs[i], 3, other);
			/* By the subkey: it and its primary key. */
			sign(&image, vs[i], bys[j / 4], sub);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, 2);
			assert_true(claims_key(&claims, primary, len, 0));
			assert_true(claims_key(&claims, sub, len, 0));
			/* By the primary key: it alone. */
			sign(&image, vs[i], bys[j / 4], other);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, 1);
			assert_true(claims_key(&claims, other, len, 0));
		}
}

/* Signatures of which the section with the key says nothing. */
static void unknown_key(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t key[32], signer[32];

	(void)state;
	memset(signer, 7, sizeof(signer));
	make(&image, true, false);
	put_key(image.bytes + KEY_AT, 6, 4, 1, key);
	sign(&image, 4, BY_FINGERPRINT | BY_ID, signer);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.count, 1);
	assert_true(claims_key(&claims, signer, 20, 0));

	/* Its ID alone is nothing that an order could name. */
	sign(&image, 4, BY_ID, signer);
	expect(&image, -EBADMSG, 0, 0, "unknown ID");
	sign(&image, 4, BY_OLD, signer);
	expect(&image, -EBADMSG, 0, 0, "unknown ID, version 3");
	sign(&image, 4, 0, signer);
	expect(&image, -EBADMSG, 0, 0, "no issuer");
	/* Nor is a known one that signed nothing. */
	memset(image.bytes + SIG_AT, 0, SIG_ROOM);
	expect(&image, 0, 0, 0, "key without signature");
	sign(&image, 4, BY_OLD, key);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_true(claims_key(&claims, key, 20, 0));

	/* Keys of version 3 have no fingerprint here, and their subkeys no primary key. */
	make(&image, true, false);
	put_key(image.bytes + KEY_AT, 6, 4, 1, key);
	put_key(image.bytes + KEY_AT + 62, 6, 4, 1, key);
	image.bytes[KEY_AT + 62 + 2] = 3;
	put_key(image.bytes + KEY_AT + 124, 14, 4, 2, signer);
	sign(&image, 4, BY_FINGERPRINT, signer);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.count, 1);
	assert_true(claims_key(&claims, signer, 20, 0));
}

static void several_signatures(void **state)
{
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t keys[OPENPGP_SIGNATURES + 1][32];
	uint32_t i, n = KEY_AT, at = SIG_AT;

	(void)state;
	make(&image, true, false);
	for (i = 0; i <= OPENPGP_SIGNATURES; i++)
		n += put_key(image.bytes + n, 6, 4, 1 + i, keys[i]);
	for (i = 0; i < OPENPGP_SIGNATURES; i++)
		at += put_signature(image.bytes + at, 4, BY_FINGERPRINT, keys[i]);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_int_equal(claims.flags, 0);
	assert_int_equal(claims.count, OPENPGP_SIGNATURES);
	for (i = 0; i < OPENPGP_SIGNATURES; i++)
		assert_true(claims_key(&claims, keys[i], 20, i));
	put_signature(image.bytes + at, 4, BY_FINGERPRINT, keys[i]);
	expect(&image, 0, INTERDICT_CLAIMS_MORE, OPENPGP_SIGNATURES, "one more");
}

static void put_text(struct image *image, uint32_t at, const char *text)
{
	memcpy(image->bytes + at, text, strlen(text));
}

static void not_signed(struct image *image)
{
	memset(image->bytes + SIG_AT, 0, SIG_ROOM);
}

static void no_sections(struct image *image)
{
	put(image, 60, 2, 0);
}

static void no_names(struct image *image)
{
	put(image, 62, 2, 4);
}

static void names_outside(struct image *image)
{
	put_section(image, 3, 22, UINT64_MAX, 22);
}

static void names_cut(struct image *image)
{
	put_section(image, 3, 22, NAMES, NAME_SIG + strlen(".sha256_sig"));
}

static void name_outside(struct image *image)
{
	put_section(image, 1, UINT32_MAX, SIG_AT, SIG_ROOM);
}

static void signature_outside(struct image *image)
{
	put_section(image, 1, NAME_SIG, image->size - 10, 11);
}

static void signature_at_the_last_address(struct image *image)
{
	put_section(image, 1, NAME_SIG, UINT64_MAX, UINT64_MAX);
}

static void signature_empty(struct image *image)
{
	put_section(image, 1, NAME_SIG, SIG_AT, 0);
}

static void signature_too_long(struct image *image)
{
	put_section(image, 1, NAME_SIG, SIG_AT, 32 * 1024 + 1);
	image->size = FILE_MAX;
}

static void key_too_long(struct image *image)
{
	put_section(image, 2, NAME_KEY, KEY_AT, 32 * 1024 + 1);
	image->size = FILE_MAX;
}

static void key_outside(struct image *image)
{
	put_section(image, 2, NAME_KEY, image->size, 1);
}

static void text(struct image *image)
{
	put_text(image, SIG_AT, "not a signature");
}

static void headers_only(struct image *image)
{
	put_text(image, SIG_AT, "-----BEGIN PGP SIGNATURE-----\nVersion: 1\nComment: ");
	memset(image->bytes + SIG_AT + 51, 'x', SIG_ROOM - 51);
}

static void armor_of_nothing(struct image *image)
{
	not_signed(image);
	put_text(image, SIG_AT,
		 "-----BEGIN PGP SIGNATURE-----\n\n=abcd\n-----END PGP SIGNATURE-----\n");
}

static void armor_not_base64(struct image *image)
{
	put_text(image, SIG_AT, "-----BEGIN PGP SIGNATURE-----\n\nwsC?\n");
}

static void armor_cut(struct image *image)
{
	put_section(image, 1, NAME_SIG, SIG_AT, 14);
	put_text(image, SIG_AT, "-----BEGIN PGP SIGNATURE-----\n\n");
}

static void packet_across_the_end(struct image *image)
{
	put_section(image, 1, NAME_SIG, SIG_AT, 20);
}

static void packet_of_4_gib(struct image *image)
{
	memcpy(image->bytes + SIG_AT, "\xc2\xff\xff\xff\xff\xff", 6);
}

static void old_packet_of_4_gib(struct image *image)
{
	memcpy(image->bytes + SIG_AT, "\x8a\xff\xff\xff\xff", 5);
}

static void packet_in_parts(struct image *image)
{
	memcpy(image->bytes + SIG_AT, "\xc2\xe0", 2);
}

static void packet_without_length(struct image *image)
{
	image->bytes[SIG_AT] = 0x8b;
}

static void empty_packet(struct image *image)
{
	memcpy(image->bytes + SIG_AT, "\xc2\0\0", 3);
}

static void too_many_packets(struct image *image)
{
	uint32_t i;

	for (i = 0; i <= OPENPGP_PACKETS; i++)
		memcpy(image->bytes + SIG_AT + 2 * i, "\xcd\0", 2);
}

static void version_7(struct image *image)
{
	image->bytes[SIG_AT + 2] = 7;
}

static void area_too_long(struct image *image)
{
	image->bytes[SIG_AT + 6] = 0xff;
}

static void subpacket_too_long(struct image *image)
{
	image->bytes[SIG_AT + 8] = 191;
}

static void subpacket_of_4_gib(struct image *image)
{
	memset(image->bytes + SIG_AT + 8, 0xff, 5);
}

static void subpacket_empty(struct image *image)
{
	image->bytes[SIG_AT + 8] = 0;
}

static void fingerprint_of_another_length(struct image *image)
{
	image->bytes[SIG_AT + 8 + 6 + 2] = 6;
}

static void too_many_subpackets(struct image *image)
{
	uint32_t i;

	memcpy(image->bytes + SIG_AT, "\xc2\xc0\x40\4\0\x16\x08\0\xc0", 9);
	for (i = 0; i < 96; i++)
		memcpy(image->bytes + SIG_AT + 9 + 2 * i, "\1\2", 2);
}

static void key_text(struct image *image)
{
	put_text(image, KEY_AT, "not a key");
}

static void key_empty_packet(struct image *image)
{
	memcpy(image->bytes + KEY_AT, "\xc6\0\0", 3);
}

static void key_cut(struct image *image)
{
	put_section(image, 2, NAME_KEY, KEY_AT, 61);
}

static void key_of_64_kib(struct image *image)
{
	memcpy(image->bytes + KEY_AT, "\xc6\xff\0\1\0\0\4", 7);
}

/* Of a file whose signature names a fingerprint that is not that of its key. */
static const struct {
	const char *name;
	void (*change)(struct image *image);
	int err;
	uint32_t flags;
	uint32_t count;
} cases[] = {
#define CASE(change, ...)                    \
	{                                    \
#change, change, __VA_ARGS__ \
	}
#define MALFORMED INTERDICT_CLAIMS_MALFORMED
#define MORE	  INTERDICT_CLAIMS_MORE
	CASE(not_signed, 0, 0, 0),
	CASE(no_sections, 0, 0, 0),
	CASE(no_names, 0, 0, 0),
	CASE(names_outside, 0, 0, 0),
	CASE(names_cut, 0, 0, 0),
	CASE(name_outside, 0, 0, 0),
	CASE(signature_outside, 0, MALFORMED, 0),
	CASE(signature_at_the_last_address, 0, MALFORMED, 0),
	CASE(signature_empty, 0, 0, 0),
	CASE(signature_too_long, 0, MORE, 0),
	CASE(text, 0, MALFORMED, 0),
	CASE(headers_only, 0, MALFORMED, 0),
	CASE(armor_of_nothing, 0, 0, 0),
	CASE(armor_not_base64, 0, MALFORMED, 0),
	CASE(armor_cut, 0, MALFORMED, 0),
	CASE(packet_across_the_end, 0, MALFORMED, 0),
	CASE(packet_of_4_gib, 0, MALFORMED, 0),
	CASE(old_packet_of_4_gib, 0, MALFORMED, 0),
	CASE(packet_in_parts, 0, MALFORMED, 0),
	CASE(packet_without_length, 0, MALFORMED, 0),
	CASE(empty_packet, 0, MALFORMED, 0),
	CASE(too_many_packets, 0, MORE, 0),
	CASE(version_7, 0, MALFORMED, 0),
	CASE(area_too_long, 0, MALFORMED, 0),
	CASE(subpacket_too_long, 0, MALFORMED, 0),
	CASE(subpacket_of_4_gib, 0, MALFORMED, 0),
	CASE(subpacket_empty, 0, MALFORMED, 0),
	CASE(fingerprint_of_another_length, 0, MALFORMED, 0),
	CASE(too_many_subpackets, 0, MORE, 0),
	/* What the signature names is claimed all the same. */
	CASE(key_too_long, 0, MORE, 1),
	CASE(key_outside, 0, MALFORMED, 1),
	CASE(key_text, 0, MALFORMED, 1),
	CASE(key_empty_packet, 0, MALFORMED, 1),
	CASE(key_cut, 0, MALFORMED, 1),
	CASE(key_of_64_kib, 0, MALFORMED, 1),
};

static void made_badly(void **state)
{
	static struct image image;
	uint8_t key[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(&image, true, false);
		put_key(image.bytes + KEY_AT, 6, 4, 1, key);
		memset(key, 7, sizeof(key));
		sign(&image, 4, BY_FINGERPRINT, key);
		cases[i].change(&image);
		expect(&image, cases[i].err, cases[i].flags, cases[i].count, cases[i].name);
	}
}

static void by_its_magic(void **state)
{
	static struct image image;

	(void)state;
	make(&image, true, false);
	assert_true(appimage_begins(image.bytes, APPIMAGE_HEAD));
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD - 1));
	image.bytes[10] = 1;
	assert_true(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 3;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 0;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
	image.bytes[10] = 2;
	image.bytes[0] = 0;
	assert_false(appimage_begins(image.bytes, APPIMAGE_HEAD));
}

/* GnuPG's own: the fingerprints that gpg lists for the key and for the subkey that signed. */

static void make_by_gpg(struct image *image, const char *armor, unsigned int user)
{
	char command[1024];

	snprintf(
		command, sizeof(command),
		"printf '%%s' 0123456789abcdef >digest; "
		"gpg --homedir . --batch --yes --quiet %s -u user%u --detach-sign -o sig digest && "
		"gpg --homedir . --batch --yes --quiet %s --export -o key user%u",
		armor, user, armor, user);
	run(command);
	make(image, true, false);
	slurp("sig", image->bytes + SIG_AT, SIG_ROOM);
	slurp("key", image->bytes + KEY_AT, KEY_ROOM);
}

static void of_gnupg(void **state)
{
	static const struct {
		const char *algorithm, *subkey;
	} keys[] = { { "ed25519", NULL }, { "rsa2048", NULL }, { "nistp256", "ed25519" } };
	static const char *const armors[] = { "--armor", "--no-armor" };
	static struct image image;
	static struct interdict_claims claims;
	struct memory memory = {};
	char command[512], hex[128];
	unsigned int i, j, k, count;

	(void)state;
	run("chmod 700 .");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		count = keys[i].subkey ? 2 : 1;
		snprintf(
			command, sizeof(command),
			"gpg --homedir . --batch --passphrase '' --quick-gen-key user%u %s %s never",
			i, keys[i].algorithm, keys[i].subkey ? "cert" : "sign");
		run(command);
		snprintf(command, sizeof(command),
			 "gpg --homedir . --with-colons --list-keys user%u | "
			 "awk -F: '$1 == \"fpr\" { print $10 > (\"fpr\" n++) }'",
			 i);
		run(command);
		if (keys[i].subkey) {
			char add[512];

			snprintf(add, sizeof(add),
				 "gpg --homedir . --batch --passphrase '' --quick-add-key "
				 "$(cat fpr0) %s sign never",
				 keys[i].subkey);
			run(add);
			run(command);
		}
		for (j = 0; j < 2; j++) {
			make_by_gpg(&image, armors[j], i);
			assert_int_equal(find(&image, &claims, &memory), 0);
			assert_int_equal(claims.flags, 0);
			assert_int_equal(claims.count, count);
			for (k = 0; k < count; k++) {
				hex[slurp(k ? "fpr1" : "fpr0", hex, sizeof(hex))] = '\0';
				assert_int_equal(claims.claim[k].len, 20);
				assert_true(is_hex_of(hex, claims.claim[k].value, 20));
			}
		}
	}
}

/* Every prefix of a file of GnuPG's, in armour: an error at most, never a wrong claim; and the
 * reader's errors wherever they are. */
static void truncated(void **state)
{
	static struct image image, cut;
	static struct interdict_claims claims;
	struct memory memory = {};
	uint8_t fingerprint[20];
	uint64_t end;
	uint32_t reads;
	int err;

	(void)state;
	make_by_gpg(&image, "--armor", 2);
	assert_int_equal(find(&image, &claims, &memory), 0);
	assert_true(claims.count > 0);
	memcpy(fingerprint, claims.claim[0].value, sizeof(fingerprint));
	reads = memory.reads;

	end = KEY_AT + strlen((char *)image.bytes + KEY_AT);
	for (cut = image, cut.size = 0; cut.size < end; cut.size++) {
		/* Bytes that are gone, and then a section that is shorter, too. */
		err = find(&cut, &claims, &memory);
		assert_true(!err || err == -EBADMSG);
	}
	cut.size = image.size;
	for (end = 0; end < strlen((char *)image.bytes + SIG_AT); end++) {
		put_section(&cut, 1, NAME_SIG, SIG_AT, end);
		err = find(&cut, &claims, &memory);
		assert_true(!err || err == -EBADMSG);
		if (claims.count)
			assert_memory_equal(claims.claim[0].value, fingerprint, 20);
	}
	for (memory.fail_at = 1; memory.fail_at <= reads; memory.fail_at++)
		assert_int_equal(find(&image, &claims, &memory), -EINTR);
}

static int stop_agent(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "gpgconf --homedir '%s' --kill all", tempdir);
	if (system(command))
		return -1;
	return tempdir_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_magic), cmocka_unit_test(versions),
		cmocka_unit_test(unknown_key),	cmocka_unit_test(several_signatures),
		cmocka_unit_test(made_badly),	cmocka_unit_test(of_gnupg),
		cmocka_unit_test(truncated),
	};

	return cmocka_run_group_tests(tests, tempdir_setup, stop_agent);
}
