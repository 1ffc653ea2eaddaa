/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_KEEP_H
#define INTERDICT_KEEP_H

#include <linux/seq_file.h>

#include "abi.h"

/*
 * Takes a reference on a file; the oldest of more than INTERDICT_KEEP_MAX is let go. A file of an
 * inode that is kept changes nothing. Its file system cannot be unmounted meanwhile, but be made
 * read-only. Returns 0; -EINVAL: a field that is not 0; -EBADF.
 */
int keep_file(const struct interdict_keep *request);

/* Lets go of all. */
void keep_release(void);

/* The line "kept COUNT" of the status file. */
void keep_show(struct seq_file *seq);

#endif
