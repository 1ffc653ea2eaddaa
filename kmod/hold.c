// SPDX-License-Identifier: GPL-2.0-only
/*
 * References on BPF links, so that enforcement outlives whoever set it up: no pin to remove, no
 * process to kill. The programs of a held link hold the module in turn.
 */
#include "hold.h"

#include <linux/bpf.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "seal.h"

static DEFINE_MUTEX(lock);
static struct bpf_link *held[INTERDICT_HOLD_MAX];
static u32 held_count;

/*
 * delete_module(2) refuses, forced or not, what another module uses. From when links are held to
 * when nothing refers to the module any more (programs of links that were let go run on for a
 * while) it is its own user: forced away it would leave programs that call into memory that is
 * gone. /proc/modules names it as its own user then. Nothing else reads the list of what a module
 * uses, and no other module can use this one, which exports nothing.
 */
#ifdef CONFIG_MODULE_UNLOAD

#define LEAVE_MS_MIN 10
#define LEAVE_MS_MAX 1000

#ifdef COMPAT_KNOWS_MODULE_USE
static_assert(sizeof(struct compat_module_use) == sizeof(struct module_use));
static_assert(offsetof(struct compat_module_use, source) == offsetof(struct module_use, source));
#endif

static struct compat_module_use own_use = { .source = THIS_MODULE, .target = THIS_MODULE };
static bool is_used;
static u32 leave_ms;

static void leave_if_unused(struct work_struct *unused);
static DECLARE_DELAYED_WORK(leave_work, leave_if_unused);

/* Of a reference nobody is told when it goes: look again, ever less often. */
static void leave_if_unused(struct work_struct *unused)
{
	mutex_lock(&lock);
	if (is_used && !held_count) {
		if (module_refcount(THIS_MODULE)) {
			schedule_delayed_work(&leave_work, msecs_to_jiffies(leave_ms));
			leave_ms = min_t(u32, 2 * leave_ms, LEAVE_MS_MAX);
		} else {
			list_del_rcu(&own_use.source_list);
			is_used = false;
		}
	}
	mutex_unlock(&lock);
}

/* With the lock. Others read the list without it. */
static void stay(bool held)
{
	if (!held) {
		leave_ms = LEAVE_MS_MIN;
		schedule_delayed_work(&leave_work, msecs_to_jiffies(leave_ms));
	} else if (!is_used) {
		list_add_rcu(&own_use.source_list, &THIS_MODULE->source_list);
		is_used = true;
	}
}

/* Before the module goes: it is not its own user any more, but that may only just have been done.
 */
static void stay_exit(void)
{
	cancel_delayed_work_sync(&leave_work);
}

#else

static void stay(bool held)
{
}

static void stay_exit(void)
{
}

#endif

static void put_links(struct bpf_link **links, u32 count)
{
	while (count--)
		bpf_link_put(links[count]);
}

/* Whether each link that is held is among these. */
static bool keeps_all(struct bpf_link *const *links, u32 count)
{
	u32 i, j;

	for (i = 0; i < held_count; i++) {
		for (j = 0; j < count && links[j] != held[i]; j++)
			;
		if (j == count)
			return false;
	}
	return true;
}

int hold_links(const struct interdict_hold *hold)
{
	struct bpf_link *links[INTERDICT_HOLD_MAX] = {};
	u32 i;
	int err;

	if (hold->count < 1 || hold->count > INTERDICT_HOLD_MAX || hold->reserved)
		return -EINVAL;
	for (i = 0; i < hold->count; i++) {
		links[i] = bpf_link_get_from_fd(hold->link_fd[i]);
		if (IS_ERR(links[i])) {
			err = PTR_ERR(links[i]);
			put_links(links, i);
			return err;
		}
		if (links[i]->id != hold->link_id[i]) {
			put_links(links, i + 1);
			return -EINVAL;
		}
	}

	mutex_lock(&lock);
	err = keeps_all(links, hold->count) ? 0 : seal_release(true);
	if (err) {
		mutex_unlock(&lock);
		put_links(links, hold->count);
		return err;
	}
	for (i = 0; i < INTERDICT_HOLD_MAX; i++)
		swap(links[i], held[i]);
	i = held_count;
	held_count = hold->count;
	if (!i)
		stay(true);
	mutex_unlock(&lock);
	put_links(links, i);
	return 0;
}

int hold_release(void)
{
	int err;

	mutex_lock(&lock);
	err = held_count ? seal_release(false) : 0;
	if (!err && held_count) {
		stay(false);
		put_links(held, held_count);
		held_count = 0;
	}
	mutex_unlock(&lock);
	return err;
}

void hold_exit(void)
{
	mutex_lock(&lock);
	put_links(held, held_count);
	held_count = 0;
	mutex_unlock(&lock);
	stay_exit();
}

void hold_show(struct seq_file *seq)
{
	u32 i;

	mutex_lock(&lock);
	seq_printf(seq, "held %u\n", held_count);
	for (i = 0; i < held_count; i++)
		seq_printf(seq, "link %u\n", held[i]->id);
	mutex_unlock(&lock);
}

COMPAT_IMPORT_BPF_INTERNAL();
