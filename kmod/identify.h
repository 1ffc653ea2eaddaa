/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_IDENTIFY_H
#define INTERDICT_IDENTIFY_H

#include <linux/fs.h>

#include "abi.h"

/*
 * Computes what want (INTERDICT_ID_*) asks for of a file; with want 0 it only says what kind of
 * file it is, its size and whether it has writers, without reading anything.
 *
 * opened: the file's ->open() has run. Without it a foreign file (INTERDICT_FILE_FOREIGN) cannot be
 * read. ids is filled on every return.
 *
 * Returns 0;
 *  -EAGAIN      a foreign file, and not opened: ask again at exec or map
 *  -EBUSY       its size changed again and again while it was read
 *  -EINTR       a fatal signal
 *  -EINVAL      want has unknown bits
 *  -EIO         the content cannot be read, or fs-verity found it corrupted
 *  -ENOKEY      fscrypt has no key for it
 *  -ENOMEM
 *  -EOPNOTSUPP  not a regular file; or a foreign one that is not open for reading
 * or another error of the file system's own.
 */
int identify_file(struct file *file, u32 want, bool opened, struct interdict_ids *ids);

/* The flags that identify_file() would set, of a real inode: INTERDICT_FILE_CACHEABLE, _FOREIGN,
 * _UNSEALED, _WRITERS. Does not sleep. On the path of every first open. */
u32 identify_flags(struct inode *inode);

#endif
