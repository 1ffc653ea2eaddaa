/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PAGE_CACHE_H
#define INTERDICT_PAGE_CACHE_H

#include <linux/fs.h>

struct page_cache {
	struct inode *inode;
	struct file_ra_state ra;
	pgoff_t end; /* index behind the last page that will be asked for: how far to read ahead */
	bool pinned; /* a page that was read may be written to without a mapping */
};

/*
 * Makes the inode's page cache readable, for a regular file on a listed file system: an encrypted
 * inode gets its key, a verity inode its hash tree, so that cold pages are decrypted and verified.
 * file is what is being opened (it may be O_PATH, and need not be open yet). end in bytes.
 *
 * Returns 0; -ENOKEY where the file system has no key for it (then no one can read it); -EOPNOTSUPP
 * where the kernel was built without encryption or verity; -EBADMSG and others from verity.
 */
int page_cache_init(struct page_cache *pc, struct file *file, struct inode *inode, u64 end);

/*
 * Gets the folio that has the page at index, up to date, with a reference for the caller to put; or
 * sets *ret to NULL for a hole in a tmpfs file. Sleeps; does not wait beyond a fatal signal, except
 * where the file system itself does.
 *
 * Returns 0; -EINTR on a fatal signal; -EIO where it cannot be read, verified or decrypted; -EAGAIN
 * where the file became shorter; -EBUSY where the folio went away again and again; -ENOMEM.
 */
int page_cache_get(struct page_cache *pc, pgoff_t index, struct folio **ret);

#endif
