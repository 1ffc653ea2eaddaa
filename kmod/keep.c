// SPDX-License-Identifier: GPL-2.0-only
/*
 * References on files, so that their inodes stay in memory, and with them what BPF programs store
 * there: what would be forgotten otherwise between the end of a program and its next start.
 */
#include "keep.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock);
/* The newest first; NULL behind the last. */
static struct file *kept[INTERDICT_KEEP_MAX];

/* Puts file first, and returns the reference that is left over, or NULL. */
static struct file *insert(struct file *file)
{
	u32 i;

	for (i = 0; i < INTERDICT_KEEP_MAX && kept[i]; i++)
		if (file_inode(kept[i]) == file_inode(file))
			return file;
	for (i = 0; i < INTERDICT_KEEP_MAX && file; i++)
		swap(kept[i], file);
	return file;
}

int keep_file(const struct interdict_keep *request)
{
	struct file *file;

	if (request->reserved || request->fd < -1)
		return -EINVAL;
	if (request->fd == -1) {
		keep_release();
		return 0;
	}
	file = fget_raw(request->fd);
	if (!file)
		return -EBADF;
	mutex_lock(&lock);
	file = insert(file);
	mutex_unlock(&lock);
	if (file)
		fput(file);
	return 0;
}

void keep_release(void)
{
	u32 i;

	mutex_lock(&lock);
	for (i = 0; i < INTERDICT_KEEP_MAX; i++) {
		if (kept[i])
			fput(kept[i]);
		kept[i] = NULL;
	}
	mutex_unlock(&lock);
}

void keep_show(struct seq_file *seq)
{
	u32 i, count = 0;

	mutex_lock(&lock);
	for (i = 0; i < INTERDICT_KEEP_MAX; i++)
		count += kept[i] != NULL;
	mutex_unlock(&lock);
	seq_printf(seq, "kept %u\n", count);
}
