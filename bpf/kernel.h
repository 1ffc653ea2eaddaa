/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's types, as far as the programs read them. CO-RE finds each field by its name in the
 * running kernel, so that only names and kinds have to be right here, not offsets; where kernels
 * disagree there is a flavour (___), and bpf_core_field_exists() chooses. No kernel is needed to
 * build.
 */
#ifndef __VMLINUX_H__
#define __VMLINUX_H__

#include <linux/bpf.h>
#include <linux/types.h>

typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

/* Of include/uapi and include/linux/fs.h, mm.h; the same on every kernel supported. */
#define EPERM	    1
#define ENOENT	    2
#define EINTR	    4
#define EAGAIN	    11
#define ENOMEM	    12
#define EFAULT	    14
#define ENOSYS	    38
#define EOPNOTSUPP  95
#define S_IFMT	    00170000
#define S_IFREG	    0100000
#define FMODE_READ  0x1U
#define FMODE_WRITE 0x2U
#define PROT_EXEC   0x4UL
#define VM_EXEC	    0x4UL
#define ATTR_SIZE   (1U << 3)
/* Of include/uapi/linux/fsverity.h: _IOW('f', 133, struct fsverity_enable_arg). */
#define FS_IOC_ENABLE_VERITY 0x40806685U
#define SB_KERNMOUNT	     (1UL << 22)
/* Of include/linux/ptrace.h, include/linux/binfmts.h. */
#define PTRACE_MODE_ATTACH 0x02U
#define LSM_UNSAFE_SHARE   1
#define LSM_UNSAFE_PTRACE  2
#define CAP_SYS_MODULE	   16
/* Of include/uapi/linux/bpf.h. */
#define BPF_LINK_GET_FD_BY_ID 30
/* Of fs/mount.h: where a mount of the kernel's own belongs. */
#define MNT_NS_INTERNAL (-22L)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct super_block {
	__u32 s_dev; /* major << 20 | minor */
	unsigned long s_flags;
};

struct inode {
	__u16 i_mode;
	unsigned long i_ino;
	__u32 i_generation;
	long long i_size;
	struct super_block *i_sb;
	atomic_t i_writecount;
};

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

struct inode___v6_1 {
	struct timespec64 i_ctime;
};

struct inode___v6_6 {
	struct timespec64 __i_ctime;
};

struct inode___v6_11 {
	__u32 i_ctime_nsec;
};

struct dentry {
	struct inode *d_inode;
};

struct vfsmount {
	struct super_block *mnt_sb;
};

struct mount {
	struct vfsmount mnt;
	void *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_flags;
	unsigned int f_mode;
	struct inode *f_inode;
	struct path f_path;
};

struct ns_common {
	__u32 inum;
};

struct user_namespace {
	struct ns_common ns;
	int level; /* 0: the first */
};

struct cred {
	struct {
		__u32 val;
	} euid;
	struct user_namespace *user_ns;
};

struct linux_binprm {
	struct file *file;
	const struct cred *cred;
	int unsafe; /* LSM_UNSAFE_* */
};

struct linux_binprm___check {
	unsigned int is_check : 1;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct iattr {
	unsigned int ia_valid;
};

struct kuid {
	__u32 val;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct uts_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct cgroup_namespace *cgroup_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct tty_struct {
	char name[64];
};

struct signal_struct {
	struct tty_struct *tty;
};

struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
};

struct task_struct {
	int tgid;
	struct task_struct *real_parent, *group_leader;
	struct mm_struct *mm;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct nsproxy *nsproxy;
	const struct cred *cred;
	unsigned int ptrace; /* not 0: it is traced */
	__u64 self_exec_id; /* execs that could no longer fail, counted over forks */
	__u64 start_boottime; /* ns */
	char comm[16];
};

struct task_struct___audit {
	struct {
		__u32 val;
	} loginuid;
	unsigned int sessionid;
};

/* Of x86 alone. */
struct thread_info___x86 {
	__u32 status;
};

struct task_struct___x86 {
	struct thread_info___x86 thread_info;
};

struct pt_regs___x86 {
	unsigned long bx, cx, dx, si, di, orig_ax;
};

/* Of arm64 alone. */
struct pt_regs___arm64 {
	__u64 regs[31];
	__u64 pstate;
	__s32 syscallno;
};

struct bpf_map {
	char name[16];
	__u32 id;
};

struct bpf_prog_aux {
	char name[16];
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct kernel_siginfo;

struct task_struct___cgroups {
	void *cgroups;
};

struct task_struct___execve {
	unsigned int in_execve : 1;
};

struct mnt_idmap;
enum kernel_read_file_id { READING_MODULE = 2 };
/* 7.x has it, 6.12 has not. */
enum kernel_read_file_id___compressed { READING_MODULE_COMPRESSED = 7 };
enum kernel_load_data_id { LOADING_UNKNOWN };

#pragma clang attribute pop

#endif
