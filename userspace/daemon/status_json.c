// SPDX-License-Identifier: GPL-2.0-or-later
#include "status_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "escape.h"
#include "events/event_line.h"
#include "running/running_early.h"

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

/* CLOCK_BOOTTIME in ns by today's clock; null: 0. */
static json_t *boottime_json(uint64_t boottime)
{
	struct timespec now;
	char text[21];

	if (!boottime)
		return json_null();
	clock_gettime(CLOCK_BOOTTIME, &now);
	policy_format_time(time(NULL) - now.tv_sec + (int64_t)(boottime / 1000000000), text);
	return json_string(text);
}

static json_t *hooks_json(const struct engine_status *status)
{
	json_t *hooks = json_array();

	for (size_t i = 0; i < status->n_hooks; i++)
		json_array_append_new(hooks,
				      json_pack("{s:s, s:s, s:b}", "name", status->hooks[i].name,
						"duty", status->hooks[i].duty, "attached",
						status->hooks[i].attached));
	return hooks;
}

static json_t *degraded_json(const struct engine_status *status)
{
	json_t *degraded = json_array();

	for (size_t i = 0; i < status->n_degraded; i++)
		json_array_append_new(degraded,
				      json_pack("{s:s, s:s}", "why", status->degraded[i].text, "do",
						status->degraded[i].remedy));
	return degraded;
}

static json_t *policy_json(const struct interdict_head *head)
{
	json_t *policy;

	if (!head->generation)
		return json_null();
	policy = event_policy_json(head->name, head->serial, head->digest);
	if (policy) {
		json_object_set_new(policy, "generation", number(head->generation));
		json_object_set_new(policy, "orders", json_integer(head->orders));
	}
	return policy;
}

json_t *status_json(const struct engine_status *status)
{
	static const struct engine_status nothing;
	const struct engine_status *s = status ? status : &nothing;
	const struct interdict_counters *c = &s->counters;
	const struct interdict_consumer *d = &s->consumer;
	int64_t waiting = (int64_t)(c->emitted - d->recorded - d->summarised - d->dropped);
	json_t *json, *counters;

	counters = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}",
			     "attempts", number(c->attempts), "emitted", number(c->emitted), "lost",
			     number(c->lost), "denied", number(c->denied), "audited",
			     number(c->audited), "unidentified", number(c->unidentified),
			     "mprotect_unknown", number(c->mprotect_unknown), "identified",
			     number(c->identified), "recorded", number(d->recorded), "summarised",
			     number(d->summarised), "dropped", number(d->dropped), "waiting",
			     (json_int_t)waiting);
	/* What comes first is found out at the end: status_judge(). */
	json = json_pack(
		"{s:n, s:n, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:b, s:b}, s:{s:s?, s:b, s:b}, s:{s:b, s:o}, s:n, s:n, s:n, s:n}",
		"state", "reasons", "since", boottime_json(s->since), "attached",
		boottime_json(s->attached), "enforcing", s->enforcing, "mode",
		s->policy.generation ? json_string(policy_mode_name(s->mode)) : json_null(),
		"provider", s->provider ? json_string(s->provider) : json_null(), "policy",
		policy_json(&s->policy), "hooks", hooks_json(s), "degraded", degraded_json(s),
		"memory", number(s->memory), "counters", counters, "balance", "kernel",
		c->attempts == c->emitted + c->lost, "daemon",
		waiting >= 0 && (waiting > 0) == (s->ring_bytes > 0), "versions", "module",
		s->module_version[0] ? s->module_version : NULL, "module_outdated",
		s->module_outdated, "programs_outdated", s->outdated, "guards", "on", s->armed,
		"attempts", number(s->guarded), "canary", "early", "protection", "daemon");
	return json;
}

static json_t *seconds_json(int64_t time)
{
	char text[21];

	if (!time)
		return json_null();
	policy_format_time(time, text);
	return json_string(text);
}

void status_add_canary(json_t *status, const struct canary *canary, int64_t fine)
{
	json_object_set_new(status, "canary",
			    json_pack("{s:o, s:o, s:s, s:s, s:s?}", "tried",
				      seconds_json(canary->time), "fine", seconds_json(fine),
				      "exec", canary_answer_name(canary->exec), "open",
				      canary_answer_name(canary->open), "why",
				      *canary->why ? canary->why : NULL));
	if (!canary_is_fine(canary))
		json_array_append_new(
			json_object_get(status, "degraded"),
			json_pack("{s:s, s:s}", "why", canary->why, "do", canary_remedy(canary)));
}

void status_add_early(json_t *status, uint64_t attached)
{
	struct running_early early;
	json_t *list, *item;

	if (!attached || running_early("/proc", attached, &early))
		return;
	list = json_array();
	for (size_t i = 0; i < early.n_listed; i++) {
		char *comm = escape_name(early.list[i].comm, strlen(early.list[i].comm), 0);

		item = json_pack("{s:i, s:s?}", "pid", (int)early.list[i].pid, "comm", comm);
		json_array_append_new(list, item);
		free(comm);
	}
	json_object_set_new(
		status, "early",
		json_pack("{s:I, s:o}", "processes", (json_int_t)early.n, "list", list));
}

/* ---- what is the case ---- */

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Why nothing is refused; NULL: it is. */
static json_t *why_not(const json_t *status)
{
	const json_t *canary = json_object_get(status, "canary");
	const json_t *boot = json_object_get(json_object_get(status, "daemon"), "boot");
	const char *mode = text_of(status, "mode"), *asked = text_of(boot, "command_line");
	const char *error = text_of(json_object_get(status, "daemon"), "last_error");
	const char *until = text_of(json_object_get(status, "protection"), "break_glass");
	const char *exec = text_of(canary, "exec");

	if (!mode)
		return error ? json_sprintf("no policy is active: %s", error) :
			       json_string("no policy is active");
	if (until)
		return json_sprintf(
			"a break-glass token holds up to %s: all is recorded, nothing is refused",
			until);
	if (strcmp(mode, "enforce") != 0 && asked && json_is_true(json_object_get(boot, "lowered")))
		return json_string(asked);
	if (!strcmp(mode, "off"))
		return json_string("the policy's mode is off");
	if (!strcmp(mode, "audit"))
		return json_string("the policy's mode is audit: it records, and refuses nothing");
	return exec && !strcmp(exec, canary_answer_name(CANARY_LET_THROUGH)) ?
		       json_string(text_of(canary, "why")) :
		       NULL;
}

static void add_reason(json_t *reasons, const char *before, const char *text)
{
	if (text)
		json_array_append_new(reasons, json_sprintf("%s%s", before, text));
}

static void add_reasons(json_t *reasons, const json_t *status)
{
	const json_t *daemon = json_object_get(status, "daemon"), *item;
	const json_t *record = json_object_get(daemon, "record");
	const json_t *boot = json_object_get(daemon, "boot");
	size_t i;

	json_array_foreach(json_object_get(status, "degraded"), i, item)
		add_reason(reasons, "", text_of(item, "why"));
	add_reason(reasons, "the record cannot be written: ", text_of(record, "error"));
	add_reason(reasons, "the record is not signed: ", text_of(record, "unsigned_why"));
	if (json_is_true(json_object_get(boot, "lowered")))
		add_reason(reasons, "", text_of(boot, "command_line"));
	if (json_is_true(json_object_get(daemon, "last_good")))
		add_reason(
			reasons, "",
			"the configured policy is missing or bad: what was accepted before it is "
			"enforced");
}

/* It is told first, and once. */
static void put_first(json_t *reasons, json_t *reason)
{
	size_t i = 0;

	while (i < json_array_size(reasons))
		if (json_equal(json_array_get(reasons, i), reason))
			json_array_remove(reasons, i);
		else
			i++;
	json_array_insert_new(reasons, 0, reason);
}

void status_judge(json_t *status)
{
	json_t *reasons = json_array(), *not = why_not(status);

	add_reasons(reasons, status);
	json_object_set_new(status, "state",
			    json_string(not			 ? "not enforcing" :
					json_array_size(reasons) ? "degraded" :
								   "enforcing"));
	if (not )
		put_first(reasons, not );
	json_object_set_new(status, "reasons", reasons);
}

int status_exit(const json_t *status)
{
	const json_t *daemon = json_object_get(status, "daemon");
	const json_t *record = json_object_get(daemon, "record");

	if (!json_is_true(json_object_get(status, "enforcing")) ||
	    json_array_size(json_object_get(status, "degraded")) ||
	    json_is_string(json_object_get(record, "error")) ||
	    json_is_string(json_object_get(record, "unsigned_why")) ||
	    json_is_true(json_object_get(json_object_get(daemon, "boot"), "lowered")) ||
	    json_is_string(json_object_get(json_object_get(status, "protection"), "break_glass")) ||
	    json_is_true(json_object_get(daemon, "last_good")))
		return EXIT_FAILED;
	return EXIT_DONE;
}
