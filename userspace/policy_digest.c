// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The digest of a policy: SHA-256 of the ustar archive of its files (POSIX.1-1988 10.1.1, "ustar
 * Interchange Format" of pax(1) in POSIX.1-2017), byte for byte what GNU tar writes:
 *
 *	cd DIR && find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z |
 *	tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 --numeric-owner \
 *		--mtime=@0 --mode=0644 -cf - | sha256sum
 *
 * Written here and not with a library: the numbers in a header may be formatted in several ways,
 * and a digest must not change with a library's version.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy_dir.h"

#define TAR_BLOCK 512U
/* tar's record: 20 blocks. */
#define TAR_RECORD (20U * TAR_BLOCK)

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char pad[12];
};
static_assert(sizeof(struct ustar) == TAR_BLOCK, "a header is a block");
static_assert(sizeof(((struct ustar *)0)->name) == POLICY_PATH_MAX, "paths need no prefix");

/* Octal digits that fill a field but for the NUL at its end. */
static void octal(char *field, size_t len, uint64_t n)
{
	field[--len] = '\0';
	while (len--) {
		field[len] = (char)('0' + (n & 7));
		n >>= 3;
	}
}

static void fill(struct ustar *h, const struct policy_member *m)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned int sum = 0;
	size_t i;

	memset(h, 0, sizeof(*h));
	memcpy(h->name, m->path, strnlen(m->path, sizeof(h->name)));
	octal(h->mode, sizeof(h->mode), 0644);
	octal(h->uid, sizeof(h->uid), 0);
	octal(h->gid, sizeof(h->gid), 0);
	octal(h->size, sizeof(h->size), m->len);
	octal(h->mtime, sizeof(h->mtime), 0);
	h->type = '0';
	memcpy(h->magic, "ustar", sizeof(h->magic));
	memcpy(h->version, "00", sizeof(h->version));
	octal(h->devmajor, sizeof(h->devmajor), 0);
	octal(h->devminor, sizeof(h->devminor), 0);
	/* The sum counts its own field as spaces; six digits, a NUL and a space. */
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (i = 0; i < sizeof(*h); i++)
		sum += bytes[i];
	octal(h->checksum, sizeof(h->checksum) - 1, sum);
}

static int by_path(const void *a, const void *b)
{
	const struct policy_member *const *x = a;
	const struct policy_member *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

int policy_dir_digest(struct policy_dir *dir, uint8_t digest[32])
{
	static const char zeros[TAR_RECORD];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint64_t total = 0;
	struct ustar header;
	bool ok;
	size_t i;

	if (!ctx)
		return -ENOMEM;
	if (dir->n)
		qsort(dir->members, dir->n, sizeof(dir->members[0]), by_path);
	ok = EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (i = 0; ok && i < dir->n; i++) {
		const struct policy_member *m = dir->members[i];
		size_t pad = (TAR_BLOCK - m->len % TAR_BLOCK) % TAR_BLOCK;

		fill(&header, m);
		ok = EVP_DigestUpdate(ctx, &header, sizeof(header)) &&
		     EVP_DigestUpdate(ctx, m->buf, m->len) && EVP_DigestUpdate(ctx, zeros, pad);
		total += sizeof(header) + m->len + pad;
	}
	/* Two blocks of zeros end the archive, more fill the record. */
	total += 2 * (uint64_t)TAR_BLOCK;
	ok = ok && EVP_DigestUpdate(ctx, zeros, 2 * (size_t)TAR_BLOCK) &&
	     EVP_DigestUpdate(ctx, zeros, (TAR_RECORD - total % TAR_RECORD) % TAR_RECORD) &&
	     EVP_DigestFinal_ex(ctx, digest, NULL);
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -EIO;
}
