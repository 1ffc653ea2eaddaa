// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which file systems are read through the page cache: a list of those that are known to allow it
 * before ->open() (see page_cache.c) and whose content cannot change without a local write. All
 * others are foreign. A list of what is refused instead would have to know every file system.
 */
#include "filesystems.h"

#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>

#include "abi.h"

/* Not in linux/magic.h; each from the file system's own header. */
#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

struct inode *filesystem_real_inode(struct file *file)
{
	struct inode *inode = file_inode(file);
	struct inode *real;

	if (likely(inode->i_sb->s_magic != OVERLAYFS_SUPER_MAGIC))
		return inode;
	real = d_real_inode(file->f_path.dentry);
	return real ?: inode;
}

static bool is_type(const struct super_block *sb, const char *name)
{
	return !strcmp(sb->s_type->name, name);
}

/* The magic number chooses quickly, the name makes sure: out-of-tree code borrows numbers. */
static bool is_listed(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case EXT4_SUPER_MAGIC: /* ext2 and ext3 too, by whichever driver */
		return is_type(sb, "ext4") || is_type(sb, "ext3") || is_type(sb, "ext2");
	case XFS_SUPER_MAGIC:
		return is_type(sb, "xfs");
	case BTRFS_SUPER_MAGIC:
		return is_type(sb, "btrfs");
	case SQUASHFS_MAGIC:
		return is_type(sb, "squashfs");
	case EROFS_SUPER_MAGIC_V1:
		/* Not over fscache or over a file: its content is then another file system's. */
		return sb->s_bdev && is_type(sb, "erofs");
	case MSDOS_SUPER_MAGIC:
		return is_type(sb, "vfat");
	case ISOFS_SUPER_MAGIC:
		return is_type(sb, "iso9660");
	case RAMFS_MAGIC: /* an initramfs, where it is no tmpfs */
		return is_type(sb, "rootfs") || is_type(sb, "ramfs");
	default:
		return false;
	}
}

/*
 * The kernel's own tmpfs has memfds, System V shared memory and the like: open for writing without
 * being counted as such, so that only a seal says that they stay what they are.
 */
#define STABLE (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static u32 shmem_flags(const struct inode *inode)
{
	unsigned int seals;

	if (!(inode->i_sb->s_flags & SB_KERNMOUNT))
		return INTERDICT_FILE_CACHEABLE;
	seals = READ_ONCE(SHMEM_I((struct inode *)inode)->seals);
	return (seals & STABLE) == STABLE ? INTERDICT_FILE_CACHEABLE : INTERDICT_FILE_UNSEALED;
}

u32 filesystem_flags(const struct inode *inode)
{
	/* No page cache of its own: DAX, and file systems that borrow another inode's. */
	if (IS_DAX(inode) || inode->i_mapping != &inode->i_data)
		return INTERDICT_FILE_FOREIGN;
	if (inode->i_sb->s_magic == TMPFS_MAGIC)
		return shmem_mapping(inode->i_mapping) ? shmem_flags(inode) :
							 INTERDICT_FILE_FOREIGN;
	/*
	 * Read like the others, but nothing may be kept: an atomic write that is left alone is
	 * undone when its task ends, size and all, and nobody has the file open for writing then.
	 */
	if (inode->i_sb->s_magic == F2FS_SUPER_MAGIC)
		return is_type(inode->i_sb, "f2fs") ? 0 : INTERDICT_FILE_FOREIGN;
	return is_listed(inode->i_sb) ? INTERDICT_FILE_CACHEABLE : INTERDICT_FILE_FOREIGN;
}
