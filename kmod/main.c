// SPDX-License-Identifier: GPL-2.0-only
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

static int __init interdict_init(void)
{
	return 0;
}

static void __exit interdict_exit(void)
{
}

module_init(interdict_init);
module_exit(interdict_exit);
MODULE_DESCRIPTION("Interdict: identifies files");
MODULE_LICENSE("GPL");
