// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether refusing works: the canary is tried at the start, after each switch, and every hour. */
#include "daemon.h"

#include <string.h>
#include <syslog.h>

/* Seconds between tries, and while one is not as it should be. */
#define TRY_EVERY 3600
#define TRY_AGAIN 60

static int64_t now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* Once, until it is refused again. What it means for enforcing, the event "degraded" says. */
static void tell(struct daemon *d, const struct canary *before)
{
	json_t *event;

	if (!canary_is_let_through(&d->canary) || canary_is_let_through(before))
		return;
	daemon_log(LOG_ERR, "%s", d->canary.why);
	event = event_begin(&d->origin, "tamper");
	if (event)
		json_object_set_new(event, "reason", json_string(d->canary.why));
	daemon_emit(d, event);
}

void daemon_canary_try(struct daemon *d)
{
	const struct canary before = d->canary;
	bool fine;

	if (!d->engine)
		return;
	canary_try(d->engine, &d->canary);
	fine = canary_is_fine(&d->canary);
	if (fine)
		d->canary_fine = d->canary.time;
	d->canary_due = now_s() + (fine ? TRY_EVERY : TRY_AGAIN);
	tell(d, &before);
}

void daemon_canary_off(struct daemon *d)
{
	memset(&d->canary, 0, sizeof(d->canary));
	d->canary_fine = 0;
	d->canary_due = 0;
}

void daemon_canary_look(struct daemon *d)
{
	if (now_s() >= d->canary_due)
		daemon_canary_try(d);
}

size_t daemon_canary_degraded(const struct daemon *d, struct engine_degraded *reason)
{
	if (canary_is_fine(&d->canary))
		return 0;
	snprintf(reason->text, sizeof(reason->text), "%s", d->canary.why);
	snprintf(reason->remedy, sizeof(reason->remedy), "%s", canary_remedy(&d->canary));
	return 1;
}
