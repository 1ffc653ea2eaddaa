// SPDX-License-Identifier: GPL-2.0-or-later
/* AppImages that are made badly, a case each: what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "appimage_made.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_badly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
