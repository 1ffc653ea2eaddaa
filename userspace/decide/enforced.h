/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy that is enforced now: what acts by it does nothing where there is none. */
#ifndef INTERDICT_ENFORCED_H
#define INTERDICT_ENFORCED_H

#include "active.h"

/*
 * The text of the policy that the kernel enforces (active_policy_find()), or with @path another one
 * as if it were. Returns 0 and fills *@ret (active_policy_free()); -ENOENT: none is enforced, or
 * who asks may not know; -ENOMEM; another -errno: its text cannot be had, see @errs.
 */
int enforced_policy_find(const char *path, const struct config *config, struct active_policy *ret,
			 struct policy_errors *errs);

#endif
