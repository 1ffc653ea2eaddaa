// SPDX-License-Identifier: GPL-2.0-only
#include "verity.h"

#include <crypto/hash.h>
#include <linux/fsverity.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "extract/claims.h"
#include "extract/pkcs7.h"
#include "extract/reader_memory.h"
#include "sha256.h"

/* "sha512" of struct fsverity_descriptor; the other algorithm is sha256_tfm(). */
static struct crypto_shash *sha512_tfm;

int verity_init(void)
{
	sha512_tfm = crypto_alloc_shash("sha512", 0, 0);
	return PTR_ERR_OR_ZERO(sha512_tfm);
}

void verity_exit(void)
{
	crypto_free_shash(sha512_tfm);
}

static int digest_claim(struct fsverity_descriptor *desc, struct interdict_claims *claims)
{
	struct crypto_shash *tfm;
	u8 digest[FS_VERITY_MAX_DIGEST_SIZE];
	enum interdict_form form;
	__le32 sig_size;
	int err;

	switch (desc->hash_algorithm) {
	case FS_VERITY_HASH_ALG_SHA256:
		tfm = sha256_tfm();
		form = INTERDICT_FORM_SHA256;
		break;
	case FS_VERITY_HASH_ALG_SHA512:
		tfm = sha512_tfm;
		form = INTERDICT_FORM_SHA512;
		break;
	default:
		return 0;
	}
	/* The signature signs the digest, and its size is no part of it. */
	sig_size = desc->sig_size;
	desc->sig_size = 0;
	err = crypto_shash_tfm_digest(tfm, (u8 *)desc, sizeof(*desc), digest);
	desc->sig_size = sig_size;
	return err ?: claims_add_verity(claims, form, digest);
}

static int read_claims(struct inode *inode, u32 want, struct fsverity_descriptor *desc,
		       struct interdict_claims *claims)
{
	struct reader_memory signature;
	int len, err = 0;
	u32 size;

	len = inode->i_sb->s_vop->get_verity_descriptor(inode, desc, FS_VERITY_MAX_DESCRIPTOR_SIZE);
	if (len < 0)
		return len;
	if (len < (int)sizeof(*desc))
		return -EBADMSG;
	if (want & INTERDICT_ID_FSVERITY)
		err = digest_claim(desc, claims);
	size = le32_to_cpu(desc->sig_size);
	if (err || !(want & INTERDICT_ID_SIGNERS) || !size)
		return err;
	if (size > len - sizeof(*desc))
		return -EBADMSG;
	reader_memory_init(&signature, desc->signature, size);
	return pkcs7_claims(&signature.reader, 0, size, INTERDICT_SOURCE_VERITY, claims);
}

int verity_claims(struct inode *inode, u32 want, struct interdict_claims *claims)
{
	struct fsverity_descriptor *desc;
	int err;

	if (!IS_VERITY(inode))
		return 0;
	desc = kvmalloc(FS_VERITY_MAX_DESCRIPTOR_SIZE, GFP_KERNEL);
	if (!desc)
		return -ENOMEM;
	err = read_claims(inode, want, desc, claims);
	kvfree(desc);
	return err;
}

MODULE_SOFTDEP("pre: sha512-ssse3 sha512-ce sha512-arm64");
