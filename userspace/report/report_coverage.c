// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the device was enforcing, and when that is not in the record.
 *
 * Only what a daemon wrote counts: start, stop, policy, degraded. A daemon that was killed wrote
 * no stop; nothing is known then from the last line before the next start. After a stop that says
 * so the kernel went on enforcing, at the latest until the device was shut down.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_internal.h"

static const char *const state_names[] = {
	[REPORT_ENFORCING] = "enforcing",
	[REPORT_DEGRADED] = "degraded",
	[REPORT_AUDITING] = "auditing",
	[REPORT_OFF] = "off",
	[REPORT_UNRECORDED] = "not recorded here: the kernel went on enforcing",
	[REPORT_UNKNOWN] = "not recorded",
};
_Static_assert(sizeof(state_names) / sizeof(*state_names) == REPORT_STATES, "a name each");

const char *report_state_name(enum report_state state)
{
	return state_names[state];
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* ---- stretches ---- */

static int add_span(struct report *r, int64_t begin, int64_t end)
{
	struct report_coverage *c = &r->coverage;
	struct report_span *spans;

	begin = begin > r->from ? begin : r->from;
	end = end < r->to ? end : r->to;
	if (begin >= end)
		return 0;
	c->total[c->state] += end - begin;
	if (c->n_spans && c->spans[c->n_spans - 1].end == begin &&
	    c->spans[c->n_spans - 1].state == c->state &&
	    !strcmp(c->spans[c->n_spans - 1].why, c->why)) {
		c->spans[c->n_spans - 1].end = end;
		return 0;
	}
	if (c->n_spans == REPORT_SPANS_MAX) {
		c->spans_left_out++;
		return 0;
	}
	spans = reallocarray(c->spans, c->n_spans + 1, sizeof(*spans));
	if (!spans)
		return -ENOMEM;
	c->spans = spans;
	spans[c->n_spans] = (struct report_span){ begin, end, c->state, strdup(c->why) };
	if (!spans[c->n_spans].why)
		return -ENOMEM;
	c->n_spans++;
	return 0;
}

static int become(struct report *r, int64_t time, enum report_state state, const char *why)
{
	struct report_coverage *c = &r->coverage;
	int err;

	/* A clock that was set back takes nothing away from what was. */
	if (time < c->at)
		time = c->at;
	err = add_span(r, c->at, time);
	c->at = time;
	c->state = state;
	snprintf(c->why, sizeof(c->why), "%s", why);
	return err;
}

/* What mode and degradation make of it. */
static int judge(struct report *r, int64_t time)
{
	const struct report_coverage *c = &r->coverage;
	const char *why = c->degraded ? c->degraded_why : "";

	if (!*c->mode || !strcmp(c->mode, "off"))
		return become(r, time, REPORT_OFF, *c->mode ? "mode off" : "no policy is active");
	if (c->off)
		return become(r, time, REPORT_OFF, why);
	if (!strcmp(c->mode, "audit"))
		return become(r, time, REPORT_AUDITING, why);
	if (!strcmp(c->mode, "enforce"))
		return become(r, time, c->degraded ? REPORT_DEGRADED : REPORT_ENFORCING, why);
	return become(r, time, REPORT_UNKNOWN, "a policy of a mode that the record does not say");
}

/* ---- policies ---- */

static void close_policy(struct report_coverage *c, int64_t time)
{
	if (c->open && c->policies)
		c->policies[c->n_policies - 1].end = time;
	c->open = false;
}

static int open_policy(struct report *r, int64_t time, const json_t *policy)
{
	struct report_coverage *c = &r->coverage;
	struct report_policy *last = c->n_policies ? &c->policies[c->n_policies - 1] : NULL;
	const char *name = text_of(policy, "name"), *digest = text_of(policy, "digest");
	json_int_t serial = json_integer_value(json_object_get(policy, "serial"));

	if (last && c->open && !strcmp(last->digest, digest) && !strcmp(last->mode, c->mode) &&
	    !strcmp(last->name, name) && last->serial == serial)
		return 0;
	close_policy(c, time);
	if (c->n_policies == REPORT_SPANS_MAX) {
		c->policies_left_out++;
		return 0;
	}
	last = reallocarray(c->policies, c->n_policies + 1, sizeof(*last));
	if (!last)
		return -ENOMEM;
	c->policies = last;
	last[c->n_policies] = (struct report_policy){
		time, QUERY_TIME_MAX, strdup(name), strdup(digest), strdup(c->mode), serial,
	};
	c->n_policies++;
	c->open = true;
	return last[c->n_policies - 1].name && last[c->n_policies - 1].digest &&
			       last[c->n_policies - 1].mode ?
		       0 :
		       -ENOMEM;
}

/* ---- events ---- */

static void set_mode(struct report_coverage *c, const json_t *event)
{
	const char *mode = text_of(event, "mode");

	/* Something is in force; what, it does not say. */
	if (!*mode && json_is_object(json_object_get(event, "policy")))
		mode = "?";
	snprintf(c->mode, sizeof(c->mode), "%s", mode);
}

static int start(struct report *r, int64_t time, const json_t *event)
{
	struct report_coverage *c = &r->coverage;
	const char *boot = text_of(event, "boot");
	int err = 0;

	if (c->running)
		err = become(r, c->last, REPORT_UNKNOWN,
			     "the daemon ended without saying so, after the last line before this");
	if (*c->boot && strcmp(c->boot, boot) != 0 && c->state == REPORT_UNRECORDED)
		snprintf(c->why, sizeof(c->why),
			 "the daemon was stopped, and then the device restarted");
	c->running = true;
	c->degraded = c->off = false;
	set_mode(c, event);
	snprintf(c->boot, sizeof(c->boot), "%s", boot);
	if (!err)
		err = judge(r, time);
	if (json_is_object(json_object_get(event, "policy")))
		return err ? err : open_policy(r, time, json_object_get(event, "policy"));
	close_policy(c, time);
	return err;
}

static int stop(struct report *r, int64_t time, const json_t *event)
{
	struct report_coverage *c = &r->coverage;

	c->running = false;
	if (json_is_true(json_object_get(event, "enforcing")))
		return become(r, time, REPORT_UNRECORDED, "the daemon was stopped");
	close_policy(c, time);
	return become(r, time, REPORT_OFF, "the daemon was stopped, and nothing was enforced");
}

static int change_policy(struct report *r, int64_t time, const json_t *event)
{
	const char *action = text_of(event, "action");
	struct report_coverage *c = &r->coverage;
	int err;

	if (!strcmp(action, "unloaded")) {
		*c->mode = '\0';
		close_policy(c, time);
		return become(r, time, REPORT_OFF, "switched off by request");
	}
	/* With a break-glass token the policy stays, in another mode, and comes back. */
	if (strcmp(action, "loaded") != 0 &&
	    ((strcmp(action, "armed") != 0 && strcmp(action, "disarmed") != 0) ||
	     !json_is_object(json_object_get(event, "policy"))))
		return 0;
	set_mode(c, event);
	err = open_policy(r, time, json_object_get(event, "policy"));
	return err ? err : judge(r, time);
}

static int degrade(struct report *r, int64_t time, const json_t *event)
{
	struct report_coverage *c = &r->coverage;
	const json_t *reasons = json_object_get(event, "reasons"), *reason;
	char *why = c->degraded_why;
	size_t used = 0, i;

	*why = '\0';
	c->degraded = json_array_size(reasons);
	c->off = json_is_false(json_object_get(event, "enforcing"));
	json_array_foreach(reasons, i, reason) if (used < sizeof(c->degraded_why)) used +=
		(size_t)snprintf(why + used, sizeof(c->degraded_why) - used, "%s%s", i ? "; " : "",
				 text_of(reason, "why"));
	return judge(r, time);
}

int report_coverage_add(struct report *r, const char *kind, int64_t time, const json_t *event)
{
	struct report_coverage *c = &r->coverage;
	int err = 0;

	if (time < r->to) {
		if (!strcmp(kind, "start"))
			err = start(r, time, event);
		else if (!strcmp(kind, "stop"))
			err = stop(r, time, event);
		else if (!strcmp(kind, "policy"))
			err = change_policy(r, time, event);
		else if (!strcmp(kind, "degraded"))
			err = degrade(r, time, event);
	}
	if (time > c->last)
		c->last = time;
	return err;
}

int report_coverage_end(struct report *r)
{
	struct report_coverage *c = &r->coverage;
	int err = 0;

	if (c->running && c->last < r->to)
		err = become(r, c->last, REPORT_UNKNOWN, "after the last line of the record");
	return err ? err : become(r, r->to, REPORT_UNKNOWN, "");
}

void report_coverage_free(struct report_coverage *c)
{
	for (size_t i = 0; i < c->n_spans; i++)
		free(c->spans[i].why);
	for (size_t i = 0; i < c->n_policies; i++) {
		free(c->policies[i].name);
		free(c->policies[i].digest);
		free(c->policies[i].mode);
	}
	free(c->spans);
	free(c->policies);
}
