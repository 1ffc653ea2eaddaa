// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing the archive of a policy's files, to a digest or to memory. Here and not with a library:
 * the numbers in a header may be formatted in several ways, and a digest must not change with a
 * library's version.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "policy_source.h"
#include "policy_ustar.h"

/* Octal digits that fill a field but for the NUL at its end. */
static void octal(char *field, size_t len, uint64_t n)
{
	field[--len] = '\0';
	while (len--) {
		field[len] = (char)('0' + (n & 7));
		n >>= 3;
	}
}

void ustar_fill(struct ustar *h, const char *path, uint64_t size)
{
	const unsigned char *bytes = (const unsigned char *)h;
	unsigned int sum = 0;
	size_t i;

	memset(h, 0, sizeof(*h));
	memcpy(h->name, path, strnlen(path, sizeof(h->name)));
	octal(h->mode, sizeof(h->mode), 0644);
	octal(h->uid, sizeof(h->uid), 0);
	octal(h->gid, sizeof(h->gid), 0);
	octal(h->size, sizeof(h->size), size);
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

size_t ustar_padding(uint64_t size)
{
	return (USTAR_BLOCK - size % USTAR_BLOCK) % USTAR_BLOCK;
}

static int by_path(const void *a, const void *b)
{
	const struct policy_member *const *x = a;
	const struct policy_member *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

/* Where the archive goes, piece by piece. Returns false to end it there. */
typedef bool (*sink_fn)(void *to, const void *bytes, size_t len);

static const char zeros[USTAR_RECORD];

static bool write_member(const struct policy_member *m, sink_fn sink, void *to)
{
	struct ustar header;

	ustar_fill(&header, m->path, m->len);
	return sink(to, &header, sizeof(header)) && sink(to, m->buf, m->len) &&
	       sink(to, zeros, ustar_padding(m->len));
}

/* All members that are not @digested yet, and the end. */
static bool write_archive(struct policy_source *source, bool digested, sink_fn sink, void *to)
{
	uint64_t total = 0;
	size_t i;

	if (source->n)
		qsort(source->members, source->n, sizeof(source->members[0]), by_path);
	for (i = 0; i < source->n; i++) {
		const struct policy_member *m = source->members[i];

		if (!(digested && m->digested) && !write_member(m, sink, to))
			return false;
		total += sizeof(struct ustar) + m->len + ustar_padding(m->len);
	}
	/* Two blocks of zeros end the archive, more fill the record. */
	total += 2 * (uint64_t)USTAR_BLOCK;
	return sink(to, zeros, 2 * (size_t)USTAR_BLOCK) &&
	       sink(to, zeros, (USTAR_RECORD - total % USTAR_RECORD) % USTAR_RECORD);
}

/* ---- its digest ---- */

static bool to_digest(void *to, const void *bytes, size_t len)
{
	return EVP_DigestUpdate(to, bytes, len);
}

static int digest_begin(struct policy_source *source)
{
	if (source->digest)
		return 0;
	source->digest = EVP_MD_CTX_new();
	if (!source->digest)
		return -ENOMEM;
	return EVP_DigestInit_ex(source->digest, EVP_sha256(), NULL) ? 0 : -EIO;
}

int policy_source_settle(struct policy_source *source, struct policy_member *member)
{
	int err = digest_begin(source);

	if (err)
		return err;
	if (!write_member(member, to_digest, source->digest))
		return -EIO;
	member->digested = true;
	if (member->owned && !source->keep) {
		free(member->owned);
		member->owned = NULL;
		member->buf = NULL;
	}
	return 0;
}

int policy_source_digest(struct policy_source *source, uint8_t digest[32])
{
	int err = digest_begin(source);

	if (err)
		return err;
	return write_archive(source, true, to_digest, source->digest) &&
			       EVP_DigestFinal_ex(source->digest, digest, NULL) ?
		       0 :
		       -EIO;
}

/* ---- its bytes ---- */

struct packed {
	char *buf; /* NULL: they are counted only */
	size_t len;
	size_t max;
};

static bool to_memory(void *to, const void *bytes, size_t len)
{
	struct packed *packed = to;

	if (len > packed->max - packed->len)
		return false;
	if (packed->buf)
		memcpy(packed->buf + packed->len, bytes, len);
	packed->len += len;
	return true;
}

int policy_source_pack(struct policy_source *source, size_t max, char **buf, size_t *len)
{
	struct packed packed = { .max = max };

	if (!write_archive(source, false, to_memory, &packed))
		return -EFBIG;
	packed = (struct packed){ .buf = malloc(packed.len), .max = packed.len };
	if (!packed.buf)
		return -ENOMEM;
	write_archive(source, false, to_memory, &packed);
	*buf = packed.buf;
	*len = packed.len;
	return 0;
}
