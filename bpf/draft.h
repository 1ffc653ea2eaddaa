/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an event is put together. What goes into the ring is as long as it is, and no longer: so it
 * is written here first, in a place of the processor's own. A program may be preempted while it
 * does; one that finds the place taken by it reserves the most in the ring instead, and no event is
 * lost for that.
 */
#ifndef INTERDICT_DRAFT_H
#define INTERDICT_DRAFT_H

#include "maps.h"

/* The place of this processor, or NULL: it is taken, or its number is above how many there are. */
static __always_inline struct interdict_draft *draft_take(void)
{
	struct interdict_draft *draft;
	__u32 processor = bpf_get_smp_processor_id();

	draft = bpf_map_lookup_elem(&interdict_draft, &processor);
	if (!draft || __sync_val_compare_and_swap(&draft->taken, 0, 1))
		return NULL;
	return draft;
}

static __always_inline void draft_leave(struct interdict_draft *draft)
{
	__sync_lock_test_and_set(&draft->taken, 0);
}

/* Where the next text is written. @before: the most that stands before it, by which the verifier
 * knows that there is room. */
static __always_inline char *draft_at(struct interdict_event *event, __u32 before)
{
	__u32 at = event->data_len;

	if (at > before)
		at = before;
	barrier_var(at);
	/* Once more: clang knew, and the verifier has to see. */
	if (at > before)
		return NULL;
	return event->data + at;
}

/* @len bytes of @max were written there, or -errno. */
static __always_inline void draft_text(struct interdict_event *event, enum interdict_text text,
				       int len, int max)
{
	if (len > max)
		len = max;
	event->text[text] = len;
	if (len > 0)
		event->data_len += len;
}

/* Of both the length that the record has. */
static __always_inline __u64 draft_len(const struct interdict_event *event)
{
	__u64 len = event->data_len;

	if (len > INTERDICT_DATA_MAX)
		len = INTERDICT_DATA_MAX;
	return INTERDICT_EVENT_HEAD + len;
}

#endif
