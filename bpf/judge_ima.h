/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Judging without the module: the SHA-256 that IMA computes, where a rule names the file's size.
 * IMA does not say whether the content was the same before and after, so nothing is cached.
 */
#ifndef INTERDICT_JUDGE_IMA_H
#define INTERDICT_JUDGE_IMA_H

#include "judge.h"

/* enum hash_algo, include/uapi/linux/hash_info.h */
#define HASH_ALGO_SHA256 4

static __noinline int judge_ima(struct file *file, __u32 op, __u32 flags)
{
	struct subject subject;
	bool missing = false;
	__u64 active;
	__u32 want;
	long algo;
	int ret;

	if ((file->f_inode->i_mode & S_IFMT) != S_IFREG)
		return 0;
	active = interdict_enter();
	if (!active)
		return 0;
	subject_init(&subject, op, flags, active);
	subject.ids.size = file->f_inode->i_size;
	want = interdict_wanted(subject.slot, subject.ids.size);
	if (want & (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC)) {
		algo = bpf_ima_file_hash(file, subject.ids.sha256, INTERDICT_SHA256_LEN);
		__sync_fetch_and_add(&interdict.counters.identified, 1);
		if (algo == HASH_ALGO_SHA256)
			subject.ids.have = INTERDICT_ID_SHA256;
		else
			missing = true;
		subject.error = algo < 0 ? algo : missing ? -EOPNOTSUPP : 0;
		evaluate(&subject);
	}
	ret = answer(file, &subject, missing);
	leave(active);
	return checked(ret);
}

#endif
