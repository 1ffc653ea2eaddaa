/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What BPF LSM programs call. In the programs:
 *
 *	extern int interdict_identify(struct file *file, __u32 want,
 *				      struct interdict_ids *ids) __ksym;
 *	extern int interdict_identify_claims(struct file *file, __u32 want,
 *					     struct interdict_ids *ids, void *claims,
 *					     __u32 claims__sz) __ksym;
 *	extern int interdict_identify_data(__u64 data, __u64 size, __u32 want, void *identity,
 *					   __u32 identity__sz) __ksym;
 *	extern int interdict_is_compressed(struct file *file) __ksym;
 *	extern struct inode *interdict_real_inode(struct file *file) __ksym;
 *	extern int interdict_file_path(struct file *file, char *buf, __u32 buf__sz) __ksym;
 *	extern int interdict_real_path(struct file *file, char *buf, __u32 buf__sz) __ksym;
 *	extern int interdict_task_exe(char *buf, __u32 buf__sz) __ksym;
 *	extern int interdict_queue_judgement(struct file *file) __ksym;
 *	extern int interdict_is_judging(void) __ksym;
 */
#ifndef INTERDICT_KFUNCS_H
#define INTERDICT_KFUNCS_H

#include <linux/fs.h>

#include "abi.h"

/* Registers them with the kernel; they go away with the module. */
int kfuncs_init(void);

/*
 * identify_file(), with INTERDICT_ID_OPENED among the bits of want. They sleep: from lsm.s programs
 * only. claims points to a struct interdict_claims, and not by its type: the verifier of 6.1 takes
 * no array of structs.
 */
int interdict_identify(struct file *file, u32 want, struct interdict_ids *ids);
int interdict_identify_claims(struct file *file, u32 want, struct interdict_ids *ids, void *claims,
			      u32 claims__sz);

/* identify_data() of the memory at an address; identity points to a struct interdict_identity. */
int interdict_identify_data(u64 data, u64 size, u32 want, void *identity, u32 identity__sz);

/* identify_compressed(). Sleeps. */
int interdict_is_compressed(struct file *file);

/* identify_flags() of the file's real inode. */
u32 interdict_file_flags(struct file *file);

/* filesystem_real_inode(): whose storage the caches belong in. NULL: not a regular file. */
struct inode *interdict_real_inode(struct file *file);

/*
 * The path as the current task sees it (d_path()), from the beginning of buf, with NUL; of a
 * stacking file system's own open the path that the user named. Returns its length with NUL, or
 * -ENAMETOOLONG and buf empty.
 */
int interdict_file_path(struct file *file, char *buf, u32 buf__sz);

/*
 * Of a file of overlayfs the path of the file below that has its data, from the root of the file
 * system that it is on (dentry_path_raw()); through any number of overlays. As
 * interdict_file_path(), and -ENOENT: there is no such file, or it has no path (any more).
 */
int interdict_real_path(struct file *file, char *buf, u32 buf__sz);

/* interdict_file_path() of the program that the current task runs. -ENOENT for a kernel thread. */
int interdict_task_exe(char *buf, u32 buf__sz);

/* judge_queue(). */
int interdict_queue_judgement(struct file *file);

/* judge_is_worker(), as 0 or 1. Not bool: up to 6.1 a program sees the upper bits of the register,
 * which a function that returns bool leaves as they were. */
int interdict_is_judging(void);

#endif
