// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders begin and end. The generation for the next date is prepared in the kernel, where a timer
 * switches to it whether we live or not; what is told and prepared after that is done here.
 */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

/* Not in older headers: see timerfd_create(2). */
#ifndef TFD_TIMER_CANCEL_ON_SET
#define TFD_TIMER_CANCEL_ON_SET (1 << 1)
#endif

/* A generation that waits takes as much memory as the active one: only for dates that a dead daemon
 * could miss. Until then we look once a day. */
#define AHEAD_MAX  (31 * 86400)
#define LOOK_AGAIN 86400
/* A clock that is further from the proved time than before is worth an event. NTP steps a clock by
 * less than that; a time zone's hour is not. */
#define APART_MIN 60
/* What a device may have been off before it is worth one: a month. */
#define OFF_MIN (31 * 86400)
/* Seconds between marks of the proved time; what a power cut can take from it. */
#define MARK_INTERVAL 600

/* ---- the clock ---- */

struct policy_device daemon_device(const struct daemon *d)
{
	struct policy_device device = { .labels = d->config.labels,
					.n_labels = d->config.n_labels };

	timekeeping_now(&d->clock, &device);
	device.record_only = d->glass_until && device.early <= d->glass_until;
	return device;
}

static void tell_clock(struct daemon *d, const char *text)
{
	daemon_log(LOG_WARNING, "%s", text);
	daemon_emit_policy(d, "clock", d->policy, NULL, text);
}

static void look_at_clock(struct daemon *d)
{
	int64_t ahead = timekeeping_ahead(&d->clock);
	char text[200];

	if (llabs(ahead - d->said_ahead) < APART_MIN)
		return;
	d->said_ahead = ahead;
	if (llabs(ahead) < APART_MIN)
		snprintf(text, sizeof(text), "the clock shows the proved time again");
	else
		snprintf(text, sizeof(text),
			 "the clock was set: it is %lld s %s the time that is proved to have come, "
			 "by which orders end%s",
			 (long long)llabs(ahead), ahead > 0 ? "ahead of" : "behind",
			 ahead > 0 ? "; by the clock they begin" : " and begin");
	tell_clock(d, text);
}

void daemon_mark_time(struct daemon *d)
{
	struct timekeeping_mark mark = timekeeping_mark_now(&d->clock);

	if (mark.time - d->store.mark.time < MARK_INTERVAL &&
	    !strcmp(mark.boot, d->store.mark.boot))
		return;
	daemon_store_write(d);
}

void daemon_clock_init(struct daemon *d)
{
	const struct timekeeping_mark *mark = &d->store.mark;
	struct policy_device device;
	char text[200];

	timekeeping_begin(&d->clock, mark);
	timekeeping_now(&d->clock, &device);
	look_at_clock(d);
	if (mark->time && strcmp(mark->boot, d->clock.boot) &&
	    device.early - mark->time > OFF_MIN) {
		snprintf(text, sizeof(text),
			 "by its clock this device was off for %lld days; dates are judged by it",
			 (long long)(device.early - mark->time) / 86400);
		tell_clock(d, text);
	}
}

/* ---- what changed ---- */

enum force { FORCE_NONE, FORCE_AUDIT, FORCE_ENFORCE };

static enum force force_of(const struct policy *policy, const struct policy_order *order,
			   const struct policy_device *device, char why[POLICY_WHY_MAX])
{
	if (!order || !policy_order_in_force(policy, order, device, why))
		return FORCE_NONE;
	if (policy_order_mode(policy, order) == POLICY_MODE_ENFORCE)
		return FORCE_ENFORCE;
	snprintf(why, POLICY_WHY_MAX, "its mode is audit: it records, and refuses nothing");
	return FORCE_AUDIT;
}

static void tell_order(struct daemon *d, const struct policy *policy, const char *id, bool more,
		       const char *why)
{
	char reason[POLICY_WHY_MAX + 64];

	snprintf(reason, sizeof(reason), "serial %llu%s%s", (unsigned long long)policy->serial,
		 *why ? ": " : "", why);
	daemon_log(LOG_NOTICE, "order %s %s: %s", id,
		   more ? "is in force from now on" : "is no longer in force", reason);
	daemon_emit_policy(d, more ? "begun" : "ended", policy, id, reason);
}

void daemon_tell_changes(struct daemon *d, const struct policy *before,
			 const struct policy_device *then)
{
	struct interdict_state *state = engine_state(d->engine);
	char why[POLICY_WHY_MAX], unused[POLICY_WHY_MAX];

	for (size_t i = 0; before && i < before->n_orders; i++) {
		const struct policy_order *was = &before->orders[i];
		const struct policy_order *is = policy_order_find(d->policy, was->id);
		enum force old = force_of(before, was, then, unused);
		enum force new = force_of(d->policy, is, &d->judged, why);

		if (!is)
			snprintf(why, sizeof(why), "it is no longer part of the policy");
		if (old != new)
			tell_order(d, d->policy, was->id, new > old, why);
	}
	for (size_t i = 0; before && before != d->policy && i < d->policy->n_orders; i++) {
		const struct policy_order *is = &d->policy->orders[i];

		if (!policy_order_find(before, is->id) && force_of(d->policy, is, &d->judged, why))
			tell_order(d, d->policy, is->id, true, why);
	}
	state->told.early = d->judged.early;
	state->told.late = d->judged.late;
}

/* ---- dates ---- */

/* The proved time of the next date of the active policy, or POLICY_TIME_MAX. */
static int64_t next_date(const struct daemon *d)
{
	if (!d->policy || d->switched.next == POLICY_TIME_MAX)
		return POLICY_TIME_MAX;
	return d->judged.early + d->switched.next;
}

/* The same, or of the end of a break-glass token, if that is earlier. */
static int64_t next_change(const struct daemon *d)
{
	int64_t next = next_date(d);

	return d->judged.record_only && d->glass_until < next ? d->glass_until + 1 : next;
}

static void set_timer(int fd, int flags, int64_t ns)
{
	const struct itimerspec when = { .it_value = { ns / 1000000000, ns % 1000000000 } };

	/* ECANCELED tells of a clock that was set before; the timer is set all the same. */
	if (timerfd_settime(fd, flags, &when, NULL) < 0 && errno != ECANCELED)
		daemon_log(LOG_ERR, "a timer of the orders' dates: %s", strerror(errno));
}

/* Have the kernel ready for the next date. */
static void prepare_next(struct daemon *d)
{
	/* Whatever date comes before: if nobody lives then, orders are to be enforced again. */
	int64_t next = d->judged.record_only ? d->glass_until + 1 : next_date(d);
	struct policy_device then = d->judged;
	struct engine_error err = { 0 };
	int ret;

	d->follows = false;
	if (next == POLICY_TIME_MAX ||
	    (!then.record_only && next - daemon_device(d).early > AHEAD_MAX))
		return;
	then.late += next - then.early;
	then.early = next;
	then.record_only = false;
	ret = engine_follow(d->engine, d->policy, &then,
			    (uint64_t)timekeeping_boottime_at(&d->clock, next), &err);
	d->follows = !ret;
	if (ret)
		daemon_log(ret == -EOPNOTSUPP ? LOG_NOTICE : LOG_ERR,
			   "the next date takes effect only if a daemon runs then: %s", err.text);
}

/* Set the timers for the next date of the active policy, and for a clock that is set. */
static void arm_boundary(struct daemon *d)
{
	int64_t next = next_change(d), look = daemon_device(d).early + LOOK_AGAIN;

	set_timer(d->boundary_fd, TFD_TIMER_ABSTIME,
		  timekeeping_boottime_at(&d->clock, next < look ? next : look));
	/* Never due: a clock that is set cancels it, and that is what it is for. */
	set_timer(d->jump_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, INT64_MAX);
}

int daemon_switch(struct daemon *d, const struct policy *policy, struct engine_switched *out,
		  struct engine_error *err)
{
	struct policy_device device = daemon_device(d);
	struct engine_error why = { 0 };
	int ret = -ENOENT;

	if (engine_outdated(d->engine) && !d->replace_failed) {
		ret = daemon_engine_replace(d, policy, &device, out, &why);
		d->replace_failed = ret != 0;
		if (ret)
			daemon_log(LOG_ERR, "the programs of the version before stay: %s",
				   why.text);
	}
	if (ret && d->engine)
		ret = engine_switch(d->engine, policy, &device, out, err);
	else if (ret)
		*err = why;
	if (!ret)
		d->judged = device;
	return ret;
}

void daemon_switched(struct daemon *d)
{
	prepare_next(d);
	arm_boundary(d);
	daemon_canary_try(d);
	daemon_running_switched(d);
}

/* Try again in some seconds. */
static void pass_later(struct daemon *d, const struct engine_error *err)
{
	daemon_log(LOG_ERR, "the orders' dates: %s; trying again", err->text);
	snprintf(d->last_error, sizeof(d->last_error), "%s", err->text);
	set_timer(d->boundary_fd, TFD_TIMER_ABSTIME,
		  timekeeping_boottime_at(&d->clock, daemon_device(d).early + 5));
}

void daemon_pass_boundary(struct daemon *d)
{
	struct interdict_state *state;
	struct engine_switched switched;
	struct engine_error err = { 0 };
	struct policy_device then = d->judged;

	if (!d->policy || !d->engine)
		return;
	state = engine_state(d->engine);
	/* The kernel may have switched since, and whoever told before may have been another daemon.
	 * The labels are those that the orders in force were chosen for. */
	then.early = state->told.early;
	then.late = state->told.late;
	if (daemon_switch(d, d->policy, &switched, &err)) {
		pass_later(d, &err);
		return;
	}
	d->switched = switched;
	if (d->glass_until && !d->judged.record_only)
		daemon_glass_over(d);
	daemon_tell_changes(d, then.early ? d->policy : NULL, &then);
	daemon_switched(d);
	daemon_notify(d);
}

static bool changed(const struct daemon *d)
{
	const struct policy_device now = daemon_device(d);

	if (d->judged.record_only != now.record_only)
		return true;
	for (size_t i = 0; i < d->policy->n_orders; i++)
		if (policy_order_applies(&d->policy->orders[i], &d->judged) !=
		    policy_order_applies(&d->policy->orders[i], &now))
			return true;
	return false;
}

/* See whether another order is in force than was judged, or another date is next. */
static void look(struct daemon *d)
{
	if (d->policy && d->engine) {
		if (changed(d)) {
			daemon_pass_boundary(d);
			return;
		}
		d->judged = daemon_device(d);
		d->switched.next = policy_changes_in(d->policy, &d->judged);
		prepare_next(d);
	}
	arm_boundary(d);
}

static int on_boundary(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	uint64_t times;

	(void)source;
	(void)revents;
	if (read(fd, &times, sizeof(times)) == sizeof(times))
		look(data);
	return 0;
}

static int on_jump(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	uint64_t times;

	(void)source;
	(void)revents;
	if (read(fd, &times, sizeof(times)) < 0 && errno != ECANCELED)
		return 0;
	look_at_clock(data);
	look(data);
	return 0;
}

int daemon_dates_init(struct daemon *d)
{
	int err;

	d->switched.next = POLICY_TIME_MAX;
	d->boundary_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	d->jump_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->boundary_fd < 0 || d->jump_fd < 0)
		return -errno;
	err = sd_event_add_io(d->loop, &d->boundary, d->boundary_fd, EPOLLIN, on_boundary, d);
	if (err >= 0)
		err = sd_event_add_io(d->loop, &d->jump, d->jump_fd, EPOLLIN, on_jump, d);
	if (err < 0)
		return err;
	arm_boundary(d);
	return 0;
}

void daemon_dates_fini(struct daemon *d)
{
	sd_event_source_disable_unref(d->boundary);
	sd_event_source_disable_unref(d->jump);
	if (d->boundary_fd >= 0)
		close(d->boundary_fd);
	if (d->jump_fd >= 0)
		close(d->jump_fd);
}
