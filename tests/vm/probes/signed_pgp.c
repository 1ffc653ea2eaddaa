// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What appimagetool puts into the sections of an AppImage: a signature and a key, here as packets
 * (RFC 4880, 4.2.2, 5.2.3, 5.5.2) that look as GnuPG's do. Nothing but GnuPG would verify them.
 */
#include "signed_files.h"

#define BODY 52 /* bytes of the key packet */

static struct image image;
static uint8_t fingerprint[SHA_DIGEST_LENGTH];

static void packet(uint8_t tag, const uint8_t *body, uint8_t len)
{
	put_number(&image, 1, 0xc0 | tag);
	put_number(&image, 1, len);
	put(&image, body, len);
}

/* Version 4, made in 2023, EdDSA. */
static void make_key(void)
{
	uint8_t hashed[3 + BODY] = { 0x99, 0, BODY, 4, 0x65, 0, 0, 0, 22 };

	memset(hashed + 9, 0x5a, BODY - 6);
	SHA1(hashed, sizeof(hashed), fingerprint);
	image.size = 0;
	packet(6, hashed + 3, BODY);
}

/* Version 4, of a document, EdDSA and SHA-256; subpackets: when, and the issuer's fingerprint. */
static void make_signature(void)
{
	uint8_t body[64] = { 4, 0, 22, 8, 0, 29, 5, 2, 0x65, 0, 0, 1, 22, 33, 4 };

	memcpy(body + 15, fingerprint, sizeof(fingerprint));
	image.size = 0;
	packet(2, body, sizeof(body));
}

void make_pgp(void)
{
	make_key();
	write_file("pgp", "key", image.bytes, image.size);
	make_signature();
	write_file("pgp", "signature", image.bytes, image.size);
	write_rule("pgp", "key: pgp:", fingerprint, sizeof(fingerprint));
}

#define NAMES_AT    1024
#define SECTIONS_AT 2048
#define CONTENT_AT  3072
#define SECTION_AT  4096
#define NAMES	    "\0.sha256_sig\0.shstrtab"

static void put_section(unsigned int i, uint32_t name, uint64_t offset, uint64_t size)
{
	put_at(&image, SECTIONS_AT + i * 64, 4, name);
	put_at(&image, SECTIONS_AT + i * 64 + 4, 4, 1);
	put_at(&image, SECTIONS_AT + i * 64 + 24, 8, offset);
	put_at(&image, SECTIONS_AT + i * 64 + 32, 8, size);
}

/* With a signature that can be found. */
static void make_elf(const char *content)
{
	uint8_t packets[128];
	size_t len;

	make_signature();
	len = image.size;
	memcpy(packets, image.bytes, len);
	image.size = 0;
	put_zeros(&image, SECTION_AT);
	put(&image, packets, len);
	memcpy(image.bytes, "\177ELF\2\1\1\0AI\2", 11);
	put_at(&image, 16, 2, 2);
	put_at(&image, 40, 8, SECTIONS_AT);
	put_at(&image, 58, 2, 64);
	put_at(&image, 60, 2, 3);
	put_at(&image, 62, 2, 2);
	memcpy(image.bytes + NAMES_AT, NAMES, sizeof(NAMES));
	memcpy(image.bytes + CONTENT_AT, content, strlen(content));
	put_section(1, 1, SECTION_AT, len);
	put_section(2, 13, NAMES_AT, sizeof(NAMES));
}

void malform_appimage(const char *dir, const char *content)
{
	make_elf(content);
	put_at(&image, 40, 8, 0xfffffffffffffff0);
	write_file(dir, "far-sections.AppImage", image.bytes, image.size);
	make_elf(content);
	put_at(&image, SECTIONS_AT + 64 + 24, 8, 0xfffffffffffffff0);
	write_file(dir, "far-signature.AppImage", image.bytes, image.size);
	make_elf(content);
	put_at(&image, 62, 2, 0xfff0);
	write_file(dir, "far-names.AppImage", image.bytes, image.size);
	make_elf(content);
	memset(image.bytes + SECTION_AT, 0xff, image.size - SECTION_AT);
	write_file(dir, "ones-signature.AppImage", image.bytes, image.size);
	make_elf(content);
	write_file(dir, "sound.AppImage", image.bytes, image.size);
}
