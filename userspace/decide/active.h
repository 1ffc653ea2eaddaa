/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy to judge by when a person asks: the text of the one that the kernel enforces, and the
 * time that it chose its orders for; or another policy, as of now.
 */
#ifndef INTERDICT_ACTIVE_H
#define INTERDICT_ACTIVE_H

#include "config.h"
#include "engine/engine.h"
#include "policy/policy.h"

struct active_policy {
	struct policy *policy;	     /* owned */
	struct policy_device device; /* its labels are the configuration's */
	const char *remark; /* where this is not what is enforced: a sentence without its dot; NULL
			     */
};

/*
 * Find it. @path: the directory or bundle of another policy, or NULL: the active one, from the
 * configured place, or where that was changed since it was loaded, from the copy that the daemon
 * keeps; with what its package rules stand for. @engine: NULL where nothing runs or may be asked;
 * then the configured one is what there is. Returns 0 and fills *@ret (active_policy_free());
 * -ENOMEM; another -errno of policy_load(), with what is wrong in @errs.
 */
int active_policy_find(const char *path, const struct config *config, struct engine *engine,
		       struct active_policy *ret, struct policy_errors *errs);
void active_policy_free(struct active_policy *active);

#endif
