/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Android packages with signing blocks, made in memory. Only for tests. */
#ifndef INTERDICT_TEST_SIGNING_BLOCK_H
#define INTERDICT_TEST_SIGNING_BLOCK_H

#include "packages.h"

#include "kmod/extract/apk.h"

#define ID_V2	  0x7109871a
#define ID_V3	  0xf05368c0
#define ID_V31	  0x1b93ad61
#define ID_STAMP1 0x2b09189e
#define ID_STAMP2 0x6dff800d
#define ID_PROOF  0x3ba06f8c

/* OTHER is in places where no signer's certificate is. */
#define MADE  12
#define OTHER (MADE - 1)
static struct made made[MADE];

static struct image image;
static struct zip zip;
static size_t block; /* where the signing block begins */

static inline void put_certificate(unsigned int i)
{
	size_t at = open_length(&image, 4);

	put(&image, made[i].der, made[i].len);
	close_length(&image, 4, at);
}

/* A sequence of one element that says an algorithm, then its bytes. */
static inline void put_algorithms(size_t bytes)
{
	size_t list = open_length(&image, 4), one = open_length(&image, 4), value;

	put_number(&image, 4, 0x0201);
	value = open_length(&image, 4);
	put_zeros(&image, bytes);
	close_length(&image, 4, value);
	close_length(&image, 4, one);
	close_length(&image, 4, list);
}

/* Levels: as many certificates as there are in the list, which ends with MADE. */
static inline void put_proof(const unsigned int *levels)
{
	size_t attribute = open_length(&image, 4), level, data, signature;

	put_number(&image, 4, ID_PROOF);
	put_number(&image, 4, 1);
	for (; *levels < MADE; levels++) {
		level = open_length(&image, 4);
		data = open_length(&image, 4);
		put_certificate(*levels);
		put_number(&image, 4, 0x0201);
		close_length(&image, 4, data);
		put_number(&image, 4, 17);
		put_number(&image, 4, 0x0201);
		signature = open_length(&image, 4);
		put_zeros(&image, 70);
		close_length(&image, 4, signature);
		close_length(&image, 4, level);
	}
	close_length(&image, 4, attribute);
}

/* The certificates end with MADE, and so do the levels, which v3 has where they are not NULL. */
static inline void put_signer(uint32_t id, const unsigned int *certs, const unsigned int *levels)
{
	size_t signer = open_length(&image, 4), data = open_length(&image, 4), list;

	put_algorithms(32);
	list = open_length(&image, 4);
	for (; *certs < MADE; certs++)
		put_certificate(*certs);
	close_length(&image, 4, list);
	if (id != ID_V2) {
		put_number(&image, 4, 28);
		put_number(&image, 4, 0x7fffffff);
	}
	list = open_length(&image, 4);
	put_number(&image, 4, 8); /* rotation's first SDK, or stripping protection */
	put_number(&image, 4, id == ID_V2 ? 0xbeeff00d : 0x559f8b02);
	put_number(&image, 4, 3);
	if (levels)
		put_proof(levels);
	close_length(&image, 4, list);
	close_length(&image, 4, data);
	if (id != ID_V2) {
		put_number(&image, 4, 28);
		put_number(&image, 4, 0x7fffffff);
	}
	put_algorithms(70);
	put_zeros(&image, 4); /* public key */
	close_length(&image, 4, signer);
}

static size_t signers;

static inline size_t pair_begin(uint32_t id)
{
	size_t pair = open_length(&image, 8);

	put_number(&image, 4, id);
	signers = open_length(&image, 4);
	return pair;
}

static inline void pair_end(size_t pair)
{
	close_length(&image, 4, signers);
	close_length(&image, 8, pair);
}

static inline void put_pair(uint32_t id, const unsigned int *certs, const unsigned int *levels)
{
	size_t pair = pair_begin(id);

	put_signer(id, certs, levels);
	pair_end(pair);
}

static inline void apk_begin(void)
{
	image.size = 0;
	zip_begin(&zip, &image);
	zip_add(&zip, "AndroidManifest.xml", "manifest", 8, true);
	block = image.size;
	put_zeros(&image, 8);
}

static inline void block_end(void)
{
	put_number(&image, 8, image.size + 24 - block - 8);
	put_at(&image, block, 8, image.size - 8 - block + 24 - 8);
	put(&image, "APK Sig Block 42", 16);
}

static inline void apk_end(void)
{
	block_end();
	zip_end(&zip, 0);
}

#define LIST(...)                 \
	(const unsigned int[])    \
	{                         \
		__VA_ARGS__, MADE \
	}

static inline void v2(void)
{
	put_pair(ID_V2, LIST(0), NULL);
}

static inline void v3_lineage(void)
{
	put_pair(ID_V3, LIST(0), LIST(2, 1, 0));
}

static inline void all_schemes(void)
{
	put_pair(ID_V2, LIST(2), NULL);
	put_pair(ID_V3, LIST(2), NULL);
	put_pair(ID_V31, LIST(0), LIST(2, 1, 0));
}

enum { FIRST = 1, SECOND = 2, THIRD = 4, FOURTH = 8, FIFTH = 16 };
#define MORE	 INTERDICT_CLAIMS_MORE
#define MALF	 INTERDICT_CLAIMS_MALFORMED
#define AT_LEAST 0x100U /* and others */

static inline int find(struct interdict_claims *claims)
{
	struct paged paged = paged_make(image.bytes, image.size);

	memset(claims, 0, sizeof(*claims));
	return apk_claims(&paged.reader, claims);
}

static inline void expect(const char *name, unsigned int want, unsigned int flags,
			  enum interdict_source source)
{
	struct interdict_claims claims;
	unsigned int i, count = 0;

	assert_int_equal(find(&claims), 0);
	for (i = 0; i < 5; i++) {
		count += !!(want & 1U << i);
		if (claimed(&claims, &made[i], source) != !!(want & 1U << i))
			fail_msg("%s: certificate %u", name, i);
	}
	if (claimed(&claims, &made[OTHER], source))
		fail_msg("%s: one that did not sign", name);
	if (certificates(&claims) != count && !(want & AT_LEAST))
		fail_msg("%s: %u certificates, not %u", name, certificates(&claims), count);
	if (claims.flags != flags)
		fail_msg("%s: flags %u, not %u", name, claims.flags, flags);
}

static inline int setup(void **state)
{
	char name[] = "Signer A";
	unsigned int i;

	(void)state;
	for (i = 0; i < MADE; i++) {
		name[7] = 'A' + i;
		made_begin(&made[i], name, 100 + i);
	}
	return 0;
}

static inline int teardown(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < MADE; i++)
		made_end(&made[i]);
	return 0;
}

#endif
