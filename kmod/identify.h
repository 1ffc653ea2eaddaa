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
 * read. ids and claims are filled on every return; claims may be NULL where want has none of
 * INTERDICT_ID_CLAIMS. Of a foreign file no extended attribute is read: its server could keep the
 * caller waiting for ever.
 *
 * Returns 0;
 *  -EAGAIN      a foreign file, and not opened: ask again at exec or map
 *  -EBUSY       its size changed again and again while it was read
 *  -EINTR       a fatal signal
 *  -EINVAL      want has unknown bits, or asks for claims and has no place for them
 *  -EIO         the content cannot be read, or fs-verity found it corrupted
 *  -ENOKEY      fscrypt has no key for it
 *  -ENOMEM
 *  -EOPNOTSUPP  not a regular file; or a foreign one that is not open for reading
 * or another error of the file system's own.
 */
int identify_file(struct file *file, u32 want, bool opened, struct interdict_ids *ids,
		  struct interdict_claims *claims);

/*
 * The same of size bytes of kernel memory at data, which nobody changes meanwhile; they need not be
 * there (-EFAULT). Does not sleep. What the file system would say is answered: there is none.
 */
int identify_data(const void *data, u64 size, u32 want, struct interdict_identity *identity);

/* 1: the content begins as a compressed file that the kernel's module loader decompresses; 0; or an
 * error of identify_file(). The file is open. */
int identify_compressed(struct file *file);

/* package_note_find() of the content, which may change meanwhile. Its errors, and those of
 * identify_file(). */
int identify_package(struct file *file, bool opened, char *json, u32 size, u32 *len);

/* The flags that identify_file() would set, of a real inode: INTERDICT_FILE_CACHEABLE, _FOREIGN,
 * _UNSEALED, _WRITERS. Does not sleep. On the path of every first open. */
u32 identify_flags(struct inode *inode);

#endif
