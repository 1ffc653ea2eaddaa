/* SPDX-License-Identifier: GPL-2.0-only */
/* Identifiers and verdicts in inode storage. See struct interdict_cached for the protocol. */
#ifndef INTERDICT_CACHE_H
#define INTERDICT_CACHE_H

#include "scratch.h"

#define READ_ONCE(x)	     (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

/*
 * x86 reads in order, and shows what it writes in order; arm64 does neither unless it is asked to.
 * An atomic operation that gives something back is a full barrier on every machine. One whose
 * result nobody uses, as counters have it, is none: hence barrier_var(). (Of 32 bits clang 14 makes
 * none all the same.)
 */
static __always_inline void ordered_add(__u64 *at, __u64 n)
{
	__u64 old = __sync_fetch_and_add(at, n);

	barrier_var(old);
}

/* Nothing is added to what is at hand: the stack of the programs is full. clang shall not know: it
 * would take a loop for it. */
static __always_inline void fence(struct interdict_cached *cached)
{
	__u64 nothing = 0;

	barrier_var(nothing);
	ordered_add(&cached->epoch, nothing);
}

/* 0, which the processor does not have before it has @value: what is read at an address that it was
 * added to is read after @value was. Three instructions, for the path of every warm open. */
static __always_inline __u64 read_after(__u64 value)
{
	asm volatile("%0 &= 0" : "+r"(value));
	return value;
}

/* From 6.13 bit 31 of the nanoseconds says that somebody asked for the time. */
#define CTIME_NSEC_MASK 0x3fffffffU

static __always_inline __u64 cache_ctime(struct inode *inode)
{
	struct inode___v6_11 *v6_11 = (void *)inode;
	struct inode___v6_6 *v6_6 = (void *)inode;
	struct inode___v6_1 *v6_1 = (void *)inode;

	if (bpf_core_field_exists(v6_11->i_ctime_nsec))
		return v6_11->i_ctime_nsec & CTIME_NSEC_MASK;
	if (bpf_core_field_exists(v6_6->__i_ctime))
		return v6_6->__i_ctime.tv_nsec;
	return v6_1->i_ctime.tv_nsec;
}

static __always_inline struct interdict_cached *cache_find(struct inode *inode)
{
	return bpf_inode_storage_get(&interdict_cache, inode, 0, 0);
}

/* The same, made if there is none. A new one is zero; an epoch of 0 says that it is not ready. */
static __always_inline struct interdict_cached *cache_make(struct inode *inode)
{
	struct interdict_cached *cached =
		bpf_inode_storage_get(&interdict_cache, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (cached && !READ_ONCE(cached->epoch))
		__sync_val_compare_and_swap(&cached->epoch, 0, 1);
	return cached;
}

/*
 * Whether nothing matched @inode under the active generation and its content is the same since. The
 * path of every warm open: a handful of instructions. The epoch alone says so; what is to be run,
 * mapped or loaded is compared by size and time as well, a second line that an open does not pay
 * for: up to 6.1 each field of the inode that a program reads costs seven instructions.
 */
static __always_inline bool cache_clean(struct inode *inode, bool second_line)
{
	struct interdict_cached *cached = cache_find(inode);
	__u64 stamp;

	if (!cached)
		return false;
	stamp = READ_ONCE(cached->stamp);
	if (stamp != READ_ONCE(cached->epoch))
		return false;
	/* Never an older verdict than the stamp's. */
	cached = (void *)cached + read_after(stamp);
	return READ_ONCE(cached->verdict) == READ_ONCE(interdict.active) &&
	       (!second_line ||
		(cached->size == (__u64)inode->i_size && cached->ctime == cache_ctime(inode)));
}

/* The content of @inode may change from now on. */
static __always_inline void cache_invalidate(struct inode *inode)
{
	struct interdict_cached *cached = cache_find(inode);

	if (cached)
		ordered_add(&cached->epoch, 1);
}

/* Nothing is kept for @inode from now on, until it leaves memory: the value stays taken. */
static __always_inline void cache_abandon(struct inode *inode)
{
	struct interdict_cached *cached = cache_make(inode);

	if (!cached)
		return;
	__sync_lock_test_and_set(&cached->stamp, INTERDICT_BUSY);
	ordered_add(&cached->epoch, 1);
}

/* Copy the identifiers to the subject, and the claims to its scratch, if they are valid. */
static __always_inline bool cache_load(struct interdict_cached *cached, struct inode *inode,
				       struct subject *subject, __u64 *verdict)
{
	struct interdict_ids *ids = &subject->ids;
	struct interdict_scratch *scratch;
	struct interdict_claims *claims;
	__u64 epoch = READ_ONCE(cached->epoch);
	__u32 changes = READ_ONCE(cached->changes);
	struct interdict_ids *known;

	if (!epoch || READ_ONCE(cached->stamp) != epoch || cached->size != (__u64)inode->i_size ||
	    cached->ctime != cache_ctime(inode))
		return false;
	fence(cached);
	*verdict = READ_ONCE(cached->verdict);
	if (cached->have) {
		known = bpf_inode_storage_get(&interdict_known, inode, 0, 0);
		if (!known)
			return false;
		*ids = *known;
	} else {
		ids->size = cached->size;
		ids->flags = cached->flags;
	}
	if (ids->claims) {
		claims = bpf_inode_storage_get(&interdict_signed, inode, 0, 0);
		scratch = scratch_take(subject);
		if (!claims || !scratch)
			return false;
		bpf_probe_read_kernel(&scratch->identity.claims, sizeof(scratch->identity.claims),
				      claims);
	}
	fence(cached);
	return READ_ONCE(cached->changes) == changes && READ_ONCE(cached->stamp) == epoch &&
	       READ_ONCE(cached->epoch) == epoch;
}

/*
 * Take the value to store what was computed under @epoch. Not over what was computed under a newer
 * one: a reader between its look at the stamp and at the verdict would take the older verdict for
 * the newer content's.
 */
static __always_inline bool cache_take(struct interdict_cached *cached, __u64 epoch)
{
	__u64 old = READ_ONCE(cached->stamp);

	if (old == INTERDICT_BUSY || old > epoch ||
	    __sync_val_compare_and_swap(&cached->stamp, old, INTERDICT_BUSY) != old)
		return false;
	__sync_fetch_and_add(&cached->changes, 1);
	fence(cached);
	return true;
}

static __always_inline void cache_give(struct interdict_cached *cached, __u64 epoch, __u64 size,
				       __u64 ctime, __u32 have, __u32 flags, __u64 verdict)
{
	cached->have = have;
	cached->flags = flags;
	cached->size = size;
	cached->ctime = ctime;
	WRITE_ONCE(cached->verdict, verdict);
	/* An exchange, not a store: a full barrier on every machine. */
	__sync_lock_test_and_set(&cached->stamp, epoch);
}

/* In programs that may sleep only: it may allocate. */
static __always_inline void cache_store(struct interdict_cached *cached, struct inode *inode,
					__u64 epoch, __u64 size, __u64 ctime,
					const struct interdict_ids *ids, __u64 verdict)
{
	struct interdict_ids *known = NULL;
	struct interdict_claims *claims = NULL;
	struct interdict_scratch *scratch = NULL;

	if (ids->have) {
		known = bpf_inode_storage_get(&interdict_known, inode, 0,
					      BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!known)
			return;
	}
	if (ids->claims) {
		claims = bpf_inode_storage_get(&interdict_signed, inode, 0,
					       BPF_LOCAL_STORAGE_GET_F_CREATE);
		scratch = scratch_find();
		if (!claims || !scratch)
			return;
	}
	if (!cache_take(cached, epoch))
		return;
	if (known)
		*known = *ids;
	if (claims && scratch)
		bpf_probe_read_kernel(claims, sizeof(*claims), &scratch->identity.claims);
	cache_give(cached, epoch, size, ctime, ids->have, ids->flags, verdict);
}

#endif
