/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_JUDGE_H
#define INTERDICT_JUDGE_H

#include <linux/fs.h>

int judge_init(void);
void judge_exit(void);

/*
 * Has the file opened for reading by a worker, which enters the file_open program where it may
 * sleep, so that the caches have the file the next time. From any context. Takes a reference.
 * Returns 0, also when it is queued already; -ENOSPC when the queue is full, which is counted.
 */
int judge_queue(struct file *file);

/* Is the current task that worker? */
bool judge_is_worker(void);

struct judge_counters {
	u64 queued, opened, refused, lost;
};
void judge_count(struct judge_counters *counters);

#endif
