/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a decision keeps the claims of its file: they are too large for the stack, and a program
 * that may sleep can be preempted by another on its processor. A task makes one decision at a time,
 * except where the file system opens another file to answer it: that one finds the place taken, and
 * its claims are not known (and said to be so).
 */
#ifndef INTERDICT_SCRATCH_H
#define INTERDICT_SCRATCH_H

#include "emit.h"

/* The place of this task for this decision, or NULL: taken by another, or no memory. */
static __always_inline struct interdict_scratch *scratch_take(struct subject *subject)
{
	struct interdict_scratch *scratch = bpf_task_storage_get(
		&interdict_scratch, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!scratch || (scratch->taken && !subject->scratch))
		return NULL;
	scratch->taken = 1;
	subject->scratch = 1;
	return scratch;
}

static __always_inline void scratch_leave(const struct subject *subject)
{
	struct interdict_scratch *scratch;

	if (!subject->scratch)
		return;
	scratch = scratch_find();
	if (scratch)
		scratch->taken = 0;
}

#endif
