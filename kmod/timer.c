// SPDX-License-Identifier: GPL-2.0-only
/*
 * A timer for what has to happen at its time also where no process is left to do it. The module
 * does not know what that is: a BPF program is attached to interdict_tick().
 */
#include "timer.h"

#include <linux/hrtimer.h>
#include <linux/mutex.h>

#include "compat.h"

static DEFINE_MUTEX(lock);
static struct hrtimer timer;
static u64 due;

/* Of global linkage, so that it keeps its name and its place in the module's BTF. */
noinline void interdict_tick(void);
noinline void interdict_tick(void)
{
	barrier();
}

static enum hrtimer_restart on_time(struct hrtimer *unused)
{
	interdict_tick();
	WRITE_ONCE(due, 0);
	return HRTIMER_NORESTART;
}

int timer_set(const struct interdict_timer *request)
{
	if (request->boottime < 0 || request->reserved)
		return -EINVAL;
	mutex_lock(&lock);
	hrtimer_cancel(&timer);
	WRITE_ONCE(due, request->boottime);
	if (request->boottime)
		hrtimer_start(&timer, ns_to_ktime(request->boottime), HRTIMER_MODE_ABS);
	mutex_unlock(&lock);
	return 0;
}

u64 timer_due(void)
{
	return READ_ONCE(due);
}

void timer_init(void)
{
	compat_hrtimer_setup(&timer, on_time, CLOCK_BOOTTIME, HRTIMER_MODE_ABS);
}

void timer_exit(void)
{
	hrtimer_cancel(&timer);
}
