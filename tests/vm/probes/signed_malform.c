// SPDX-License-Identifier: GPL-2.0-or-later
/* Signed files, damaged so that the signature can no longer be found. */
#include "signed_files.h"

static struct image copy;

static void save(const char *dir, const char *name)
{
	write_file(dir, name, copy.bytes, copy.size);
}

/* One number of a copy is another. */
static void lie(const char *dir, const char *name, const struct image *image, size_t at,
		unsigned int bytes, uint64_t value)
{
	copy = *image;
	put_at(&copy, at, bytes, value);
	save(dir, name);
}

static void cut(const char *dir, const char *name, const struct image *image, size_t size)
{
	copy = *image;
	copy.size = size;
	save(dir, name);
}

void malform_pe(const char *dir, const struct image *image, size_t table, size_t entry)
{
	size_t cms = table + 8, at;

	cut(dir, "cut-headers.exe", image, entry + 2);
	cut(dir, "cut-table.exe", image, table + 200);
	lie(dir, "far-header.exe", image, 60, 4, 0xfffffff0);
	lie(dir, "far-table.exe", image, entry, 4, 0xfffffff0);
	lie(dir, "long-certificate.exe", image, table, 4, 0xffffffff);
	lie(dir, "empty-certificate.exe", image, table, 4, 0);
	/* SEQUENCE of 4 GiB less a byte */
	lie(dir, "long-cms.exe", image, cms, 6, 0xffffffff8430);
	/* Indefinite lengths in each other, as deep as there is room. */
	copy = *image;
	for (at = cms; at + 2 < copy.size; at += 2)
		put_at(&copy, at, 2, 0x8030);
	save(dir, "deep-cms.exe");
	/* It begins as it should, and then there is nothing. */
	copy = *image;
	memset(copy.bytes + cms + 40, 0, copy.size - cms - 40);
	save(dir, "zeros-cms.exe");
	memset(copy.bytes + cms + 40, 0xff, copy.size - cms - 40);
	save(dir, "ones-cms.exe");
}

void malform_apk(const char *dir, const struct image *image, size_t block, size_t directory)
{
	size_t end = image->size - 22; /* the end record: no comment */

	cut(dir, "cut-block.apk", image, block + 100);
	lie(dir, "far-directory.apk", image, end + 16, 4, 0xfffffff0);
	lie(dir, "long-comment.apk", image, end + 20, 2, 0xffff);
	lie(dir, "long-block.apk", image, directory - 24, 8, 0x7fffffffffffffff);
	lie(dir, "empty-block.apk", image, directory - 24, 8, 0);
	lie(dir, "long-pair.apk", image, block + 8, 8, 0x7fffffffffffffff);
	lie(dir, "long-signers.apk", image, block + 20, 4, 0xffffffff);
	lie(dir, "long-signer.apk", image, block + 24, 4, 0xfffffff0);
}

#define MARKER "~Module signature appended~\n"

/* Big-endian, in struct module_signature. */
static void put_trailer(uint32_t len)
{
	unsigned int i;

	put_number(&copy, 8, 0x020000);
	for (i = 0; i < 4; i++)
		put_number(&copy, 1, len >> (24 - 8 * i));
	put(&copy, MARKER, strlen(MARKER));
}

void malform_appended(const char *dir, const char *content, const uint8_t *der, int len)
{
	copy.size = 0;
	put(&copy, content, strlen(content));
	put(&copy, der, len);
	put_trailer(0xfffffff0);
	save(dir, "long-appended.ko");
	copy.size = 0;
	put(&copy, content, strlen(content));
	put(&copy, der, len / 2);
	put_trailer(len / 2);
	save(dir, "cut-appended.ko");
	copy.size = 0;
	put(&copy, content, strlen(content));
	put(&copy, MARKER, strlen(MARKER));
	save(dir, "marker-only.ko");
}
