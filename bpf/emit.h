/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling: counters, and a record in the ring for each attempt. */
#ifndef INTERDICT_EMIT_H
#define INTERDICT_EMIT_H

#include "maps.h"
#include "module.h"

#define DEV_MINOR_BITS 20

/* All that was found out about a file on the way to an answer. Without the file: it is handed to
 * functions of global linkage, which take no pointers in it. */
struct subject {
	__u64 active;  /* the active word that was entered */
	__u32 slot;    /* of it */
	__u32 op;      /* enum interdict_op */
	__u32 flags;   /* SUBJECT_* */
	__s32 error;   /* of the identification */
	__u32 scratch; /* 1: the task's scratch is this decision's, and has ids.claims claims */
	__u32 reserved;
	struct interdict_ids ids;
	struct interdict_verdict verdict;
};

#define SUBJECT_OPENED	   (1U << 0) /* the file can be read */
#define SUBJECT_EXEC_SHIFT 1	     /* a later hook of an exec that file_open has seen */
#define SUBJECT_EXEC	   (1U << SUBJECT_EXEC_SHIFT)
#define SUBJECT_CREATES	   (1U << 2) /* file_open for execution: the file is new */

static __always_inline struct interdict_scratch *scratch_find(void)
{
	return bpf_task_storage_get(&interdict_scratch, bpf_get_current_task_btf(), 0, 0);
}

INTERDICT_STEP int interdict_emit_process(struct interdict_event *event)
{
	struct task_struct *task = bpf_get_current_task_btf(), *parent;
	struct task_struct___audit *audit = (void *)task;
	struct task_struct___cgroups *groups = (void *)task;
	__u64 id = bpf_get_current_pid_tgid();
	__u32 i, n = 0;

	if (!event)
		return 0;
	event->process.pid = id >> 32;
	event->process.tid = id;
	event->process.uid = bpf_get_current_uid_gid();
	event->process.auid = ~0U;
	if (bpf_core_field_exists(audit->loginuid))
		event->process.auid = BPF_CORE_READ(audit, loginuid.val);
	/* A kernel without control groups has no such helper either, and is loaded without this. */
	event->process.cgroup = 0;
	if (bpf_core_field_exists(groups->cgroups))
		event->process.cgroup = bpf_get_current_cgroup_id();
	bpf_get_current_comm(event->process.comm, sizeof(event->process.comm));
	event->process.ppid = BPF_CORE_READ(task, real_parent, tgid);
	for (i = 0; i < INTERDICT_PARENTS; i++) {
		parent = BPF_CORE_READ(task, real_parent);
		if (!parent || parent == task)
			break;
		bpf_core_read_str(event->process.parents[i], INTERDICT_COMM_LEN, &parent->comm);
		task = parent;
		n = i + 1;
	}
	event->process.parents_count = n;
	event->process.reserved = 0;
	if (interdict_setup.have_module)
		event->process.exe_len = interdict_task_exe(event->process.exe, INTERDICT_EXE_LEN);
	else
		event->process.exe_len = -EOPNOTSUPP;
	return 0;
}

static __always_inline void emit_file(struct file *file, struct interdict_event *event,
				      bool sleepable)
{
	struct inode *inode = file->f_inode;
	__u32 dev = inode->i_sb->s_dev;

	event->file.ino = inode->i_ino;
	event->file.dev_major = dev >> DEV_MINOR_BITS;
	event->file.dev_minor = dev & ((1U << DEV_MINOR_BITS) - 1);
	event->file.reserved = 0;
	if (interdict_setup.have_module)
		event->file.path_len =
			interdict_file_path(file, event->file.path, INTERDICT_PATH_LEN);
	else if (sleepable)
		event->file.path_len =
			bpf_d_path(&file->f_path, event->file.path, INTERDICT_PATH_LEN);
}

static __always_inline void emit_no_file(struct interdict_event *event)
{
	event->file.ino = 0;
	event->file.dev_major = 0;
	event->file.dev_minor = 0;
	event->file.reserved = 0;
	event->file.path_len = -ENOENT;
}

/* Returns its flags. */
static __always_inline __u32 emit_order(__u32 slot, __u32 index, char id[INTERDICT_ID_LEN])
{
	interdict_table_t orders = interdict_table(slot, orders);
	const struct interdict_order *order;

	if (!orders)
		return 0;
	order = interdict_row(orders, struct interdict_order, index);
	if (!order)
		return 0;
	__builtin_memcpy(id, order->id, INTERDICT_ID_LEN);
	return order->flags;
}

/* No claims where there is no scratch. */
INTERDICT_STEP int interdict_emit_claims(struct interdict_event *event)
{
	struct interdict_scratch *scratch = scratch_find();

	if (!event)
		return 0;
	event->file.claims.count = 0;
	event->file.claims.flags = 0;
	event->file.claims.names_len = 0;
	event->file.claims.reserved = 0;
	if (scratch && event->file.ids.claims)
		bpf_probe_read_kernel(&event->file.claims, sizeof(event->file.claims),
				      &scratch->identity.claims);
	return 0;
}

INTERDICT_STEP int interdict_emit_also(const struct subject *subject, struct interdict_event *event,
				       __u32 i)
{
	if (subject && event && i < INTERDICT_ALSO)
		emit_order(subject->slot, subject->verdict.also[i], event->also[i]);
	return 0;
}

INTERDICT_STEP int interdict_emit_subject(const struct subject *subject,
					  struct interdict_event *event)
{
	const struct interdict_verdict *verdict;
	const struct interdict_head *head;
	__u32 i;

	if (!subject || !event)
		return 0;
	event->generation = INTERDICT_ACTIVE_GENERATION(subject->active);
	event->op = subject->op;
	event->error = subject->error;
	event->file.ids = subject->ids;
	interdict_emit_claims(event);
	head = interdict_head(subject->slot);
	verdict = &subject->verdict;
	event->policy.serial = head->serial;
	__builtin_memcpy(event->policy.name, head->name, sizeof(head->name));
	__builtin_memcpy(event->policy.digest, head->digest, sizeof(head->digest));
	event->order[0] = 0;
	event->rule = verdict->kind;
	event->via = INTERDICT_KIND_NONE;
	event->reserved = 0;
	event->also_count = 0;
	if (!verdict->kind)
		return 0;
	if (emit_order(subject->slot, verdict->order, event->order) & INTERDICT_ORDER_PACKAGE) {
		event->rule = INTERDICT_KIND_PACKAGE;
		event->via = verdict->kind;
	}
	for (i = 0; i < INTERDICT_ALSO; i++) {
		if (i >= verdict->also_count)
			break;
		interdict_emit_also(subject, event, i);
		event->also_count = i + 1;
	}
	return 0;
}

/* Count, and put a record in the ring. @file: NULL where there is none. @kind: enum
 * interdict_event_kind. Every attempt is either
 * emitted or lost, and counted before and after, so that the sums meet when nothing is under way.
 */
static __noinline void emit(struct file *file, const struct subject *subject, __u32 kind,
			    bool sleepable)
{
	struct interdict_counters *counters = &interdict.counters;
	struct interdict_event *event;
	__u64 k;

	if (kind == INTERDICT_EVENT_DENIED)
		__sync_fetch_and_add(&counters->denied, 1);
	else if (kind == INTERDICT_EVENT_AUDITED)
		__sync_fetch_and_add(&counters->audited, 1);
	k = __sync_fetch_and_add(&counters->attempts, 1) + 1;
	event = bpf_ringbuf_reserve(&interdict_ring, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&counters->lost, 1);
		return;
	}
	event->k = k;
	event->lost = counters->lost;
	event->boottime_ns = bpf_ktime_get_boot_ns();
	event->kind = kind;
	event->provider =
		interdict_setup.have_module ? INTERDICT_PROVIDER_KMOD : INTERDICT_PROVIDER_IMA;
	interdict_emit_subject(subject, event);
	if (file)
		emit_file(file, event, sleepable);
	else
		emit_no_file(event);
	interdict_emit_process(event);
	/* Counted before a reader can have it. */
	__sync_fetch_and_add(&counters->emitted, 1);
	bpf_ringbuf_submit(event, 0);
}

/*
 * Whether a record of this kind was made for this file in this exec. An exec goes on after a record
 * where nothing was refused; its later hooks then find the file here. A refusal ends it, so one is
 * never skipped. file_open for execution makes the file, so what is noted for its address then is
 * of another file.
 */
INTERDICT_STEP int interdict_emit_told(__u64 file, __u32 flags, __u32 kind)
{
	struct interdict_told *told;
	__u32 i, at;

	told = bpf_task_storage_get(&interdict_told, bpf_get_current_task_btf(), 0,
				    BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!told)
		return 0;
	for (i = 0; i < INTERDICT_TOLD; i++) {
		if (told->file[i] != file || told->kind[i] != kind)
			continue;
		if (flags & SUBJECT_CREATES)
			return 0;
		return 1;
	}
	at = told->next & (INTERDICT_TOLD - 1);
	told->file[at] = file;
	told->kind[at] = kind;
	told->next = at + 1;
	return 0;
}

static __always_inline bool emit_told(struct file *file, const struct subject *subject, __u32 kind)
{
	__u64 number;

	if (kind == INTERDICT_EVENT_DENIED || !(subject->flags & (SUBJECT_EXEC | SUBJECT_CREATES)))
		return false;
	/* As a number: no pointer can be handed to a function of global linkage as one. */
	bpf_probe_read_kernel(&number, sizeof(number), &file);
	return interdict_emit_told(number, subject->flags, kind);
}

#endif
