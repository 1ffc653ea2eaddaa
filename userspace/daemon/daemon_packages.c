// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Package rules while the daemon runs: when a package manager's database changes, the second thread
 * resolves them again (packages/package_resolve.h), and where that comes to something else, the
 * first one switches.
 *
 * inotify tells of changes at once; a look each second at the databases' times finds what it cannot
 * (a directory that was not there, an overflow). While a manager is at work its database changes
 * many times: between two resolutions is a multiple of what one took, so that most of the time goes
 * to the manager.
 */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lint/lint_needed.h"
#include "packages/package_resolve.h"

/* Between a change and the resolution: the next change is often some milliseconds behind it. */
#define WAIT_MIN_US 100000U
/* Between two resolutions: times what the last one took, and at most that. What is changed last
 * waits for a resolution that is under way, for this, and for its own: together within a second. */
#define WAIT_FACTOR 4U
#define WAIT_MAX_US 300000U
/* What a package that comes is compared with is read before one does, so long each second: a change
 * may have to wait for it. */
#define AHEAD_MS 200U
/* Without any change of a database: programs that replace their own files, and what is in users'
 * own Flatpak installations, are found then. */
#define LOOK_AGAIN_S 600

#define WATCHED (IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB)

static const char *const watched[] = {
	"/var/lib/dpkg",	 "/var/lib/dpkg/updates", "/var/lib/rpm",
	"/usr/lib/sysimage/rpm", "/var/lib/flatpak",	  "/var/lib/snapd",
};

/* ---- the second thread ---- */

int daemon_packages_resolve(struct policy *policy, struct package_report *report)
{
	/* A policy that is refused leaves what is kept as it was. */
	const struct package_resolve_options options = { .root = "",
							 .kept = PACKAGE_KEPT,
							 .later = true };

	return lint_needed_resolve(policy, &options, report);
}

/* Nobody is there to be told that the device needs it, as there was at the load: it is spared. */
void daemon_packages_again(struct daemon_load *load)
{
	struct lint_needed needed = { 0 };
	const struct package_resolve_options options = {
		.root = "",
		.kept = PACKAGE_KEPT,
		.later = true,
		.ahead_ms = AHEAD_MS,
		.spare = lint_needed_spare,
		.spare_homes = load->allow_critical,
		.unless = load->digest_before,
		.context = &needed,
	};

	load->err = package_resolve(load->resolves, &options, &load->resolution, &load->packages);
	if (!load->err)
		load->err = needed.err;
	lint_needed_free(&needed);
}

/* ---- the first thread ---- */

/* @said: what was said before. */
static void say_kept(const struct daemon *d, const char *said)
{
	if (*d->packages.kept_why && strcmp(d->packages.kept_why, said) != 0)
		daemon_log(LOG_WARNING, "what packages were resolved to is not kept: %s",
			   d->packages.kept_why);
}

static void say_broken(struct daemon *d, const struct package_report *before)
{
	enum package_type type;

	for (type = 0; type < PACKAGE_TYPE_COUNT; type++) {
		const char *why = d->packages.databases.of[type].why;

		if (d->packages.databases.of[type].state == PACKAGE_DATABASE_BROKEN &&
		    strcmp(why, before->databases.of[type].why) != 0)
			daemon_log(LOG_ERR,
				   "the database of %s packages cannot be read: %s; what it said "
				   "last, of %zu packages, holds",
				   package_type_name(type), why, d->packages.held[type]);
	}
	say_kept(d, before->kept_why);
}

size_t daemon_packages_degraded(const struct daemon *d, struct engine_degraded *reasons)
{
	enum package_type type;
	size_t n = 0;

	for (type = 0; type < PACKAGE_TYPE_COUNT; type++) {
		if (d->packages.databases.of[type].state != PACKAGE_DATABASE_BROKEN)
			continue;
		snprintf(
			reasons[n].text, sizeof(reasons[n].text),
			"the database of %s packages cannot be read: %.120s; what it said last, of "
			"%zu packages, holds",
			package_type_name(type), d->packages.databases.of[type].why,
			d->packages.held[type]);
		snprintf(reasons[n].remedy, sizeof(reasons[n].remedy),
			 "repair it, with the package manager's own tools");
		n++;
	}
	return n;
}

/* @report is the daemon's from now on. */
static void take_report(struct daemon *d, struct package_report *report)
{
	struct package_report before = d->packages;

	d->packages = *report;
	memset(report, 0, sizeof(*report));
	say_broken(d, &before);
	package_report_free(&before);
}

void daemon_packages_loaded(struct daemon *d, struct daemon_load *load)
{
	char said[PACKAGE_WHY_MAX];

	memcpy(said, d->packages.kept_why, sizeof(said));
	take_report(d, &load->packages);
	package_report_keep(&d->packages, PACKAGE_KEPT);
	say_kept(d, said);
	d->packages_mark = load->mark;
	d->packages_due = d->packages.resolved; /* see AHEAD_MS */
	d->packages_critical = load->allow_critical;
	if (!d->policy->resolution)
		return;
	daemon_log(LOG_NOTICE, "packages: %zu match, %zu rules of %zu files, %zu left out",
		   d->packages.packages, d->packages.rules, d->packages.files,
		   d->packages.left_out);
}

void daemon_packages_unloaded(struct daemon *d)
{
	package_report_free(&d->packages);
}

/* Switch to @resolution. On an error what was holds. */
static int change(struct daemon *d, struct policy_resolution *resolution)
{
	struct policy_resolution *before = d->policy->resolution;
	const struct policy_device then = d->judged;
	struct engine_switched switched;
	struct engine_error err = { 0 };
	int ret;

	d->policy->resolution = resolution;
	ret = daemon_switch(d, d->policy, &switched, &err);
	if (ret) {
		d->policy->resolution = before;
		daemon_log(LOG_ERR, "packages changed, and their rules could not: %s", err.text);
		snprintf(d->last_error, sizeof(d->last_error), "%s", err.text);
		return ret;
	}
	policy_resolution_free(before);
	d->switched = switched;
	daemon_tell_changes(d, d->policy, &then);
	daemon_switched(d);
	return 0;
}

static void tell(struct daemon *d)
{
	const struct package_report *r = &d->packages;

	daemon_log(LOG_NOTICE,
		   "packages changed: %zu match, %zu rules of %zu files, %zu left out; %llu ms",
		   r->packages, r->rules, r->files, r->left_out,
		   (unsigned long long)r->took_us / 1000);
	daemon_emit_resolved(d, r);
}

/* Nothing is switched and nothing was spared: what is active is as the one before said. */
static void stay(struct daemon *d, struct package_report *report)
{
	struct package_report *before = &d->packages;
	struct package_left_out *v = report->v;
	const size_t n = report->n;

	report->rules = before->rules;
	report->left_out = before->left_out;
	report->v = before->v;
	report->n = before->n;
	before->v = v;
	before->n = n;
}

static uint64_t now_us(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void daemon_packages_done(struct daemon *d, struct daemon_load *load)
{
	char said[PACKAGE_WHY_MAX];

	d->packages_ended = now_us();
	/* Another policy has become active, or none. */
	if (load->resolves != d->policy || !d->engine)
		return;
	if (load->err) {
		daemon_log(LOG_ERR, "packages could not be resolved: %s", strerror(-load->err));
		d->packages_due = true;
		return;
	}
	memcpy(said, d->packages.kept_why, sizeof(said));
	if (memcmp(load->packages.digest, d->packages.digest, sizeof(d->packages.digest)) != 0) {
		if (change(d, load->resolution)) {
			d->packages_due = true;
			return;
		}
		load->resolution = NULL;
		take_report(d, &load->packages);
		tell(d);
	} else {
		/* What it consisted of is remembered: that it goes, or is back, changes no rule. */
		const bool others = load->packages.present != d->packages.present;

		stay(d, &load->packages);
		take_report(d, &load->packages);
		if (others)
			tell(d);
	}
	d->packages_due = d->packages.ahead != 0;
	package_report_keep(&d->packages, PACKAGE_KEPT);
	say_kept(d, said);
	d->packages_mark = load->mark;
	daemon_check_degraded(d);
	daemon_notify(d);
}

static uint64_t wait_us(const struct daemon *d)
{
	uint64_t pause = d->packages.took_us * WAIT_FACTOR;
	uint64_t passed = now_us() - d->packages_ended;

	if (pause > WAIT_MAX_US)
		pause = WAIT_MAX_US;
	return pause < passed + WAIT_MIN_US ? WAIT_MIN_US : pause - passed;
}

static void resolve_soon(struct daemon *d)
{
	int enabled = SD_EVENT_OFF;

	if (!d->policy || !d->packages.resolved || !d->packages_timer ||
	    sd_event_source_get_enabled(d->packages_timer, &enabled) || enabled != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(d->packages_timer, wait_us(d));
	sd_event_source_set_enabled(d->packages_timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t now, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)now;
	if (!d->policy || !d->packages.resolved)
		return 0;
	/* A load resolves, too; another one that is under way is waited for. */
	if (d->running || d->loads) {
		resolve_soon(d);
		return 0;
	}
	if (!d->packages_due && package_databases_mark("") == d->packages_mark)
		return 0;
	d->packages_due = daemon_resolve(d) != 0;
	return 0;
}

static int on_change(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	char buf[4096];

	(void)source;
	(void)revents;
	while (read(fd, buf, sizeof(buf)) > 0)
		continue;
	resolve_soon(data);
	return 0;
}

/* Directories come and go; to watch one again changes nothing. */
static void watch(const struct daemon *d)
{
	size_t i;

	for (i = 0; d->packages_fd >= 0 && i < sizeof(watched) / sizeof(watched[0]); i++)
		inotify_add_watch(d->packages_fd, watched[i], WATCHED | IN_ONLYDIR);
}

void daemon_packages_look(struct daemon *d)
{
	if (!d->policy || !d->packages.resolved)
		return;
	watch(d);
	if ((int64_t)time(NULL) - d->packages.when >= LOOK_AGAIN_S)
		d->packages_due = true;
	if (d->packages_due || package_databases_mark("") != d->packages_mark)
		resolve_soon(d);
}

void daemon_packages_adopt(struct daemon *d)
{
	const struct package_resolve_options options = { .root = "",
							 .kept = PACKAGE_KEPT,
							 .only_kept = true };
	struct policy_resolution *resolution;
	struct package_report report;

	if (package_resolve(d->policy, &options, &resolution, &report)) {
		daemon_log(LOG_ERR, "out of memory");
		return;
	}
	policy_set_resolution(d->policy, resolution);
	take_report(d, &report);
	d->packages_due = d->packages.resolved;
}

int daemon_packages_init(struct daemon *d)
{
	int err;

	d->packages_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (d->packages_fd < 0)
		return -errno;
	err = sd_event_add_io(d->loop, &d->packages_source, d->packages_fd, EPOLLIN, on_change, d);
	if (err >= 0)
		err = sd_event_add_time_relative(d->loop, &d->packages_timer, CLOCK_MONOTONIC, 0,
						 10000, on_timer, d);
	if (err >= 0)
		err = sd_event_source_set_enabled(d->packages_timer, SD_EVENT_OFF);
	return err < 0 ? err : 0;
}

void daemon_packages_fini(struct daemon *d)
{
	sd_event_source_disable_unref(d->packages_source);
	sd_event_source_disable_unref(d->packages_timer);
	if (d->packages_fd >= 0)
		close(d->packages_fd);
	package_report_free(&d->packages);
}
