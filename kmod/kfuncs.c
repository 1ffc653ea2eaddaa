// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adapters for BPF. The verifier compares their arguments with the kernel's own types by identity:
 * pahole must find this file's struct file to be the kernel's. It fails to (7.3) in a file that
 * includes linux/module.h, linux/bpf.h, linux/security.h or linux/shmem_fs.h, directly or not, and
 * then every program that calls a kfunc is refused ("expected pointer to STRUCT file but R1 has a
 * pointer to STRUCT file"). Hence the few headers here and in compat.h.
 */
#include "kfuncs.h"

#include <linux/dcache.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/sched.h>
#include <uapi/linux/bpf.h>

#include "compat.h"
#include "filesystems.h"
#include "identify.h"
#include "judge.h"

/* A path that was written to the end of the buffer, or an error. */
static int to_front(char *at, char *buf, u32 size)
{
	size_t len;

	if (IS_ERR(at)) {
		buf[0] = 0;
		return PTR_ERR(at);
	}
	len = buf + size - at;
	memmove(buf, at, len);
	return strnlen(buf, len - 1) + 1;
}

static int path_to_front(const struct path *path, char *buf, u32 size)
{
	return size ? to_front(d_path(path, buf, size), buf, size) : -ENAMETOOLONG;
}

__bpf_kfunc_start_defs();

__bpf_kfunc int interdict_identify(struct file *file, u32 want, struct interdict_ids *ids)
{
	return identify_file(file, want & ~INTERDICT_ID_OPENED, want & INTERDICT_ID_OPENED, ids,
			     NULL);
}

__bpf_kfunc int interdict_identify_claims(struct file *file, u32 want, struct interdict_ids *ids,
					  void *claims, u32 claims__sz)
{
	if (claims__sz != sizeof(struct interdict_claims))
		return -EINVAL;
	return identify_file(file, want & ~INTERDICT_ID_OPENED, want & INTERDICT_ID_OPENED, ids,
			     claims);
}

__bpf_kfunc int interdict_identify_data(u64 data, u64 size, u32 want, void *identity,
					u32 identity__sz)
{
	if (identity__sz != sizeof(struct interdict_identity))
		return -EINVAL;
	return identify_data((const void *)(unsigned long)data, size, want, identity);
}

__bpf_kfunc int interdict_is_compressed(struct file *file)
{
	return identify_compressed(file);
}

__bpf_kfunc u32 interdict_file_flags(struct file *file)
{
	u32 flags;

	/* The caller's epoch was read before who may write is looked at, its size after. */
	smp_rmb();
	flags = identify_flags(filesystem_real_inode(file));
	smp_rmb();
	return flags;
}

__bpf_kfunc struct inode *interdict_real_inode(struct file *file)
{
	struct inode *inode = filesystem_real_inode(file);

	return S_ISREG(inode->i_mode) ? inode : NULL;
}

__bpf_kfunc int interdict_file_path(struct file *file, char *buf, u32 buf__sz)
{
	return path_to_front(compat_user_path(file), buf, buf__sz);
}

__bpf_kfunc int interdict_real_path(struct file *file, char *buf, u32 buf__sz)
{
	struct dentry *dentry = file->f_path.dentry, *real = compat_real_dentry(dentry);

	if (!buf__sz)
		return -ENAMETOOLONG;
	buf[0] = 0;
	/* One that was found by a file handle may not know what is above it. */
	if (!real || real == dentry || real->d_flags & DCACHE_DISCONNECTED || d_unlinked(real))
		return -ENOENT;
	return to_front(dentry_path_raw(real, buf, buf__sz), buf, buf__sz);
}

__bpf_kfunc int interdict_task_exe(char *buf, u32 buf__sz)
{
	struct file *file = NULL;
	int ret;

	if (!buf__sz)
		return -ENAMETOOLONG;
	buf[0] = 0;
	if (current->mm && !(current->flags & PF_KTHREAD))
		file = compat_exe_file(current->mm);
	if (!file)
		return -ENOENT;
	ret = path_to_front(&file->f_path, buf, buf__sz);
	fput(file);
	return ret;
}

__bpf_kfunc int interdict_queue_judgement(struct file *file)
{
	return judge_queue(file);
}

__bpf_kfunc int interdict_is_judging(void)
{
	return judge_is_worker();
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(interdict_kfuncs)
BTF_ID_FLAGS(func, interdict_identify, KF_SLEEPABLE)
BTF_ID_FLAGS(func, interdict_identify_claims, KF_SLEEPABLE)
BTF_ID_FLAGS(func, interdict_identify_data)
BTF_ID_FLAGS(func, interdict_is_compressed, KF_SLEEPABLE)
BTF_ID_FLAGS(func, interdict_file_flags)
BTF_ID_FLAGS(func, interdict_real_inode, KF_RET_NULL)
BTF_ID_FLAGS(func, interdict_file_path)
BTF_ID_FLAGS(func, interdict_real_path)
BTF_ID_FLAGS(func, interdict_task_exe)
BTF_ID_FLAGS(func, interdict_queue_judgement)
BTF_ID_FLAGS(func, interdict_is_judging)
BTF_KFUNCS_END(interdict_kfuncs)

static const struct btf_kfunc_id_set kfunc_set = {
	.owner = THIS_MODULE,
	.set = &interdict_kfuncs,
};

int kfuncs_init(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_LSM, &kfunc_set);
}
