// SPDX-License-Identifier: GPL-2.0-or-later
#include "enforced.h"

#include <errno.h>
#include <stdlib.h>

static bool is_enforcing(struct engine *engine)
{
	struct engine_status *status = calloc(1, sizeof(*status));
	bool enforcing = false;

	if (status) {
		engine_status(engine, status);
		enforcing = status->policy.generation && status->enforcing;
	}
	free(status);
	return enforcing;
}

int enforced_policy_find(const char *path, const struct config *config, struct active_policy *ret,
			 struct policy_errors *errs)
{
	struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct engine *engine = NULL;
	struct engine_error engine_err;
	int err;

	if (engine_open(&takeover, &engine, &engine_err))
		engine = NULL;
	if (!path && !(engine && is_enforcing(engine)))
		err = -ENOENT;
	else
		err = active_policy_find(path, config, engine, ret, errs);
	/* Of a text that is not there: not what is said of no policy. */
	if (err == -ENOENT && (path || errs->n))
		err = -EIO;
	engine_close(engine);
	return err;
}
