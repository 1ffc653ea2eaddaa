// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judgements for those who may not wait: a file is queued, and a worker opens it.
 */
#include "judge.h"

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "compat.h"

/* Files waiting. An attempt that queues one was refused, and can be made again: the queue bounds
 * what references it holds, not what is judged. */
#define QUEUE_MAX 64

static DEFINE_SPINLOCK(lock);
static struct file *queue[QUEUE_MAX]; /* a ring: queue_len of them from queue_first */
static unsigned int queue_first, queue_len;
static struct judge_counters counters;

static struct workqueue_struct *workqueue;
static struct task_struct *worker; /* only compared */

static struct file *next_file(void)
{
	struct file *file = NULL;
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	if (queue_len) {
		file = queue[queue_first];
		queue_first = (queue_first + 1) % QUEUE_MAX;
		queue_len--;
	}
	spin_unlock_irqrestore(&lock, flags);
	return file;
}

static void judge_files(struct work_struct *work)
{
	struct file *file, *opened;
	unsigned long flags;

	WRITE_ONCE(worker, current);
	while ((file = next_file())) {
		opened = dentry_open(&file->f_path, COMPAT_OPEN_QUIETLY, current_cred());
		spin_lock_irqsave(&lock, flags);
		if (IS_ERR(opened))
			counters.refused++;
		else
			counters.opened++;
		spin_unlock_irqrestore(&lock, flags);
		if (!IS_ERR(opened))
			fput(opened);
		fput(file);
		cond_resched();
	}
	WRITE_ONCE(worker, NULL);
}

static DECLARE_WORK(judge_work, judge_files);

int judge_queue(struct file *file)
{
	unsigned long flags;
	unsigned int i;
	int err = 0;

	spin_lock_irqsave(&lock, flags);
	for (i = 0; i < queue_len; i++)
		if (file_inode(queue[(queue_first + i) % QUEUE_MAX]) == file_inode(file))
			goto out;
	if (queue_len == QUEUE_MAX) {
		counters.lost++;
		err = -ENOSPC;
		goto out;
	}
	queue[(queue_first + queue_len) % QUEUE_MAX] = get_file(file);
	queue_len++;
	counters.queued++;
	queue_work(workqueue, &judge_work);
out:
	spin_unlock_irqrestore(&lock, flags);
	return err;
}

bool judge_is_worker(void)
{
	return READ_ONCE(worker) == current;
}

void judge_count(struct judge_counters *ret)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	*ret = counters;
	spin_unlock_irqrestore(&lock, flags);
}

int judge_init(void)
{
	/* Ordered: there is one worker at a time, and judge_is_worker() can name it. */
	workqueue = alloc_ordered_workqueue("interdict", 0);
	return workqueue ? 0 : -ENOMEM;
}

void judge_exit(void)
{
	destroy_workqueue(workqueue);
}
