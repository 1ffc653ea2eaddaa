// SPDX-License-Identifier: GPL-2.0-only
/* Calls each kfunc of interdict.ko where the real programs do, and reports what came of it. */
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "kmod/abi.h"
#include "tests/vm/probes/kfuncs.h"

/* Of the kernel's types what is used here; the loader finds the fields in the running one. */
#define KERNEL_TYPE __attribute__((preserve_access_index))

struct file {
	unsigned int f_mode;
} KERNEL_TYPE;

struct inode {
	unsigned long i_ino;
} KERNEL_TYPE;

struct linux_binprm {
	struct file *file;
} KERNEL_TYPE;

struct vm_area_struct {
	struct file *vm_file;
} KERNEL_TYPE;

char LICENSE[] SEC("license") = "GPL";

extern int interdict_identify(struct file *file, __u32 want, struct interdict_ids *ids) __ksym;
extern struct inode *interdict_real_inode(struct file *file) __ksym;
extern int interdict_file_path(struct file *file, char *buf, __u32 buf__sz) __ksym;
extern int interdict_real_path(struct file *file, char *buf, __u32 buf__sz) __ksym;
extern int interdict_task_exe(char *buf, __u32 buf__sz) __ksym;
extern int interdict_queue_judgement(struct file *file) __ksym;
extern int interdict_is_judging(void) __ksym;

__u32 want;
__u32 watched; /* thread group */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline bool is_watched(void)
{
	return bpf_get_current_pid_tgid() >> 32 == watched || interdict_is_judging();
}

static __always_inline struct record *begin(struct file *file, __u32 op)
{
	struct record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	struct inode *inode;
	__u64 *count;

	if (!record)
		return NULL;
	record->op = op;
	record->error = 0;
	record->f_mode = file->f_mode;
	record->judging = interdict_is_judging();
	record->seen = 0;
	record->path_len = interdict_file_path(file, record->path, sizeof(record->path));
	record->exe_len = interdict_task_exe(record->exe, sizeof(record->exe));
	record->real_len = interdict_real_path(file, record->real, sizeof(record->real));
	inode = interdict_real_inode(file);
	if (!inode)
		return record;
	record->ino = inode->i_ino;
	count = bpf_inode_storage_get(&seen, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (count)
		record->seen = __sync_fetch_and_add(count, 1);
	return record;
}

static __always_inline void identify(struct file *file, __u32 op, bool opened)
{
	struct interdict_ids ids = {};
	struct record *record;
	int err;

	if (!is_watched())
		return;
	err = interdict_identify(file, opened ? want | INTERDICT_ID_OPENED : want, &ids);
	record = begin(file, op);
	if (!record)
		return;
	record->error = err;
	record->ids = ids;
	bpf_ringbuf_submit(record, 0);
}

SEC("lsm.s/file_open")
int BPF_PROG(probe_open, struct file *file)
{
	identify(file, PROBE_OPEN, false);
	return 0;
}

SEC("lsm.s/bprm_check_security")
int BPF_PROG(probe_exec, struct linux_binprm *bprm)
{
	identify(bprm->file, PROBE_EXEC, true);
	return 0;
}

SEC("lsm.s/mmap_file")
int BPF_PROG(probe_map, struct file *file, unsigned long reqprot, unsigned long prot)
{
	if (file && prot & 4)
		identify(file, PROBE_MAP, true);
	return 0;
}

SEC("lsm.s/kernel_read_file")
int BPF_PROG(probe_load, struct file *file)
{
	identify(file, PROBE_LOAD, true);
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(probe_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot)
{
	struct file *file = vma->vm_file;
	struct record *record;

	if (!file || !(prot & 4) || !is_watched())
		return 0;
	record = begin(file, PROBE_MPROTECT);
	if (!record)
		return 0;
	__builtin_memset(&record->ids, 0, sizeof(record->ids));
	record->error = interdict_queue_judgement(file);
	bpf_ringbuf_submit(record, 0);
	return 0;
}
