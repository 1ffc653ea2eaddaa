/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging what the kernel is handed in memory and not as a file: init_module(2), firmware from user
 * space. The hook must not sleep, and the memory is the kernel's own copy: all is computed on the
 * spot, and nothing is cached.
 */
#ifndef INTERDICT_JUDGE_DATA_H
#define INTERDICT_JUDGE_DATA_H

#include "judge.h"

static __always_inline int judge_data_entered(__u64 data, struct subject *subject)
{
	__u32 want = interdict_wanted(subject->slot, subject->ids.size), decision, kind;
	struct interdict_scratch *scratch;
	int err = -ENOMEM;

	if (!want)
		return 0;
	scratch = scratch_take(subject);
	if (scratch) {
		err = interdict_identify_data(data, subject->ids.size, want, &scratch->identity,
					      sizeof(scratch->identity));
		subject->ids = scratch->identity.ids;
		__sync_fetch_and_add(&interdict.counters.identified, 1);
	}
	subject->error = err;
	evaluate(subject);
	decision = interdict_decide(subject, err || !interdict_answered(&subject->ids, want));
	kind = decision & ~ANSWER_REFUSE;
	if (kind == INTERDICT_EVENT_UNIDENTIFIED)
		__sync_fetch_and_add(&interdict.counters.unidentified, 1);
	if (kind)
		emit(NULL, subject, kind, false, NULL);
	return decision & ANSWER_REFUSE ? -EPERM : 0;
}

static __noinline int judge_data(__u64 data, __u64 size)
{
	struct subject subject;
	__u64 active = interdict_enter();
	int ret;

	if (!active)
		return 0;
	subject_init(&subject, INTERDICT_OP_LOAD, SUBJECT_OPENED, active);
	subject.ids.size = size;
	ret = judge_data_entered(data, &subject);
	scratch_leave(&subject);
	leave(active);
	return checked(ret);
}

#endif
