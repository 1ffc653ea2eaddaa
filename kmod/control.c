// SPDX-License-Identifier: GPL-2.0-only
#include "control.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "abi.h"
#include "compat.h"
#include "filesystems.h"
#include "hold.h"
#include "identify.h"
#include "judge.h"
#include "keep.h"
#include "quiesce.h"
#include "seal.h"
#include "timer.h"
#include "tracing.h"

static_assert(sizeof(struct interdict_facts) == 16);
static_assert(sizeof(struct interdict_identify) == 96);
static_assert(sizeof(struct interdict_hold) == 264);
static_assert(sizeof(struct interdict_timer) == 16);
static_assert(sizeof(struct interdict_keep) == 8);
static_assert(sizeof(struct interdict_package) == 8 + INTERDICT_PACKAGE_LEN);
static_assert(sizeof(struct interdict_seal) == 48 + 16 * INTERDICT_ANCHORS_MAX);
static_assert(sizeof(struct interdict_anchor) == 16 + INTERDICT_ANCHOR_LEN);
static_assert(sizeof(struct interdict_disarm) == 40);

static struct dentry *directory, *control_file, *status_file;

static int get_facts(void __user *arg)
{
	const struct interdict_facts facts = {
		.abi = INTERDICT_ABI,
		.fmode_exec = (__force u32)FMODE_EXEC,
		.fmode_backing = (__force u32)COMPAT_FMODE_BACKING,
	};

	return copy_to_user(arg, &facts, sizeof(facts)) ? -EFAULT : 0;
}

/* A foreign file can be read only through an open of our own. */
static struct file *open_foreign(struct file *file)
{
	return dentry_open(&file->f_path, COMPAT_OPEN_QUIETLY, current_cred());
}

/* The file, whatever its descriptor can do. */
static int identify_any(struct file *file, u32 want, struct interdict_ids *ids,
			struct interdict_claims *claims)
{
	struct file *opened;
	int err;

	err = identify_file(file, want, false, ids, claims);
	if (err != -EAGAIN)
		return err;
	opened = open_foreign(file);
	if (IS_ERR(opened))
		return PTR_ERR(opened);
	err = identify_file(opened, want, true, ids, claims);
	fput(opened);
	return err;
}

static int package_any(struct file *file, struct interdict_package *package)
{
	struct file *opened;
	int err;

	err = identify_package(file, false, package->json, sizeof(package->json), &package->len);
	if (err != -EAGAIN)
		return err;
	opened = open_foreign(file);
	if (IS_ERR(opened))
		return PTR_ERR(opened);
	err = identify_package(opened, true, package->json, sizeof(package->json), &package->len);
	fput(opened);
	return err;
}

static int get_package(void __user *arg)
{
	struct interdict_package *package = memdup_user(arg, sizeof(*package));
	struct file *file;
	int err = -EBADF;

	if (IS_ERR(package))
		return PTR_ERR(package);
	file = fget_raw(package->fd);
	if (file) {
		err = package_any(file, package);
		fput(file);
	}
	if (copy_to_user(arg, package, sizeof(*package)))
		err = -EFAULT;
	kfree(package);
	return err;
}

static int identify_fd(s32 fd, u32 want, struct interdict_ids *ids, struct interdict_claims *claims)
{
	struct file *file = fget_raw(fd);
	int err;

	if (!file)
		return -EBADF;
	err = identify_any(file, want, ids, claims);
	fput(file);
	return err;
}

static int identify(void __user *arg)
{
	struct interdict_identify request;
	int err;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	err = identify_fd(request.fd, request.want, &request.ids, NULL);
	return copy_to_user(arg, &request, sizeof(request)) ? -EFAULT : err;
}

static int identify_claims(void __user *arg)
{
	struct interdict_identify_claims *request = memdup_user(arg, sizeof(*request));
	int err;

	if (IS_ERR(request))
		return PTR_ERR(request);
	err = identify_fd(request->fd, request->want, &request->identity.ids,
			  &request->identity.claims);
	if (copy_to_user(arg, request, sizeof(*request)))
		err = -EFAULT;
	kfree(request);
	return err;
}

static int hold(void __user *arg)
{
	struct interdict_hold request;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	return hold_links(&request);
}

static int set_timer(void __user *arg)
{
	struct interdict_timer request;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	return timer_set(&request);
}

static int seal(void __user *arg)
{
	struct interdict_seal *request = memdup_user(arg, sizeof(*request));
	int err;

	if (IS_ERR(request))
		return PTR_ERR(request);
	err = seal_anchors(request);
	if (copy_to_user(arg, request, sizeof(*request)))
		err = -EFAULT;
	kfree(request);
	return err;
}

static int get_anchor(void __user *arg)
{
	struct interdict_anchor *request = memdup_user(arg, sizeof(*request));
	int err;

	if (IS_ERR(request))
		return PTR_ERR(request);
	err = seal_get_anchor(request);
	if (!err && copy_to_user(arg, request, sizeof(*request)))
		err = -EFAULT;
	kfree(request);
	return err;
}

static int disarm(void __user *arg)
{
	struct interdict_disarm request;
	int err;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	err = seal_disarm(&request);
	if (!err && copy_to_user(arg, &request, sizeof(request)))
		err = -EFAULT;
	return err;
}

static int keep(void __user *arg)
{
	struct interdict_keep request;

	if (copy_from_user(&request, arg, sizeof(request)))
		return -EFAULT;
	return keep_file(&request);
}

static long control_ioctl(struct file *file, unsigned int command, unsigned long arg)
{
	void __user *user = (void __user *)arg;

	/* Of the one who calls: the descriptor may have been passed on. */
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;

	switch (command) {
	case INTERDICT_IOC_FACTS:
		return get_facts(user);
	case INTERDICT_IOC_IDENTIFY:
		return identify(user);
	case INTERDICT_IOC_CLAIMS:
		return identify_claims(user);
	case INTERDICT_IOC_PACKAGE:
		return get_package(user);
	case INTERDICT_IOC_HOLD:
		return hold(user);
	case INTERDICT_IOC_RELEASE:
		return hold_release();
	case INTERDICT_IOC_QUIESCE:
		return quiesce();
	case INTERDICT_IOC_TIMER:
		return set_timer(user);
	case INTERDICT_IOC_SEAL:
		return seal(user);
	case INTERDICT_IOC_ANCHOR:
		return get_anchor(user);
	case INTERDICT_IOC_DISARM:
		return disarm(user);
	case INTERDICT_IOC_KEEP:
		return keep(user);
	default:
		return -ENOTTY;
	}
}

static int control_open(struct inode *inode, struct file *file)
{
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static int status_show(struct seq_file *seq, void *unused)
{
	struct judge_counters counters;

	judge_count(&counters);
	seq_printf(seq, "abi %u\n", INTERDICT_ABI);
	seq_printf(seq, "module %s\n", THIS_MODULE->version ?: "-");
	seq_printf(seq, "judgements %llu\n", counters.queued);
	seq_printf(seq, "judgements-opened %llu\n", counters.opened);
	seq_printf(seq, "judgements-refused %llu\n", counters.refused);
	seq_printf(seq, "judgements-lost %llu\n", counters.lost);
	seq_printf(seq, "ftrace %s\n", tracing_is_held() ? "held" : "free");
	seq_printf(seq, "timer %llu\n", timer_due());
	seal_show(seq);
	keep_show(seq);
	hold_show(seq);
	return 0;
}

static int status_open(struct inode *inode, struct file *file)
{
	return single_open(file, status_show, NULL);
}

static const struct file_operations status_fops = {
	.owner = THIS_MODULE,
	.open = status_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

int control_init(void)
{
	int err;

	directory = securityfs_create_dir("interdict", NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	control_file = securityfs_create_file("control", 0600, directory, NULL, &control_fops);
	if (IS_ERR(control_file)) {
		err = PTR_ERR(control_file);
		goto err_directory;
	}
	status_file = securityfs_create_file("status", 0444, directory, NULL, &status_fops);
	if (IS_ERR(status_file)) {
		err = PTR_ERR(status_file);
		goto err_control;
	}
	return 0;

err_control:
	securityfs_remove(control_file);
err_directory:
	securityfs_remove(directory);
	return err;
}

void control_exit(void)
{
	securityfs_remove(status_file);
	securityfs_remove(control_file);
	securityfs_remove(directory);
}
