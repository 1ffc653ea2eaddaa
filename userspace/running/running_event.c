// SPDX-License-Identifier: GPL-2.0-or-later
#include "running_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "events/event_record.h"

static uint32_t kind_of(const char *rule)
{
	for (uint32_t kind = 1; rule && kind < INTERDICT_KIND_COUNT; kind++)
		if (!strcmp(rule, policy_kind_name((enum policy_kind)(kind - 1))))
			return kind;
	return INTERDICT_KIND_NONE;
}

static void fill_process(const struct running_found *found, struct interdict_event *ev)
{
	ev->process.pid = ev->process.tid = (uint32_t)found->pid;
	ev->process.ppid = (uint32_t)found->ppid;
	ev->process.uid = found->uid;
	ev->process.auid = found->auid;
	ev->process.cgroup = found->cgroup;
	memcpy(ev->process.comm, found->comm, sizeof(ev->process.comm));
	ev->process.session = (uint32_t)-1;
	ev->process.parents_count = found->parents_count;
	memcpy(ev->process.parents, found->parents, sizeof(ev->process.parents));
}

static void put_name(struct interdict_event *ev, enum interdict_text text, const char *name)
{
	if (*name)
		event_put_text(ev, text, name, strlen(name) + 1);
}

/* As the kernel would tell of it. */
static void fill(const struct running_found *found, struct interdict_event *ev)
{
	ev->kind =
		found->outcome == DECISION_DENY ? INTERDICT_EVENT_DENIED : INTERDICT_EVENT_AUDITED;
	ev->op = found->op;
	ev->rule = kind_of(found->rule);
	ev->via = kind_of(found->via);
	ev->error = found->file.error;
	memcpy(ev->order, found->order, sizeof(ev->order));
	ev->also_count = found->also_count < INTERDICT_ALSO ? found->also_count : INTERDICT_ALSO;
	memcpy(ev->also, found->also, ev->also_count * sizeof(*ev->also));
	ev->policy.serial = found->serial;
	memcpy(ev->policy.name, found->policy, sizeof(ev->policy.name));
	memcpy(ev->policy.digest, found->digest, sizeof(ev->policy.digest));
	ev->file.ino = found->file.ino;
	ev->file.dev_major = major(found->file.dev);
	ev->file.dev_minor = minor(found->file.dev);
	ev->file.ids = found->file.identity.ids;
	fill_process(found, ev);
	ev->file.ids.claims = 0;
	if (found->file.identity.claims.count)
		event_put_claims(ev, &found->file.identity.claims);
	put_name(ev, INTERDICT_TEXT_PATH, found->file.path);
	put_name(ev, INTERDICT_TEXT_EXE, found->exe);
}

static json_t *until_json(enum running_outcome outcome, uint32_t left)
{
	struct timespec now = { 0 };

	if (outcome != RUNNING_ASKED)
		return json_null();
	clock_gettime(CLOCK_BOOTTIME, &now);
	return event_time(((uint64_t)now.tv_sec + left) * 1000000000 + (uint64_t)now.tv_nsec);
}

json_t *running_event(const struct event_origin *origin, const struct running_found *found,
		      enum running_outcome outcome, uint32_t left, const char *why)
{
	static const char *const of_kernel[] = { "v",	 "seq", "host",	 "boot",
						 "time", "k",	"event", "lost" };
	struct interdict_event *ev = calloc(1, sizeof(*ev));
	json_t *event = event_begin(origin, "killed"), *rest = NULL, *head = NULL;

	if (ev) {
		fill(found, ev);
		rest = event_from_kernel(origin, ev, sizeof(*ev));
		head = json_pack("{s:s, s:s?, s:o, s:o, s:s?}", "outcome",
				 running_outcome_name(outcome), "by", *found->by ? found->by : NULL,
				 "grace", *found->by ? json_integer(found->grace) : json_null(),
				 "until", until_json(outcome, left), "reason", why);
	}
	for (size_t i = 0; rest && i < sizeof(of_kernel) / sizeof(*of_kernel); i++)
		json_object_del(rest, of_kernel[i]);
	if (!event || !head || !rest || json_object_update(event, head) ||
	    json_object_update(event, rest)) {
		json_decref(event);
		event = NULL;
	}
	json_decref(head);
	json_decref(rest);
	free(ev);
	return event;
}
