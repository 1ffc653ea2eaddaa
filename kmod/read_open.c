// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a file through its own ->read_iter(), not kernel_read(): that raises fanotify permission
 * events, and another tool that answers them could be waiting for us.
 */
#include "read_open.h"

#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

/* What one call asks the file system for. Fixed: no allocation is sized by a file. */
#define BUFFER_SIZE (64 * 1024)

int read_open_init(struct read_open *ro, struct file *file)
{
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_OPENED) ||
	    !file->f_op->read_iter)
		return -EOPNOTSUPP;
	ro->file = file;
	ro->offset = 0;
	ro->len = 0;
	ro->buffer = kvmalloc(BUFFER_SIZE, GFP_KERNEL);
	return ro->buffer ? 0 : -ENOMEM;
}

void read_open_done(struct read_open *ro)
{
	kvfree(ro->buffer);
	ro->buffer = NULL;
}

static int fill(struct read_open *ro, u64 offset, u32 len)
{
	struct kvec kvec = { .iov_base = ro->buffer, .iov_len = len };
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t n;

	if (fatal_signal_pending(current))
		return -EINTR;
	init_sync_kiocb(&kiocb, ro->file);
	/* However its opener reads it: into this buffer, and to the end of the call. */
	kiocb.ki_flags &= ~(IOCB_DIRECT | IOCB_NOWAIT | IOCB_HIPRI);
	kiocb.ki_pos = offset;
	iov_iter_kvec(&iter, ITER_DEST, &kvec, 1, len);
	n = ro->file->f_op->read_iter(&kiocb, &iter);
	if (n < 0)
		return fatal_signal_pending(current) ? -EINTR : n;
	if (n == 0 || n > len)
		return -EIO;
	ro->offset = offset;
	ro->len = n;
	cond_resched();
	return 0;
}

int read_open_get(struct read_open *ro, u64 offset, u32 max, const u8 **ret)
{
	int err;

	if (offset < ro->offset || offset - ro->offset >= ro->len) {
		/* Whole pages: hugetlbfs and FUSE read these, whatever is asked for. */
		ro->len = 0;
		err = fill(ro, round_down(offset, PAGE_SIZE), BUFFER_SIZE);
		if (err)
			return err;
		if (offset - ro->offset >= ro->len)
			return -EIO;
	}
	*ret = ro->buffer + (offset - ro->offset);
	return min_t(u64, max, ro->len - (offset - ro->offset));
}
