// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs: a hook each, that says what is done to which file, and leaves the rest to judge().
 *
 *  file_open             open, and exec where it opens for execution; write-opens make caches stale
 *  inode_setattr         truncation makes caches stale
 *  bprm_check_security   exec of what could not be judged when it was opened
 *  bprm_creds_for_exec   the same for AT_EXECVE_CHECK, which reaches no other hook
 *  mmap_file             map with PROT_EXEC
 *  file_mprotect         a mapping made executable later: from the caches, without sleeping
 *  kernel_read_file      load
 *  kernel_post_load_data load, of what is no file
 *  inode_post_setxattr   an IMA signature makes caches stale
 *  file_ioctl (_compat)  fs-verity being enabled does, when it is done: nothing is kept any more;
 *                        and what only the tool has the module do
 *
 * Guards, guard.h, beside that ioctl and what bprm_check_security does for an exec of the tool:
 *
 *  bpf_map, bpf_prog     descriptors of our maps and programs
 *  bpf                   those of our links
 *  ptrace_access_check   tracing the tool, and writing to its memory
 *  capable               removing the module
 *  task_kill             signals to the daemon, told of
 *
 *  interdict_tick        (the module's) an order begins or ends: the generation that was made for
 * it
 *
 * Without the module there are only exec_ima and map_ima. User space chooses by autoload
 * (userspace/engine/engine_load.c), also where hooks have other arguments in other kernels.
 */
#include "kernel.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "cache.h"
#include "guard.h"
#include "judge.h"
#include "judge_data.h"
#include "judge_ima.h"
#include "judge_mprotect.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm.s/file_open")
int BPF_PROG(interdict_file_open, struct file *file, int ret)
{
	__u32 mode = file->f_mode, op = INTERDICT_OP_OPEN, flags = 0;

	/* No test of ret here: no program is called after one that refused (modify_return). */
	if (mode & FMODE_WRITE) {
		cache_invalidate(file->f_inode);
		/* Write access was taken before this hook: a result computed from here on sees it.
		 */
		if (!(mode & FMODE_READ))
			return 0;
	} else if (cache_clean(file->f_inode, false)) {
		return 0;
	}
	/* The flag of an open for execution is not among the mode bits. */
	if (file->f_flags & interdict_setup.fmode_exec) {
		op = INTERDICT_OP_EXEC;
		flags = SUBJECT_CREATES;
	}
	return judge(file, op, flags);
}

static __always_inline int truncated(struct dentry *dentry, struct iattr *attr)
{
	if (attr->ia_valid & ATTR_SIZE)
		cache_invalidate(dentry->d_inode);
	return 0;
}

/* Up to 6.8. */
SEC("lsm/inode_setattr")
int BPF_PROG(interdict_setattr, struct dentry *dentry, struct iattr *attr, int ret)
{
	return ret ? ret : truncated(dentry, attr);
}

SEC("lsm/inode_setattr")
int BPF_PROG(interdict_setattr_idmap, struct mnt_idmap *idmap, struct dentry *dentry,
	     struct iattr *attr, int ret)
{
	return ret ? ret : truncated(dentry, attr);
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(interdict_bprm_check, struct linux_binprm *bprm, int ret)
{
	if (ret)
		return ret;
	guard_exec(bprm);
	if (cache_clean(bprm->file->f_inode, true))
		return 0;
	return judge(bprm->file, INTERDICT_OP_EXEC, SUBJECT_OPENED | SUBJECT_EXEC);
}

/* From 6.14. */
SEC("lsm.s/bprm_creds_for_exec")
int BPF_PROG(interdict_execve_check, struct linux_binprm *bprm, int ret)
{
	struct linux_binprm___check *check = (void *)bprm;

	if (ret)
		return ret;
	if (!bpf_core_field_exists(check->is_check) ||
	    !BPF_CORE_READ_BITFIELD_PROBED(check, is_check) ||
	    cache_clean(bprm->file->f_inode, true))
		return 0;
	return judge(bprm->file, INTERDICT_OP_EXEC, SUBJECT_OPENED | SUBJECT_EXEC);
}

/* 1 or 0: what an exec maps is part of that exec. */
static __always_inline __u32 in_execve(void)
{
	struct task_struct___execve *task = (void *)bpf_get_current_task_btf();

	return bpf_core_field_exists(task->in_execve) ?
		       BPF_CORE_READ_BITFIELD_PROBED(task, in_execve) & 1 :
		       0;
}

SEC("lsm.s/mmap_file")
int BPF_PROG(interdict_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	__u32 exec;

	if (ret)
		return ret;
	/* No file has no mode bits. f_mode says so where the verifier takes the pointer for sure.
	 */
	if (!(prot & PROT_EXEC) || !file || !file->f_mode)
		return 0;
	if (cache_clean(file->f_inode, true))
		return 0;
	/* By arithmetic: the verifier would go through judge() once for each constant. */
	_Static_assert(INTERDICT_OP_EXEC == INTERDICT_OP_MAP - 1, "an exec's map is one less");
	exec = in_execve();
	return judge(file, INTERDICT_OP_MAP - exec, SUBJECT_OPENED | exec << SUBJECT_EXEC_SHIFT);
}

SEC("lsm/file_mprotect")
int BPF_PROG(interdict_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
	     unsigned long prot, int ret)
{
	struct file *file;

	if (ret)
		return ret;
	if (!(prot & PROT_EXEC) || vma->vm_flags & VM_EXEC)
		return 0;
	file = vma->vm_file;
	if (!file || !file->f_mode || cache_clean(file->f_inode, true))
		return 0;
	return judge_mprotect(file);
}

/*
 * Whether a compressed module may not be decompressed by the kernel: no hook sees what comes out.
 * ENOSYS is what a kernel says that cannot do it, and then modprobe decompresses it and loads the
 * plain image, which is judged.
 */
static __always_inline bool decompression_is_refused(void)
{
	__u64 active = READ_ONCE(interdict.active);
	const struct interdict_head *head = interdict_head(INTERDICT_ACTIVE_SLOT(active));

	return active && head->orders &&
	       !(head->flags & (INTERDICT_HEAD_AUDIT | INTERDICT_HEAD_OFF));
}

/*
 * Whether @id says that the kernel decompresses @file as a module. Before READING_MODULE_COMPRESSED
 * it said nothing of it, and what the file begins with is all there is to go by. The number of
 * READING_MODULE is the same on all kernels supported (include/linux/kernel_read_file.h).
 */
static __always_inline bool is_decompressed(struct file *file, enum kernel_read_file_id id)
{
	if (bpf_core_enum_value_exists(enum kernel_read_file_id___compressed,
				       READING_MODULE_COMPRESSED) &&
	    id == bpf_core_enum_value(enum kernel_read_file_id___compressed,
				      READING_MODULE_COMPRESSED))
		return true;
	return id == READING_MODULE && interdict_is_compressed(file) == 1;
}

SEC("lsm.s/kernel_read_file")
int BPF_PROG(interdict_read_file, struct file *file, enum kernel_read_file_id id, bool contents,
	     int ret)
{
	if (ret)
		return ret;
	if (!file || !file->f_mode)
		return 0;
	if (!cache_clean(file->f_inode, true))
		ret = judge(file, INTERDICT_OP_LOAD, SUBJECT_OPENED);
	if (!ret && decompression_is_refused() && is_decompressed(file, id))
		ret = -ENOSYS;
	return ret;
}

SEC("lsm/kernel_post_load_data")
int BPF_PROG(interdict_post_load_data, char *data, long long size, enum kernel_load_data_id id,
	     char *description, int ret)
{
	if (ret)
		return ret;
	return judge_data((__u64)data, size);
}

SEC("lsm/inode_post_setxattr")
int BPF_PROG(interdict_post_setxattr, struct dentry *dentry, const char *name)
{
	char ima[sizeof("security.ima")] = "";

	bpf_probe_read_kernel_str(ima, sizeof(ima), name);
	if (!bpf_strncmp(ima, sizeof(ima), "security.ima"))
		cache_invalidate(dentry->d_inode);
	return 0;
}

static __always_inline int asked(struct file *file, unsigned int command, int ret)
{
	if (ret)
		return ret;
	if (command == FS_IOC_ENABLE_VERITY)
		cache_abandon(file->f_inode);
	return guard_control(file, command);
}

SEC("lsm/file_ioctl")
int BPF_PROG(interdict_ioctl, struct file *file, unsigned int command, unsigned long arg, int ret)
{
	return asked(file, command, ret);
}

/* From 6.8: of 32-bit programs. */
SEC("lsm/file_ioctl_compat")
int BPF_PROG(interdict_ioctl_compat, struct file *file, unsigned int command, unsigned long arg,
	     int ret)
{
	return asked(file, command, ret);
}

SEC("lsm/bpf_map")
int BPF_PROG(interdict_bpf_map, struct bpf_map *map, unsigned int mode, int ret)
{
	if (ret || !guard_is_closed())
		return ret;
	return guard_map(map);
}

SEC("lsm/bpf_prog")
int BPF_PROG(interdict_bpf_prog, struct bpf_prog *prog, int ret)
{
	if (ret || !guard_is_closed())
		return ret;
	return guard_program(prog);
}

SEC("lsm/bpf")
int BPF_PROG(interdict_links, int command, union bpf_attr *attr, unsigned int size, int ret)
{
	return ret ? ret : guard_link(command, attr);
}

/* The same where the hook is told whether the kernel itself asks. */
SEC("lsm/bpf")
int BPF_PROG(interdict_links_kernel, int command, union bpf_attr *attr, unsigned int size,
	     bool kernel, int ret)
{
	return ret ? ret : guard_link(command, attr);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(interdict_ptrace, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret || !(mode & PTRACE_MODE_ATTACH) || !guard_armed() || !guard_has_memory(child))
		return ret;
	return guard_ptrace(child);
}

SEC("lsm/capable")
int BPF_PROG(interdict_capable, const struct cred *cred, struct user_namespace *ns, int cap,
	     unsigned int opts, int ret)
{
	if (cap != CAP_SYS_MODULE || ret || !guard_armed())
		return ret;
	return guard_delete_module();
}

SEC("lsm/task_kill")
int BPF_PROG(interdict_kill, struct task_struct *target, struct kernel_siginfo *info,
	     int signal, const struct cred *cred, int ret)
{
	if (signal <= 0 || (signal < 32 && 1U << signal & HARMLESS_SIGNALS) || ret ||
	    !guard_armed())
		return ret;
	guard_signal(target, signal);
	return 0;
}

SEC("fentry/interdict_tick")
int BPF_PROG(interdict_follow)
{
	__u64 to = READ_ONCE(interdict.following.to);

	if (to)
		__sync_val_compare_and_swap(&interdict.active, interdict.following.from, to);
	return 0;
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(interdict_exec_ima, struct linux_binprm *bprm, int ret)
{
	if (ret)
		return ret;
	return judge_ima(bprm->file, INTERDICT_OP_EXEC, SUBJECT_OPENED);
}

SEC("lsm.s/mmap_file")
int BPF_PROG(interdict_map_ima, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	if (ret)
		return ret;
	if (!(prot & PROT_EXEC) || !file || !file->f_mode)
		return 0;
	if (in_execve())
		return judge_ima(file, INTERDICT_OP_EXEC, SUBJECT_OPENED | SUBJECT_EXEC);
	return judge_ima(file, INTERDICT_OP_MAP, SUBJECT_OPENED);
}
