// SPDX-License-Identifier: GPL-2.0-only
#include "quiesce.h"

#include <linux/completion.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/srcu.h> /* 7.x: the next one lacks it */
#include <linux/rcupdate_trace.h>

/* Shared by the caller and the callback; freed by the one that comes last. */
struct waiter {
	struct rcu_head rcu;
	struct completion done;
	refcount_t users;
};

static void waiter_put(struct waiter *waiter)
{
	if (refcount_dec_and_test(&waiter->users))
		kfree(waiter);
}

static void waiter_done(struct rcu_head *rcu)
{
	struct waiter *waiter = container_of(rcu, struct waiter, rcu);

	complete(&waiter->done);
	waiter_put(waiter);
}

int quiesce(void)
{
	struct waiter *waiter = kmalloc(sizeof(*waiter), GFP_KERNEL);
	int err;

	if (!waiter)
		return -ENOMEM;
	init_completion(&waiter->done);
	refcount_set(&waiter->users, 2);
	call_rcu_tasks_trace(&waiter->rcu, waiter_done);
	err = wait_for_completion_killable(&waiter->done) ? -EINTR : 0;
	waiter_put(waiter);
	return err;
}

void quiesce_exit(void)
{
	rcu_barrier_tasks_trace();
}
