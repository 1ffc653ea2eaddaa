/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling: counters, and a record in the ring for each attempt. */
#ifndef INTERDICT_EMIT_H
#define INTERDICT_EMIT_H

#include "emit_args.h"
#include "emit_process.h"
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

static __always_inline void emit_device(const struct inode *inode, __u32 *major, __u32 *minor)
{
	__u32 dev = inode->i_sb->s_dev;

	*major = dev >> DEV_MINOR_BITS;
	*minor = dev & ((1U << DEV_MINOR_BITS) - 1);
}

/* The file below, where a stacking file system shows it as another. */
static __always_inline void emit_real(struct file *file, struct interdict_event *event)
{
	struct inode *real = NULL;
	int len = -ENOENT;
	char *at;

	if (interdict_setup.have_real_path)
		real = interdict_real_inode(file);
	if (real && real != file->f_inode) {
		event->file.real_ino = real->i_ino;
		emit_device(real, &event->file.real_dev_major, &event->file.real_dev_minor);
		at = draft_at(event, INTERDICT_BEFORE_REAL);
		if (at)
			len = interdict_real_path(file, at, INTERDICT_PATH_LEN);
	}
	draft_text(event, INTERDICT_TEXT_REAL, len, INTERDICT_PATH_LEN);
}

static __always_inline void emit_file(struct file *file, struct interdict_event *event,
				      bool sleepable)
{
	char *at = draft_at(event, INTERDICT_BEFORE_PATH);
	int len = -EOPNOTSUPP;

	event->file.ino = file->f_inode->i_ino;
	emit_device(file->f_inode, &event->file.dev_major, &event->file.dev_minor);
	if (at && interdict_setup.have_module)
		len = interdict_file_path(file, at, INTERDICT_PATH_LEN);
	else if (at && sleepable)
		len = bpf_d_path(&file->f_path, at, INTERDICT_PATH_LEN);
	draft_text(event, INTERDICT_TEXT_PATH, len, INTERDICT_PATH_LEN);
	emit_real(file, event);
}

static __always_inline void emit_no_file(struct interdict_event *event)
{
	event->file.ino = 0;
	event->file.dev_major = 0;
	event->file.dev_minor = 0;
	event->text[INTERDICT_TEXT_PATH] = -ENOENT;
	event->text[INTERDICT_TEXT_REAL] = -ENOENT;
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

/* They come first in what follows the record. No claims where there is no scratch. */
INTERDICT_STEP int interdict_emit_claims(struct interdict_event *event)
{
	struct interdict_scratch *scratch = scratch_find();

	if (!event || !event->file.ids.claims)
		return 0;
	if (!scratch || bpf_probe_read_kernel(event->data, sizeof(struct interdict_claims),
					      &scratch->identity.claims)) {
		event->file.ids.claims = 0;
		return 0;
	}
	event->data_len = sizeof(struct interdict_claims);
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

/* The rest of a record whose beginning says what is to be told. */
static __always_inline void emit_fill(struct file *file, const struct subject *subject,
				      struct interdict_event *event, bool sleepable)
{
	event->data_len = 0;
	event->cut = 0;
	event->file.real_ino = 0;
	event->file.real_dev_major = 0;
	event->file.real_dev_minor = 0;
	interdict_emit_subject(subject, event);
	if (file)
		emit_file(file, event, sleepable);
	else
		emit_no_file(event);
	interdict_emit_process(event);
	interdict_emit_exe(event);
	interdict_emit_args(event);
	interdict_emit_exec_args(event);
}

/* Count, and put a record in the ring. @file: NULL where there is none. @kind: enum
 * interdict_event_kind. @tamper: of INTERDICT_EVENT_TAMPER, else NULL. Every attempt is either emitted or lost, and counted before and after, so
 * that the sums meet when nothing is under way. */
static __noinline void emit(struct file *file, const struct subject *subject, __u32 kind,
			    bool sleepable, const struct interdict_tamper *tamper)
{
	struct interdict_counters *counters = &interdict.counters;
	struct interdict_draft *draft;
	struct interdict_event *event;
	bool lost;
	__u64 k;

	if (kind == INTERDICT_EVENT_DENIED)
		__sync_fetch_and_add(&counters->denied, 1);
	else if (kind == INTERDICT_EVENT_AUDITED)
		__sync_fetch_and_add(&counters->audited, 1);
	k = __sync_fetch_and_add(&counters->attempts, 1) + 1;
	draft = draft_take();
	event = draft ? &draft->event : bpf_ringbuf_reserve(&interdict_ring, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&counters->lost, 1);
		return;
	}
	event->k = k;
	event->lost = counters->lost;
	event->boottime_ns = bpf_ktime_get_boot_ns();
	event->kind = kind;
	if (tamper)
		event->tamper = *tamper;
	else
		__builtin_memset(&event->tamper, 0, sizeof(event->tamper));
	event->provider =
		interdict_setup.have_module ? INTERDICT_PROVIDER_KMOD : INTERDICT_PROVIDER_IMA;
	emit_fill(file, subject, event, sleepable);
	/* Counted before a reader can have it. */
	__sync_fetch_and_add(&counters->emitted, 1);
	if (!draft) {
		bpf_ringbuf_submit(event, 0);
		return;
	}
	lost = bpf_ringbuf_output(&interdict_ring, event, draft_len(event), 0);
	draft_leave(draft);
	if (lost) {
		__sync_fetch_and_add(&counters->lost, 1);
		__sync_fetch_and_sub(&counters->emitted, 1);
	}
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
