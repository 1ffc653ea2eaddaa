// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Removal: orders that say `installed: remove` are carried out after their grace, and what was
 * removed, by whomever, is recorded.
 *
 * The work is another process's, `interdict remove --yes --unattended`: it looks at all files, and
 * package managers run what packages bring with them. Under systemd it is a service of its own,
 * which has the rights that they need and goes on when the daemon ends; elsewhere a child.
 *
 * An order is carried out when its grace is over, which begins when a daemon first sees it in force
 * (a restarted one begins anew); then for packages whenever their databases changed, after the
 * grace; and for files once a day. Which runs were cut off, their files tell: these are run again
 * sooner.
 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <systemd/sd-daemon.h>

#include "packages/package_resolve.h"
#include "remove/remove_event.h"
#include "remove/remove_run.h"

/* Seconds between runs that look at all files, and before one that was cut off. */
#define AGAIN 86400
#define SOON  600
/* Events that are recorded in one turn: each is written to the disk. */
#define EVENTS_MAX 16

struct removal {
	char order[POLICY_ID_MAX + 1];
	int64_t files_due, packages_due; /* CLOCK_BOOTTIME, seconds; packages 0: nothing changed */
	bool seen;
};

struct daemon_removals {
	struct removal *v;
	size_t n;
	uint64_t generation; /* that the list was made for */
	uint64_t mark;	     /* of the packages' databases */
};

static int64_t boottime(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* ---- what was removed ---- */

static int record_one(void *context, const json_t *members)
{
	struct daemon *d = context;
	json_t *event = event_begin(&d->origin, "removed");

	if (!event || json_object_update(event, (json_t *)members) < 0) {
		json_decref(event);
		return -ENOMEM;
	}
	daemon_emit(d, event);
	/* It waits where it was, not here: this may end before it is written. */
	if (json_array_size(d->pending)) {
		json_array_clear(d->pending);
		return -EAGAIN;
	}
	return record_sync(d->record);
}

static void record_removed(struct daemon *d)
{
	unsigned int bad;

	if (!d->record || d->record_err || json_array_size(d->pending))
		return;
	remove_event_take(REMOVE_EVENTS_DIR, EVENTS_MAX, record_one, d, &bad);
	if (bad)
		daemon_log(LOG_ERR,
			   "%u files in " REMOVE_EVENTS_DIR " are no events: renamed to .bad", bad);
}

/* ---- which orders are due ---- */

static struct removal *find(struct daemon_removals *removals, const char *order)
{
	for (size_t i = 0; i < removals->n; i++)
		if (!strcmp(removals->v[i].order, order))
			return &removals->v[i];
	return NULL;
}

static void see_order(struct daemon_removals *removals, const struct policy_order *order)
{
	struct removal *removal = find(removals, order->id);

	if (!removal) {
		removal = reallocarray(removals->v, removals->n + 1, sizeof(*removal));
		if (!removal)
			return; /* the next policy or day finds it */
		removals->v = removal;
		removal = &removals->v[removals->n++];
		*removal = (struct removal){ .files_due = boottime() + order->grace };
		strcpy(removal->order, order->id);
	}
	removal->seen = true;
}

/* The orders of the policy as it is in force now: those that stay keep their time. */
static void see_orders(struct daemon *d)
{
	struct daemon_removals *removals = d->removals;
	char why[POLICY_WHY_MAX];
	size_t n = 0;

	for (size_t i = 0; i < removals->n; i++)
		removals->v[i].seen = false;
	for (size_t i = 0; d->policy && i < d->policy->n_orders; i++) {
		const struct policy_order *order = &d->policy->orders[i];

		if (order->installed_remove && !d->judged.record_only &&
		    policy_order_mode(d->policy, order) == POLICY_MODE_ENFORCE &&
		    policy_order_in_force(d->policy, order, &d->judged, why))
			see_order(removals, order);
	}
	for (size_t i = 0; i < removals->n; i++)
		if (removals->v[i].seen)
			removals->v[n++] = removals->v[i];
	removals->n = n;
}

static uint32_t grace_of(const struct daemon *d, const char *order)
{
	for (size_t i = 0; d->policy && i < d->policy->n_orders; i++)
		if (!strcmp(d->policy->orders[i].id, order))
			return d->policy->orders[i].grace;
	return POLICY_GRACE_DEFAULT;
}

/* A package came, or went. */
static void see_packages(struct daemon *d)
{
	struct daemon_removals *removals = d->removals;
	uint64_t mark = package_databases_mark("");

	if (removals->mark && mark != removals->mark)
		for (size_t i = 0; i < removals->n; i++) {
			struct removal *removal = &removals->v[i];

			if (!removal->packages_due)
				removal->packages_due = boottime() + grace_of(d, removal->order);
		}
	removals->mark = mark;
}

/* ---- starting it ---- */

static int on_end(sd_event_source *source, const siginfo_t *info, void *data)
{
	(void)data;
	/* Of systemd-run this is whether it could be started at all. */
	if (info->si_code != CLD_EXITED || info->si_status)
		daemon_log(LOG_WARNING,
			   "a removal ended with %s %d: `interdict remove' shows what stays",
			   info->si_code == CLD_EXITED ? "status" : "signal", info->si_status);
	sd_event_source_unref(source);
	return 0;
}

static int start_process(struct daemon *d, char **argv)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t pid;
	int err;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attributes);
	/* Its own session: it is not to end with us. */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	err = -posix_spawnp(&pid, argv[0], &files, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		return err;
	err = sd_event_add_child(d->loop, NULL, pid, WEXITED, on_end, NULL);
	return err < 0 ? err : 0;
}

/* For those that are due: for packages and files, or packages alone. One process for all, so that
 * files are looked at once. */
static void start(struct daemon *d, bool files, int64_t now)
{
	struct daemon_removals *removals = d->removals;
	char self[PATH_MAX], unit[64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char **argv = calloc(16 + 2 * removals->n, sizeof(*argv));
	size_t n = 0, orders = 0;
	int err = -ENOMEM;

	self[len > 0 ? len : 0] = '\0';
	snprintf(unit, sizeof(unit), "--unit=interdict-remove-%lld%s", (long long)now,
		 files ? "" : "-packages");
	if (argv) {
		if (sd_booted() > 0) {
			argv[n++] = "systemd-run";
			argv[n++] = "--quiet";
			argv[n++] = "--no-block";
			argv[n++] = "--collect";
			argv[n++] = unit;
			argv[n++] = "--description=Removal of what ban orders name";
			argv[n++] = "--";
		}
		argv[n++] = self;
		argv[n++] = "remove";
		argv[n++] = "--yes";
		argv[n++] = "--unattended";
		if (!files)
			argv[n++] = "--packages";
		for (size_t i = 0; i < removals->n; i++) {
			struct removal *removal = &removals->v[i];

			if (files ? removal->files_due > now :
				    !removal->packages_due || removal->packages_due > now)
				continue;
			argv[n++] = "--order";
			argv[n++] = removal->order;
			removal->packages_due = 0;
			if (files)
				removal->files_due = now + AGAIN;
			orders++;
		}
		err = orders ? start_process(d, argv) : 0;
	}
	free(argv);
	if (err)
		daemon_log(LOG_ERR, "a removal could not be started: %s", strerror(-err));
	else if (orders)
		daemon_log(LOG_NOTICE, "what %zu orders name is removed: %s", orders,
			   files ? "packages and files" : "packages");
}

/* A removal that nobody is at any more. */
static bool is_cut_off(void)
{
	int lock = remove_is_cut_off(REMOVE_DIR) ? remove_lock(REMOVE_DIR, false) : -EBUSY;

	if (lock >= 0)
		close(lock);
	return lock >= 0;
}

static void start_due(struct daemon *d)
{
	struct daemon_removals *removals = d->removals;
	int64_t now = boottime();

	/* One that was cut off is finished by whichever comes next. */
	if (removals->v[0].files_due > now + SOON && is_cut_off())
		removals->v[0].files_due = now + SOON;
	start(d, true, now);
	start(d, false, now);
}

/* ---- */

void daemon_remove_tick(struct daemon *d)
{
	if (!d->removals)
		d->removals = calloc(1, sizeof(*d->removals));
	record_removed(d);
	if (!d->removals)
		return;
	if (d->removals->generation != d->switched.generation) {
		d->removals->generation = d->switched.generation;
		see_orders(d);
	}
	if (!d->removals->n)
		return;
	see_packages(d);
	start_due(d);
}

void daemon_remove_fini(struct daemon *d)
{
	if (d->removals)
		free(d->removals->v);
	free(d->removals);
	d->removals = NULL;
}
