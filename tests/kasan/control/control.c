// SPDX-License-Identifier: GPL-2.0-only
/* Makes the mistake that it is loaded for, and does not stay. */
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *mistake = "";
module_param(mistake, charp, 0);

static int numbers[4];
static DEFINE_MUTEX(one);
static DEFINE_MUTEX(other);
static DEFINE_SPINLOCK(spin);

/* The compiler must not know better. */
static size_t hidden(size_t value)
{
	OPTIMIZER_HIDE_VAR(value);
	return value;
}

static void out_of_bounds(void)
{
	char *buf = kmalloc(40, GFP_KERNEL);

	if (!buf)
		return;
	((volatile char *)buf)[hidden(40)] = 1;
	kfree(buf);
}

static void lock_order(void)
{
	mutex_lock(&one);
	mutex_lock(&other);
	mutex_unlock(&other);
	mutex_unlock(&one);
	mutex_lock(&other);
	mutex_lock(&one);
	mutex_unlock(&one);
	mutex_unlock(&other);
}

static void sleep(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void list(void)
{
	LIST_HEAD(head);
	LIST_HEAD(entry);

	list_add(&entry, &head);
	list_add(&entry, &head);
}

static void array(void)
{
	((volatile int *)numbers)[0] = 0;
	numbers[hidden(4)] = 1;
}

static void leak(void)
{
	void *lost = kmalloc(40, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(lost);
}

static int __init control_init(void)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} mistakes[] = {
		{ "out-of-bounds", out_of_bounds },
		{ "lock-order", lock_order },
		{ "sleep", sleep },
		{ "list", list },
		{ "array", array },
		{ "leak", leak },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++)
		if (!strcmp(mistake, mistakes[i].name))
			mistakes[i].make();
	return -ECANCELED;
}
module_init(control_init);

MODULE_DESCRIPTION("mistakes that a checking kernel must report");
MODULE_LICENSE("GPL");
