// SPDX-License-Identifier: GPL-2.0-or-later
/* Orders begin and end: a timer for the next date, and a look at them when the clock is set. */
#include "daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

/* Not in older headers: see timerfd_create(2). */
#ifndef TFD_TIMER_CANCEL_ON_SET
#define TFD_TIMER_CANCEL_ON_SET (1 << 1)
#endif

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

void daemon_arm_boundary(struct daemon *d)
{
	struct itimerspec when = { 0 };

	/* Without a date the timer is armed all the same, for a year from now: a clock that is set
	 * cancels it, and tells us. */
	when.it_value.tv_sec =
		d->switched.next != POLICY_TIME_MAX ? d->switched.next : now_s() + 366 * 86400;
	if (when.it_value.tv_sec < 1)
		when.it_value.tv_sec = 1;
	/* ECANCELED tells of a clock that was set before; the timer is set all the same. */
	if (timerfd_settime(d->boundary_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &when,
			    NULL) < 0 &&
	    errno != ECANCELED)
		daemon_log(LOG_ERR, "the timer of the orders' dates: %s", strerror(errno));
}

static bool applies(const struct daemon *d, size_t i, int64_t when)
{
	return policy_order_applies(&d->policy->orders[i], d->config.labels, d->config.n_labels,
				    when);
}

int daemon_switch(struct daemon *d, const struct policy *policy, struct engine_switched *out,
		  struct engine_error *err)
{
	struct engine_context context = {
		.now = now_s(),
		.labels = d->config.labels,
		.n_labels = d->config.n_labels,
	};
	int ret = engine_switch(d->engine, policy, &context, out, err);

	if (!ret)
		d->judged = context.now;
	return ret;
}

void daemon_pass_boundary(struct daemon *d)
{
	struct engine_switched switched;
	struct engine_error err = { 0 };
	int64_t before = d->judged;

	if (!d->policy || !d->engine)
		return;
	if (daemon_switch(d, d->policy, &switched, &err)) {
		daemon_log(LOG_ERR, "the orders' dates: %s; trying again", err.text);
		snprintf(d->last_error, sizeof(d->last_error), "%s", err.text);
		d->switched.next = now_s() + 5;
		daemon_arm_boundary(d);
		return;
	}
	d->switched = switched;
	/* What was judged before a restart is not known. */
	for (size_t i = 0; before && i < d->policy->n_orders; i++) {
		bool was = applies(d, i, before), is = applies(d, i, d->judged);

		if (was == is)
			continue;
		daemon_log(LOG_NOTICE, "order %s %s", d->policy->orders[i].id,
			   is ? "is in force from now on" : "is no longer in force");
		daemon_emit_policy(d, is ? "begun" : "ended", d->policy, d->policy->orders[i].id,
				   NULL);
	}
	daemon_arm_boundary(d);
	daemon_notify(d);
}

static int on_boundary(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;
	uint64_t times;
	bool changed = false;

	(void)source;
	(void)revents;
	if (read(fd, &times, sizeof(times)) < 0 && errno != ECANCELED)
		return 0;
	if (!d->policy || !d->engine) {
		daemon_arm_boundary(d);
		return 0;
	}
	/* The clock was set: nothing to do where that changed no order. */
	for (size_t i = 0; i < d->policy->n_orders; i++)
		changed |= applies(d, i, d->judged) != applies(d, i, now_s());
	if (changed || now_s() >= d->switched.next)
		daemon_pass_boundary(d);
	else
		daemon_arm_boundary(d);
	return 0;
}

int daemon_dates_init(struct daemon *d)
{
	int err;

	d->switched.next = POLICY_TIME_MAX;
	d->boundary_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->boundary_fd < 0)
		return -errno;
	err = sd_event_add_io(d->loop, &d->boundary, d->boundary_fd, EPOLLIN, on_boundary, d);
	if (err < 0)
		return err;
	daemon_arm_boundary(d);
	return 0;
}

void daemon_dates_fini(struct daemon *d)
{
	sd_event_source_disable_unref(d->boundary);
	if (d->boundary_fd >= 0)
		close(d->boundary_fd);
}
