// SPDX-License-Identifier: GPL-2.0-only
#include "extract/digest.h"

#include <linux/module.h>

#include "sha256.h"

static struct crypto_shash *tfm;
static struct crypto_shash *sha1; /* NULL where the kernel has none */

int sha256_allocate(void)
{
	tfm = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	sha1 = crypto_alloc_shash("sha1", 0, 0);
	if (IS_ERR(sha1)) {
		pr_warn("interdict: no SHA-1: OpenPGP keys have no fingerprints\n");
		sha1 = NULL;
	}
	return 0;
}

void sha256_free(void)
{
	crypto_free_shash(tfm);
	if (sha1)
		crypto_free_shash(sha1);
}

struct crypto_shash *sha256_tfm(void)
{
	return tfm;
}

/* Read at once of what is in the file; on the stack. */
#define CHUNK 256

static int update(struct shash_desc *desc, struct reader *reader, const struct digest_part *part)
{
	u32 done, now;
	u8 chunk[CHUNK];
	int err;

	if (part->bytes)
		return crypto_shash_update(desc, part->bytes, part->len);
	for (done = 0; done < part->len; done += now) {
		now = min_t(u32, part->len - done, sizeof(chunk));
		err = reader->read(reader, part->offset + done, chunk, now);
		if (!err)
			err = crypto_shash_update(desc, chunk, now);
		if (err)
			return err;
	}
	return 0;
}

static int digest(struct crypto_shash *hash, struct reader *reader, const struct digest_part *parts,
		  u32 count, u8 *out)
{
	SHASH_DESC_ON_STACK(desc, hash);
	u32 i;
	int err;

	desc->tfm = hash;
	err = crypto_shash_init(desc);
	for (i = 0; !err && i < count; i++)
		err = update(desc, reader, &parts[i]);
	if (!err)
		err = crypto_shash_final(desc, out);
	shash_desc_zero(desc);
	return err;
}

int digest_sha256(struct reader *reader, const struct digest_part *parts, u32 count, u8 *out)
{
	return digest(tfm, reader, parts, count, out);
}

int digest_sha1(struct reader *reader, const struct digest_part *parts, u32 count, u8 *out)
{
	return sha1 ? digest(sha1, reader, parts, count, out) : -EIO;
}

/* Loaded late by udev otherwise, and then the generic one would have been taken. */
MODULE_SOFTDEP("pre: sha256-ssse3 sha2-ce sha256-arm64");
