// SPDX-License-Identifier: GPL-2.0-only
/*
 * interdict.ko: identifies files for BPF programs and user space, and holds what must not go away.
 * It knows no rules.
 */
#include <linux/module.h>

#include "abi.h"
#include "control.h"
#include "hold.h"
#include "judge.h"
#include "keep.h"
#include "kfuncs.h"
#include "quiesce.h"
#include "seal.h"
#include "sha256.h"
#include "timer.h"
#include "tracing.h"
#include "verity.h"

static int __init interdict_init(void)
{
	int err;

	err = sha256_allocate();
	if (err)
		goto err_out;
	err = verity_init();
	if (err)
		goto err_sha256;
	err = judge_init();
	if (err)
		goto err_verity;
	timer_init();
	err = control_init();
	if (err)
		goto err_judge;
	tracing_hold();
	/* Last: there is no taking them back. */
	err = kfuncs_init();
	if (err)
		goto err_control;
	return 0;

err_control:
	tracing_release();
	control_exit();
	timer_exit();
	keep_release();
	hold_exit();
	seal_exit();
err_judge:
	quiesce_exit();
	judge_exit();
err_verity:
	verity_exit();
err_sha256:
	sha256_free();
err_out:
	pr_err("interdict: not loaded: error %d\n", err);
	return err;
}

static void __exit interdict_exit(void)
{
	tracing_release();
	control_exit();
	timer_exit();
	keep_release();
	hold_exit();
	seal_exit();
	quiesce_exit();
	judge_exit();
	verity_exit();
	sha256_free();
}

module_init(interdict_init);
module_exit(interdict_exit);

MODULE_DESCRIPTION("Identifies files for ban orders");
MODULE_AUTHOR("The Interdict authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(INTERDICT_VERSION);
