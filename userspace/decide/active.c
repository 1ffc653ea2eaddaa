// SPDX-License-Identifier: GPL-2.0-or-later
#include "active.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "keep/last_good.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "packages/package_resolve.h"

/* Load the configured text, or the one accepted last, if it is that of the active policy. */
static bool load_active(const struct config *config, const struct store *store,
			const uint8_t digest[32], struct policy **policy)
{
	struct policy_errors errs = { 0 };
	int err = store ? last_good_load(store, config->trust, policy, &errs) :
			  policy_load(config->policy, config->trust, time(NULL),
				      POLICY_UNENFORCED_KEEP, policy, &errs);

	policy_errors_free(&errs);
	if (!err && memcmp((*policy)->digest, digest, 32) == 0)
		return true;
	if (!err)
		policy_free(*policy);
	return false;
}

static int find_policy(const char *path, const struct config *config,
		       const struct interdict_head *head, struct active_policy *ret,
		       struct policy_errors *errs)
{
	struct store store;
	int err;

	ret->remark = NULL;
	if (!path && head->generation &&
	    (load_active(config, NULL, head->digest, &ret->policy) ||
	     (!store_open(STORE_DIR, NULL, 0, &store) &&
	      load_active(config, &store, head->digest, &ret->policy))))
		return 0;
	err = policy_load(path ? path : config->policy, config->trust, time(NULL),
			  POLICY_UNENFORCED_KEEP, &ret->policy, errs);
	if (path)
		ret->remark = "this is what it would do; what is active may differ";
	else if (!head->generation)
		ret->remark = "no policy is active: this is what the configured one would do";
	else
		ret->remark = "the active policy's text was changed since it was loaded: this is "
			      "what the text says now";
	return err;
}

/* The time that the kernel chose orders for, or where another policy is asked about, now. */
static void when(const struct interdict_head *head, const char *remark,
		 struct policy_device *device)
{
	struct timekeeping clock;
	struct store store;

	if (!remark && head->generation) {
		device->early = head->early;
		device->late = head->late;
		return;
	}
	timekeeping_begin(&clock, store_open(STORE_DIR, NULL, 0, &store) ? NULL : &store.mark);
	timekeeping_now(&clock, device);
}

/* What its package rules stand for: of the @active policy, as it was resolved last. Without it,
 * what they would match is not known, and so not said. */
static void resolve(struct policy *policy, bool active)
{
	struct package_resolve_options options = {
		.root = "", .kept = PACKAGE_KEPT, .only_kept = active, .dry = true
	};
	struct policy_resolution *resolution;
	struct package_report report;

	if (active && access(PACKAGE_KEPT, R_OK))
		options.only_kept = false;
	if (package_resolve(policy, &options, &resolution, &report))
		return;
	policy_set_resolution(policy, resolution);
	package_report_free(&report);
}

int active_policy_find(const char *path, const struct config *config, struct engine *engine,
		       struct active_policy *ret, struct policy_errors *errs)
{
	struct engine_status *status = calloc(1, sizeof(*status));
	struct active_policy active = {
		.device = { .labels = config->labels, .n_labels = config->n_labels },
	};
	int err;

	if (!status)
		return -ENOMEM;
	if (engine)
		engine_status(engine, status);
	err = find_policy(path, config, &status->policy, &active, errs);
	if (!err) {
		when(&status->policy, active.remark, &active.device);
		resolve(active.policy, !active.remark);
		*ret = active;
	}
	free(status);
	return err;
}

void active_policy_free(struct active_policy *active)
{
	policy_free(active->policy);
	active->policy = NULL;
}
