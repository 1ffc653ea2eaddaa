// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a file through its inode's page cache, without an open file: at file_open the file system's
 * own ->open() has not run yet, and reading through another open would enter the hook again.
 *
 * That is what filemap_read() does for a read(2), with these differences: ->read_folio() gets no
 * file (the listed file systems need none), every wait ends on a fatal signal, and tmpfs, which has
 * no ->read_folio(), is asked its own way.
 */
#include "page_cache.h"

#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>

#include "compat.h"

/* A folio can be truncated or reclaimed between being found and being read; each time costs
 * someone a write. Waiting for another reader counts too. */
#define TRIES 64

/* A verdict of this file: look again. Positive, so that no error of a file system is mistaken for
 * it. */
#define LOOK_AGAIN 1

/*
 * Verity asks the file only whether it is being opened for writing, to refuse that. Under overlayfs
 * it is not refused: the file will be copied up, and what is copied has to be identified.
 */
static int prepare_verity(struct inode *inode)
{
	struct file reading = { .f_mode = FMODE_READ };

	return fsverity_file_open(inode, &reading);
}

int page_cache_init(struct page_cache *pc, struct file *file, struct inode *inode, u64 end)
{
	int err;

	/* What ->open() would have done. In this order: verity's own data is encrypted too. */
	if (IS_ENCRYPTED(inode)) {
		err = fscrypt_file_open(inode, file);
		if (err)
			return err;
	}
	if (IS_VERITY(inode)) {
		err = prepare_verity(inode);
		if (err)
			return err;
	}

	pc->inode = inode;
	pc->pinned = false;
	pc->end = DIV_ROUND_UP_ULL(end, PAGE_SIZE);
	file_ra_state_init(&pc->ra, inode->i_mapping);
	return 0;
}

/* Reads a locked folio in. Drops the lock. The invalidate lock is held, as ->read_folio() wants. */
static int read_locked_folio(struct address_space *mapping, struct folio *folio)
{
	int err;

	compat_clear_error(folio);
	err = mapping->a_ops->read_folio(NULL, folio);
	if (err == AOP_TRUNCATED_PAGE)
		return LOOK_AGAIN;
	if (err)
		return err;
	if (folio_wait_locked_killable(folio))
		return -EINTR;
	return folio_test_uptodate(folio) ? 0 : -EIO;
}

/* Brings a folio that was found up to date. */
static int update_folio(struct address_space *mapping, struct folio *folio)
{
	int err;

	if (folio_test_uptodate(folio))
		return 0;

	/* Against truncation and hole punching, which hold it while blocks are freed. */
	if (down_read_killable(&mapping->invalidate_lock))
		return -EINTR;
	if (!folio_trylock(folio)) {
		up_read(&mapping->invalidate_lock);
		/* Mostly our own readahead, on its way. */
		return folio_wait_locked_killable(folio) ? -EINTR : LOOK_AGAIN;
	}
	if (folio->mapping != mapping) {
		folio_unlock(folio);
		err = LOOK_AGAIN;
	} else if (folio_test_uptodate(folio)) {
		folio_unlock(folio);
		err = 0;
	} else {
		err = read_locked_folio(mapping, folio);
	}
	up_read(&mapping->invalidate_lock);
	return err;
}

/* Adds and reads a folio where readahead brought none. */
static int create_folio(struct page_cache *pc, pgoff_t index, struct folio **ret)
{
	struct address_space *mapping = pc->inode->i_mapping;
	struct folio *folio;
	int err;

	folio = compat_alloc_folio(mapping);
	if (!folio)
		return -ENOMEM;
	if (down_read_killable(&mapping->invalidate_lock)) {
		err = -EINTR;
		goto out_put;
	}
	/* A page behind the end would stay there, and be read when the file grows. */
	if ((u64)index << PAGE_SHIFT >= i_size_read(pc->inode)) {
		err = -EAGAIN;
		goto out_unlock;
	}
	err = filemap_add_folio(mapping, folio, compat_align_index(mapping, index),
				mapping_gfp_constraint(mapping, GFP_KERNEL));
	if (err == -EEXIST)
		err = LOOK_AGAIN;
	if (!err)
		err = read_locked_folio(mapping, folio);
out_unlock:
	up_read(&mapping->invalidate_lock);
out_put:
	if (err)
		folio_put(folio);
	else
		*ret = folio;
	return err;
}

static struct folio *read_ahead(struct page_cache *pc, pgoff_t index)
{
	struct address_space *mapping = pc->inode->i_mapping;
	unsigned long left = pc->end > index ? pc->end - index : 1;
	struct folio *folio = compat_get_folio(mapping, index);

	DEFINE_READAHEAD(ractl, NULL, &pc->ra, mapping, index);

	if (!folio) {
		page_cache_sync_ra(&ractl, left);
		folio = compat_get_folio(mapping, index);
	}
	if (folio && folio_test_readahead(folio))
		page_cache_async_ra(&ractl, folio, left);
	return folio;
}

/*
 * tmpfs: a hole is NULL in its tree, and stays one (reading it the usual way would fill it). What
 * is swapped out is a value, and read in.
 */
static int get_shmem_folio(struct page_cache *pc, pgoff_t index, struct folio **ret)
{
	struct address_space *mapping = pc->inode->i_mapping;
	struct page *page;

	if (!xa_load(&mapping->i_pages, index)) {
		*ret = NULL;
		return 0;
	}
	page = shmem_read_mapping_page_gfp(mapping, index, mapping_gfp_mask(mapping));
	/* It is -EINVAL that says "behind the end". */
	if (IS_ERR(page))
		return PTR_ERR(page) == -EINVAL ? -EAGAIN : PTR_ERR(page);
	*ret = page_folio(page);
	return 0;
}

/*
 * Whether somebody may hold the page to write to it by DMA or by the kernel's hand: io_uring keeps
 * registered buffers so, also those that lie in a file which nobody has open or mapped any more. A
 * large folio counts its pins; in a small one they are references, 1,024 each.
 */
static bool maybe_pinned(struct folio *folio)
{
	if (folio_test_large(folio))
		return folio_maybe_dma_pinned(folio);
	return folio_ref_count(folio) - (atomic_read(&folio->_mapcount) + 1) >=
	       GUP_PIN_COUNTING_BIAS;
}

static int get_folio(struct page_cache *pc, pgoff_t index, struct folio **ret)
{
	struct address_space *mapping = pc->inode->i_mapping;
	struct folio *folio;
	int tries, err;

	for (tries = 0; tries < TRIES; tries++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (shmem_mapping(mapping))
			return get_shmem_folio(pc, index, ret);

		folio = read_ahead(pc, index);
		if (folio) {
			err = update_folio(mapping, folio);
			if (err)
				folio_put(folio);
		} else {
			err = create_folio(pc, index, &folio);
		}
		if (!err) {
			if (folio_test_hwpoison(folio)) {
				folio_put(folio);
				return -EIO;
			}
			pc->ra.prev_pos = (loff_t)index << PAGE_SHIFT;
			*ret = folio;
			return 0;
		}
		if (err != LOOK_AGAIN)
			return err;
		cond_resched();
	}
	return -EBUSY;
}

int page_cache_get(struct page_cache *pc, pgoff_t index, struct folio **ret)
{
	int err = get_folio(pc, index, ret);

	if (!err && *ret && maybe_pinned(*ret))
		pc->pinned = true;
	return err;
}
