// SPDX-License-Identifier: GPL-2.0-or-later
/* What outlives the daemon and the boot: the highest serial, the time, the text last accepted. */
#include "daemon.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "keep/last_good.h"

int daemon_store_init(struct daemon *d)
{
	struct engine_status status;
	int err;

	engine_status(d->engine, &status);
	err = last_good_open_store(STORE_DIR, status.policy.serial, d->config.log_file,
				   d->config.trust, &d->store);
	if (!err && d->store.why[0])
		daemon_log(LOG_WARNING, "%s", d->store.why);
	return err;
}

void daemon_store_write(struct daemon *d)
{
	int err;

	/* What was lost stays to be seen until somebody takes it away. */
	if (d->store.health == STORE_LOST)
		return;
	d->store.mark = timekeeping_mark_now(&d->clock);
	err = store_write(&d->store);
	if (err && err != d->store_err)
		daemon_log(LOG_ERR,
			   STORE_DIR "/store cannot be written: %s; after a reboot an older "
				     "serial may be accepted",
			   strerror(-err));
	d->store_err = err;
}

void daemon_store_accept(struct daemon *d, const struct policy *policy, bool copied)
{
	/* The text first: if the power goes between the two, the text's serial counts. */
	if (!copied || last_good_replace(d->store.dir)) {
		last_good_remove(d->store.dir);
		daemon_log(LOG_WARNING, "the text of %s could not be kept in " LAST_GOOD,
			   d->policy_path);
	}
	store_accept(&d->store, policy, daemon_device(d).late);
	daemon_store_write(d);
}
