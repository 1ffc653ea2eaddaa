// SPDX-License-Identifier: GPL-2.0-only
#include "xattr.h"

#include <linux/dcache.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#include "extract/ima.h"

/* A header of 9 bytes and a signature: RSA of 16,384 bits has 2,048 bytes, ML-DSA-87 4,627. */
#define XATTR_IMA_MAX 8192

static int read_claims(struct dentry *dentry, struct inode *inode, struct interdict_claims *claims)
{
	u8 *value;
	ssize_t len;
	int err;

	/* Most files have none: asking for the length takes no memory. */
	len = __vfs_getxattr(dentry, inode, XATTR_NAME_IMA, NULL, 0);
	if (len == -ENODATA || len == -EOPNOTSUPP || !len)
		return 0;
	if (len < 0)
		return len;
	if (len > XATTR_IMA_MAX)
		return -E2BIG;
	value = kmalloc(XATTR_IMA_MAX, GFP_KERNEL);
	if (!value)
		return -ENOMEM;
	len = __vfs_getxattr(dentry, inode, XATTR_NAME_IMA, value, XATTR_IMA_MAX);
	if (len == -ENODATA)
		err = 0;
	else if (len == -ERANGE)
		err = -E2BIG;
	else
		err = len < 0 ? len : ima_claims(value, len, claims);
	kfree(value);
	return err;
}

int xattr_claims(struct file *file, struct inode *inode, struct interdict_claims *claims)
{
	struct dentry *dentry = file->f_path.dentry;
	int err;

	if (!(inode->i_opflags & IOP_XATTR))
		return 0;
	if (likely(d_inode(dentry) == inode))
		return read_claims(dentry, inode, claims);
	/* A stacking file system's: of the inode below, by a name that it has there. */
	dentry = d_find_any_alias(inode);
	if (!dentry)
		return -ESTALE;
	err = read_claims(dentry, inode, claims);
	dput(dentry);
	return err;
}
