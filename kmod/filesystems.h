/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_FILESYSTEMS_H
#define INTERDICT_FILESYSTEMS_H

#include <linux/fs.h>

/*
 * The inode whose storage is used: under overlayfs the one that has the data (a file with metadata
 * only in the upper layer: the lower one's), through any number of overlays; otherwise the file's
 * own. Never NULL for an open file. It lives as long as the file does.
 *
 * Does not sleep, except for an overlay file with a data-only lower layer that was never opened.
 */
struct inode *filesystem_real_inode(struct file *file);

/*
 * INTERDICT_FILE_CACHEABLE, _FOREIGN, _UNSEALED of a real inode, or 0: to be identified each time.
 * Cheap: it is on the path of every first open. Not foreign is what page_cache_get() can read
 * before the file was opened.
 */
u32 filesystem_flags(const struct inode *inode);

#endif
