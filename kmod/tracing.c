// SPDX-License-Identifier: GPL-2.0-only
#include "tracing.h"

#include <linux/ftrace.h>
#include <linux/printk.h>

static bool is_held;

#ifdef CONFIG_DYNAMIC_FTRACE

/* What is traced, so that an ftrace_ops with the flag can be registered: never called. */
static noinline void tracing_anchor(void)
{
	barrier();
}

static void notrace ignore(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			   struct ftrace_regs *regs)
{
}

static struct ftrace_ops ops = {
	.func = ignore,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

void tracing_hold(void)
{
	int err;

	err = ftrace_set_filter_ip(&ops, (unsigned long)tracing_anchor, 0, 0);
	if (!err)
		err = register_ftrace_function(&ops);
	if (err) {
		pr_notice(
			"interdict: kernel.ftrace_enabled is not held (error %d): setting it to 0 ends enforcement\n",
			err);
		ftrace_free_filter(&ops);
		return;
	}
	is_held = true;
}

void tracing_release(void)
{
	if (!is_held)
		return;
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
	is_held = false;
}

#else

void tracing_hold(void)
{
}

void tracing_release(void)
{
}

#endif

bool tracing_is_held(void)
{
	return is_held;
}
