/* SPDX-License-Identifier: GPL-2.0-only */
/* Judging: from a subject to an answer, with the caches and the policy's slots in between. */
#ifndef INTERDICT_JUDGE_H
#define INTERDICT_JUDGE_H

#include "cache.h"
#include "emit.h"

/* Two of them hit a policy switch each: enough that a third is a storm, which the last covers. */
#define ENTER_TRIES 8
/* The size can change once between looking and reading; twice is a writer at work. */
#define IDENTIFY_TRIES 2

static __always_inline void leave(__u64 active)
{
	ordered_add(&interdict.inflight[INTERDICT_ACTIVE_SLOT(active)], -1ULL);
}

/*
 * Take the active generation for one decision. Returns the active word, or 0 where none is. User
 * space does not touch a slot that a decision has entered; that the word is the same afterwards
 * says that the slot was still the active one when it was entered.
 */
INTERDICT_STEP __u64 interdict_enter(void)
{
	__u64 active;
	__u32 i;

	for (i = 0; i < ENTER_TRIES; i++) {
		active = READ_ONCE(interdict.active);
		if (!active)
			return 0;
		ordered_add(&interdict.inflight[INTERDICT_ACTIVE_SLOT(active)], 1);
		if (READ_ONCE(interdict.active) == active || i == ENTER_TRIES - 1)
			return active;
		leave(active);
	}
	return 0;
}

/* For the verifier, which wants to see that a hook's answer is 0 or an errno, and loses sight of it
 * in 32-bit arithmetic. */
#define ERRNO_MAX 4095
static __always_inline int checked(int ret)
{
	barrier_var(ret);
	return ret < -ERRNO_MAX || ret > 0 ? -EPERM : ret;
}

/* Whether nothing has to be known of a file of this size; without a call for most sizes. */
static __always_inline bool nothing_wanted(__u64 active, __u64 size)
{
	__u32 slot = INTERDICT_ACTIVE_SLOT(active);

	return interdict_unwanted(slot, size) || !interdict_wanted(slot, size);
}

static __always_inline void subject_init(struct subject *subject, __u32 op, __u32 flags,
					 __u64 active)
{
	subject->active = active;
	subject->slot = INTERDICT_ACTIVE_SLOT(active);
	subject->op = op;
	subject->flags = flags;
	subject->error = 0;
	subject->scratch = 0;
	subject->reserved = 0;
	__builtin_memset(&subject->ids, 0, sizeof(subject->ids));
	__builtin_memset(&subject->verdict, 0, sizeof(subject->verdict));
}

/* The bits of an operation in a cached verdict, shifted by its number. */
#define OP_BITS (1ULL | 1ULL << INTERDICT_VERDICT_AUDIT_SHIFT)

static __always_inline __u32 verdict_bits(const struct interdict_verdict *verdict)
{
	return (verdict->deny | verdict->audit << INTERDICT_VERDICT_AUDIT_SHIFT) &
	       INTERDICT_VERDICT_BITS;
}

static __always_inline bool head_has(const struct subject *subject, __u32 flag)
{
	return interdict.heads[subject->slot & (INTERDICT_SLOTS - 1)].flags & flag;
}

/* Whether the policy's header refuses what no order names. */
static __always_inline bool header_denies(const struct subject *subject, bool missing)
{
	if (missing && head_has(subject, INTERDICT_HEAD_UNIDENTIFIED_DENY))
		return true;
	return head_has(subject, INTERDICT_HEAD_UNTRUSTED_FS_DENY) &&
	       subject->ids.flags & INTERDICT_FILE_FOREIGN && subject->flags & SUBJECT_OPENED &&
	       subject->op <= INTERDICT_OP_MAP;
}

/*
 * overlayfs opens what it copies up through a private mount of the layer: nobody's attempt, and
 * what changes the mode of a banned file, or writes over it, is not refused. Files of the kernel's
 * own file systems, memfds, are on an internal mount too.
 */
static __always_inline bool is_copy_up(struct file *file, const struct subject *subject)
{
	__u64 mount;

	if (subject->flags & (SUBJECT_OPENED | SUBJECT_CREATES) ||
	    file->f_inode->i_sb->s_flags & SB_KERNMOUNT)
		return false;
	BPF_CORE_READ_INTO(&mount, file, f_path.mnt);
	mount -= bpf_core_field_offset(struct mount, mnt);
	return (long)BPF_CORE_READ((struct mount *)mount, mnt_ns) == MNT_NS_INTERNAL;
}

/*
 * What comes of a verdict: enum interdict_event_kind, 0 for nothing; with ANSWER_REFUSE. The only
 * place that knows about audit mode. @missing: not everything that the policy asks for could be
 * known of the file.
 */
#define ANSWER_REFUSE (1U << 8)
INTERDICT_STEP __u32 interdict_decide(struct subject *subject, __u32 missing)
{
	__u32 bit;

	if (!subject)
		return 0;
	bit = 1U << (subject->op & (INTERDICT_OP_COUNT - 1));
	if (subject->verdict.deny & bit)
		return INTERDICT_EVENT_DENIED | ANSWER_REFUSE;
	if (header_denies(subject, missing)) {
		if (head_has(subject, INTERDICT_HEAD_AUDIT))
			return INTERDICT_EVENT_AUDITED;
		subject->verdict.kind = INTERDICT_KIND_NONE;
		return INTERDICT_EVENT_DENIED | ANSWER_REFUSE;
	}
	if (subject->verdict.audit & bit)
		return INTERDICT_EVENT_AUDITED;
	return missing ? INTERDICT_EVENT_UNIDENTIFIED : 0;
}

/* Whether the canary's order decided. */
static __always_inline bool is_canary(const struct subject *subject)
{
	return subject->verdict.kind &&
	       subject->verdict.order + 1 ==
		       interdict.heads[subject->slot & (INTERDICT_SLOTS - 1)].canary;
}

/* The answer to a verdict, and its record. */
static __noinline int answer(struct file *file, struct subject *subject, bool missing)
{
	__u32 decision = interdict_decide(subject, missing), kind = decision & ~ANSWER_REFUSE;

	if (!kind || is_copy_up(file, subject))
		return 0;
	/* The module opens what mprotect asked about: nobody's attempt. */
	if (interdict_setup.have_module && interdict_is_judging())
		return 0;
	if (is_canary(subject)) {
		__sync_fetch_and_add(&interdict.counters.canary, 1);
	} else if (!emit_told(file, subject, kind)) {
		if (missing)
			__sync_fetch_and_add(&interdict.counters.unidentified, 1);
		emit(file, subject, kind, true, NULL);
	}
	return decision & ANSWER_REFUSE ? -EPERM : 0;
}

/* Where there is no scratch, claims are not answered. */
static __always_inline int identify_once(struct file *file, struct subject *subject, __u32 want)
{
	__u32 opened = subject->flags & SUBJECT_OPENED ? INTERDICT_ID_OPENED : 0;
	struct interdict_scratch *scratch = NULL;

	if (want & INTERDICT_ID_CLAIMS)
		scratch = scratch_take(subject);
	if (scratch)
		return interdict_identify_claims(file, want | opened, &subject->ids,
						 &scratch->identity.claims,
						 sizeof(scratch->identity.claims));
	return interdict_identify(file, (want & ~INTERDICT_ID_CLAIMS) | opened, &subject->ids);
}

static __always_inline int identify(struct file *file, struct subject *subject, struct inode *inode,
				    __u64 *size, __u64 *ctime, __u32 *want)
{
	__u32 i;
	int err = -EAGAIN;

	for (i = 0; i < IDENTIFY_TRIES; i++) {
		*size = inode->i_size;
		*ctime = cache_ctime(inode);
		*want = interdict_wanted(subject->slot, *size);
		err = identify_once(file, subject, *want);
		if (*want)
			__sync_fetch_and_add(&interdict.counters.identified, 1);
		if (err || subject->ids.size == *size)
			break;
	}
	return err;
}

/* Not a function of its own: with the steps of an evaluation there are as many calls in each other
 * as the verifier allows. */
static __always_inline void evaluate(struct subject *subject)
{
	struct interdict_scratch *scratch = subject->ids.claims ? scratch_find() : NULL;

	interdict_evaluate(subject->slot, &subject->ids, scratch ? &scratch->identity.claims : NULL,
			   subject->op, &subject->verdict);
}

/*
 * Whether @inode still is the one whose content @file has. The module looks that up for itself, and
 * an overlay's copy-up may have come in between: what it said is then of the other inode. It never
 * goes back, so that "yes" stands for all that was asked before.
 */
static __always_inline bool still_real(struct file *file, struct inode *inode)
{
	return inode == file->f_inode || inode == interdict_real_inode(file);
}

/*
 * Most files: no rule asks anything of their size, so that there is nothing to identify and nothing
 * to evaluate. Whatever is not as usual goes through judge_entered(). When this is true nobody may
 * write @file, and whoever may later raises the epoch before: what was read of the epoch earlier
 * stands for *@size.
 */
static __always_inline bool nothing_asked(struct file *file, struct inode *inode, __u64 active,
					  __u64 *size)
{
	if (interdict_file_flags(file) != INTERDICT_FILE_CACHEABLE)
		return false;
	*size = inode->i_size;
	return nothing_wanted(active, *size) && still_real(file, inode);
}

/*
 * Whether @inode is opened for the first time, for all that is remembered; it is noted. Most files
 * of a search or a backup are opened once, and what is kept for an inode (320 bytes) takes longer
 * to make than what it would say takes to compute. Its number and the generation of its use
 * tell it well enough: a wrong answer costs an open some time, no more.
 */
static __always_inline bool first_look(struct inode *inode)
{
	__u32 number = (__u32)inode->i_ino ^ inode->i_generation;
	__u32 i = interdict_bucket(number, 64 - INTERDICT_LOOKS_SHIFT), *look;

	look = bpf_map_lookup_elem(&interdict_looks, &i);
	if (!look || *look == number)
		return false;
	*look = number;
	return true;
}

/* Whether what was computed may be kept: the content could not change unseen. */
static __always_inline bool cacheable(const struct subject *subject, struct inode *inode)
{
	__u32 flags = subject->ids.flags &
		      (INTERDICT_FILE_CACHEABLE | INTERDICT_FILE_UNSEALED | INTERDICT_FILE_WRITERS);

	return flags == INTERDICT_FILE_CACHEABLE && inode->i_writecount.counter <= 0;
}

/* Judge a regular file under the generation that was entered. */
static __always_inline int judge_entered(struct file *file, struct subject *subject,
					 struct inode *inode, struct interdict_cached *cached)
{
	__u64 epoch = 0, size = inode->i_size, ctime = cache_ctime(inode), verdict = 0;
	bool missing = false, store = false;
	__u32 want;
	int err;

	if (cached) {
		/* Before identification: whoever may change the content later raises it. */
		epoch = READ_ONCE(cached->epoch);
		if (cache_load(cached, inode, subject, &verdict)) {
			if ((verdict ^ subject->active) & ~INTERDICT_VERDICT_BITS)
				store = true;
			else if (!(verdict & OP_BITS << subject->op))
				return 0;
			want = interdict_wanted(subject->slot, size);
			if (interdict_answered(&subject->ids, want))
				goto evaluate;
		}
		/* Who may write is looked at, and the content read, after the epoch was. */
		fence(cached);
	}
	store = inode->i_writecount.counter <= 0;
	err = identify(file, subject, inode, &size, &ctime, &want);
	if (err == -EINTR)
		return -EINTR;
	/* Cannot be read yet: it is judged when it is executed or mapped. */
	if (err == -EAGAIN && !(subject->flags & SUBJECT_OPENED))
		return 0;
	subject->error = err;
	if (err || subject->ids.size != size || !interdict_answered(&subject->ids, want))
		missing = true;
	if (missing || !cacheable(subject, inode) || !still_real(file, inode))
		store = false;
evaluate:
	if (subject->ids.have || subject->ids.claims)
		evaluate(subject);
	if (cached && store && READ_ONCE(cached->epoch) == epoch)
		cache_store(cached, inode, epoch, size, ctime, &subject->ids,
			    subject->active | verdict_bits(&subject->verdict));
	return answer(file, subject, missing);
}

/* Judge @file for @op. Returns 0, -EPERM, or -EINTR where the task is being killed. */
static __noinline int judge(struct file *file, __u32 op, __u32 flags)
{
	struct subject subject;
	struct interdict_cached *cached;
	struct inode *inode;
	__u64 active, epoch, size, ctime;
	int ret;

	/* A stacking file system's own opens. Its files can be mapped anew (remap_file_pages). */
	if (!(flags & SUBJECT_OPENED) && file->f_mode & interdict_setup.fmode_backing)
		return 0;
	inode = interdict_real_inode(file);
	if (!inode)
		return 0;
	active = interdict_enter();
	if (!active)
		return 0;
	if (op == INTERDICT_OP_OPEN && first_look(inode) &&
	    nothing_asked(file, inode, active, &size)) {
		leave(active);
		return 0;
	}
	cached = cache_make(inode);
	if (cached) {
		epoch = READ_ONCE(cached->epoch);
		ctime = cache_ctime(inode);
		if (!(cached->have && READ_ONCE(cached->stamp) == epoch) &&
		    nothing_asked(file, inode, active, &size)) {
			if (cache_take(cached, epoch))
				cache_give(cached, epoch, size, ctime, 0, INTERDICT_FILE_CACHEABLE,
					   active);
			leave(active);
			return 0;
		}
	}
	subject_init(&subject, op, flags, active);
	ret = judge_entered(file, &subject, inode, cached);
	scratch_leave(&subject);
	leave(active);
	return checked(ret);
}

#endif
