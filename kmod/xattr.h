/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_XATTR_H
#define INTERDICT_XATTR_H

#include <linux/fs.h>

#include "abi.h"

/*
 * Adds the key that the IMA signature in security.ima names, of the real inode that has the data of
 * file. Nothing where there is none, or the file system has no extended attributes. Returns 0,
 * -ENOMEM, -E2BIG where the attribute is longer than any signature, or the file system's error.
 */
int xattr_claims(struct file *file, struct inode *inode, struct interdict_claims *claims);

#endif
