// SPDX-License-Identifier: GPL-2.0-or-later
/* What outlives the daemon and the boot: the highest serial, the time, the text last accepted. */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "atomic_file.h"

int daemon_store_init(struct daemon *d)
{
	struct store_witness witnesses[3] = {
		{ .what = "the running policy" },
		{ .what = "the record" },
		/* The power may have gone between the text and the store. */
		{ .what = DAEMON_ACTIVE_DIR, .always = true },
	};
	struct engine_status status;
	int err;

	engine_status(d->engine, &status);
	witnesses[0].serial = status.policy.serial;
	witnesses[1].serial = store_serial_in_record(d->config.log_file);
	witnesses[2].serial = store_serial_of_text(DAEMON_ACTIVE_DIR);
	err = store_open(STORE_DIR, witnesses, 3, &d->store);
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

/* The new text takes the old one's place in one step; the old one is what is removed then. */
static bool keep_text(void)
{
	const char *copy = DAEMON_ACTIVE_DIR ".new";

	if (renameat2(AT_FDCWD, copy, AT_FDCWD, DAEMON_ACTIVE_DIR, RENAME_EXCHANGE) < 0 &&
	    rename(copy, DAEMON_ACTIVE_DIR) < 0)
		return false;
	return atomic_file_sync_parent(DAEMON_ACTIVE_DIR) == 0;
}

void daemon_store_accept(struct daemon *d, const struct policy *policy, bool copied)
{
	/* The text first: if the power goes between the two, the text's serial counts. */
	if (!copied || !keep_text()) {
		daemon_remove_tree(DAEMON_ACTIVE_DIR);
		daemon_log(LOG_WARNING, "the text of %s could not be kept in " DAEMON_ACTIVE_DIR,
			   d->policy_path);
	}
	store_accept(&d->store, policy);
	daemon_store_write(d);
}
