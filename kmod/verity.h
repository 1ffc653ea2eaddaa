/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_VERITY_H
#define INTERDICT_VERITY_H

#include <linux/fs.h>

#include "abi.h"

/* Allocates what verity_claims() hashes with. */
int verity_init(void);
void verity_exit(void);

/*
 * Adds what fs-verity says of a real inode: with want INTERDICT_ID_FSVERITY the digest of the file
 * (verified), with INTERDICT_ID_SIGNERS the signers of its built-in signature. Nothing where it is
 * no verity file. The inode's verity information has been read (page_cache_init()): the descriptor
 * is then known to be sound.
 *
 * The digest is the hash of struct fsverity_descriptor without the signature (Linux documentation,
 * filesystems/fsverity, "fs-verity descriptor"; include/uapi/linux/fsverity.h).
 *
 * Returns 0, -ENOMEM, -EBADMSG where the descriptor cannot be read as one, or the file system's
 * error.
 */
int verity_claims(struct inode *inode, u32 want, struct interdict_claims *claims);

#endif
