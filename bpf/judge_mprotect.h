/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging a mapping that is made executable later. The hook must not sleep, so nothing can be
 * computed: the cached identifiers are evaluated under the active generation. Where a rule names
 * the file's size and its content is not known, the call is refused and the module asked to look;
 * other things that are not known do not match, and are counted.
 */
#ifndef INTERDICT_JUDGE_MPROTECT_H
#define INTERDICT_JUDGE_MPROTECT_H

#include "judge.h"

static __always_inline int judge_mprotect_entered(struct file *file, struct subject *subject,
						  struct inode *inode)
{
	__u32 bit = 1U << INTERDICT_OP_MAP, want;
	struct interdict_cached *cached = cache_find(inode);
	__u64 verdict;

	if (!cached || !cache_load(cached, inode, subject, &verdict)) {
		__builtin_memset(&subject->ids, 0, sizeof(subject->ids));
		subject->ids.size = inode->i_size;
	}
	want = interdict_wanted(subject->slot, subject->ids.size);
	evaluate(subject);
	if (subject->verdict.deny & bit) {
		emit(file, subject, INTERDICT_EVENT_DENIED, false, NULL);
		return -EPERM;
	}
	if (interdict_answered(&subject->ids, want)) {
		if (subject->verdict.audit & bit)
			emit(file, subject, INTERDICT_EVENT_AUDITED, false, NULL);
		return 0;
	}
	if (!(want & INTERDICT_ID_SHA256) || subject->ids.have & INTERDICT_ID_SHA256) {
		__sync_fetch_and_add(&interdict.counters.mprotect_unknown, 1);
		return 0;
	}
	interdict_queue_judgement(file);
	subject->error = -EAGAIN;
	__sync_fetch_and_add(&interdict.counters.unidentified, 1);
	if (head_has(subject, INTERDICT_HEAD_AUDIT)) {
		emit(file, subject, INTERDICT_EVENT_UNIDENTIFIED, false, NULL);
		return 0;
	}
	emit(file, subject, INTERDICT_EVENT_DENIED, false, NULL);
	return -EPERM;
}

static __noinline int judge_mprotect(struct file *file)
{
	struct subject subject;
	struct inode *inode;
	__u64 active;
	int ret;

	inode = interdict_real_inode(file);
	if (!inode)
		return 0;
	active = interdict_enter();
	if (!active)
		return 0;
	subject_init(&subject, INTERDICT_OP_MAP, SUBJECT_OPENED, active);
	ret = judge_mprotect_entered(file, &subject, inode);
	scratch_leave(&subject);
	leave(active);
	return checked(ret);
}

#endif
