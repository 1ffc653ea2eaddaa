/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that is to be removed from this device, as a plan. */
#ifndef INTERDICT_REMOVE_FIND_H
#define INTERDICT_REMOVE_FIND_H

#include <stdatomic.h>

#include "remove_plan.h"

struct remove_find_options {
	struct remove_plan_options plan; /* but for needed, which is found */
	char **paths; /* where files are looked for; n_paths 0: all local file systems */
	size_t n_paths;
	bool packages;	   /* packages only */
	const char *cache; /* of scans (scan_cache.h), or NULL */
	unsigned int threads;
	const _Atomic bool *stop;
	/* What could not be looked at, and why; may be NULL. */
	void (*problem)(void *context, const char *path, int err, const char *why);
	void *context;
};

/*
 * Look for packages and files that @policy bans on @device. Returns 0 and sets *@plan; -ECANCELED:
 * it was stopped; -ENOMEM; another -errno. A path that is not there is a problem.
 */
int remove_find(const struct policy *policy, const struct policy_device *device,
		const struct remove_find_options *options, json_t **plan);

#endif
