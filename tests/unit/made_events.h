/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event of every kind, as the daemon makes them, with the worst of names. */
#ifndef INTERDICT_TEST_MADE_EVENTS_H
#define INTERDICT_TEST_MADE_EVENTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "bpf/event.h"
#include "userspace/escape.h"
#include "userspace/events/burst.h"
#include "userspace/events/event_line.h"

/* Lines end, quotes close, fields begin, terminals obey, and it is no UTF-8. */
#define MADE_PATH                                                                     \
	"/tmp/a\nb\rc\t\"d'e|f\\g=h]i;j k\x1b[2J\x7f\xff\xc2\x9b\xe2\x80\xae\xe2\x80" \
	"\xa8\\x41,\xf0\x9f\x98\x80 res=success"
#define MADE_EXE  "/usr/bin/x\n<13>1 - -\xfe"
#define MADE_COMM "c\x1b]0;'\"\xfe"

static struct event_origin made_origin = { .host = "00112233445566778899aabbccddeeff",
					   .boot = "ffeeddccbbaa99887766554433221100",
					   .cgroup_fd = -1 };

static inline json_t *made_kernel_event(uint32_t kind, uint32_t op, uint32_t rule)
{
	static struct interdict_event event;

	memset(&event, 0, sizeof(event));
	event.k = 644;
	event.lost = 3;
	event.boottime_ns = 1000000000;
	event.kind = kind;
	event.op = op;
	event.rule = rule;
	event.via = rule == INTERDICT_KIND_PACKAGE ? INTERDICT_KIND_BUILD_ID : 0;
	if (rule)
		strcpy(event.order, "ca-tbs-wechat");
	event.also_count = 1;
	strcpy(event.also[0], "other");
	strcpy(event.policy.name, "baseline");
	event.policy.serial = 42;
	memset(event.policy.digest, 0xab, 32);
	event.file.ino = 77;
	event.file.dev_major = 8;
	event.file.dev_minor = 1;
	event.file.path_len = sizeof(MADE_PATH);
	memcpy(event.file.path, MADE_PATH, sizeof(MADE_PATH));
	event.file.ids.size = 4;
	event.file.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	memset(event.file.ids.sha256, 0x11, 32);
	event.file.ids.build_id_len = 20;
	memset(event.file.ids.build_id, 0x22, 20);
	event.error = kind == INTERDICT_EVENT_UNIDENTIFIED ? -5 : 0;
	event.process.pid = 10;
	event.process.ppid = 9;
	event.process.uid = 1000;
	event.process.auid = 4294967295U;
	event.process.cgroup = 1;
	event.process.exe_len = sizeof(MADE_EXE);
	memcpy(event.process.exe, MADE_EXE, sizeof(MADE_EXE));
	memcpy(event.process.comm, MADE_COMM, sizeof(MADE_COMM));
	event.process.parents_count = 2;
	memcpy(event.process.parents[0], MADE_COMM, sizeof(MADE_COMM));
	strcpy(event.process.parents[1], "sshd");
	return event_from_kernel(&made_origin, &event, sizeof(event));
}

/* An own event: the members of @more (stolen) behind its beginning. */
static inline json_t *made_own_event(const char *kind, json_t *more)
{
	json_t *event = event_begin(&made_origin, kind);

	json_object_update(event, more);
	json_decref(more);
	return event;
}

static inline json_t *made_policy(void)
{
	uint8_t digest[32] = { 1 };

	return event_policy_json("baseline", 42, digest);
}

#define MADE_EVENTS 22

/* The @i-th; it is whole, with "lost" and "prev". */
static inline json_t *made_event(size_t i)
{
	static const struct interdict_burst burst = { .seq = 7,
						      .count = 990,
						      .first_ns = 1000000000,
						      .last_ns = 2000000000,
						      .k_first = 20,
						      .k_last = 1009 };
	json_t *event = NULL, *like;
	char prev[65];

	switch (i) {
	case 0:
	case 1:
	case 2:
	case 3:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, (uint32_t)i,
					  INTERDICT_KIND_SHA256);
		break;
	case 4:
		event = made_kernel_event(INTERDICT_EVENT_AUDITED, INTERDICT_OP_EXEC,
					  INTERDICT_KIND_PUBLISHER);
		json_object_update_new(json_object_get(event, "file"),
				       json_pack("{s:s, s:[{s:s, s:s, s:s, s:i, s:b}]}",
						 "publisher", "Tencent \"\n|Ltd.=\\xff", "claims",
						 "kind", "publisher", "value",
						 "Tencent \"\n|Ltd.=\\xff", "source", "pe",
						 "signer", 0, "verified", 0));
		break;
	case 5:
		event = made_kernel_event(INTERDICT_EVENT_UNIDENTIFIED, INTERDICT_OP_OPEN, 0);
		break;
	case 6:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_MAP, 0);
		break;
	case 7: /* of a file whose path is not known */
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_EXEC,
					  INTERDICT_KIND_BUILD_ID);
		json_object_set_new(json_object_get(event, "file"), "path", json_null());
		json_object_set_new(json_object_get(event, "process"), "exe", json_null());
		json_object_set_new(event, "also", json_array());
		break;
	case 8:
		event = made_own_event("start",
				       json_pack("{s:s, s:i, s:b, s:s, s:s, s:o}", "version", "0.1",
						 "instance", 7, "resumed", 0, "mode", "enforce",
						 "provider", "kmod", "policy", made_policy()));
		break;
	case 9: /* without a policy */
		event = made_own_event("start",
				       json_pack("{s:s, s:i, s:b, s:n, s:s, s:n}", "version", "0.1",
						 "instance", 7, "resumed", 1, "mode", "provider",
						 "kmod", "policy"));
		break;
	case 10:
		event = made_own_event(
			"stop", json_pack("{s:s, s:b}", "reason", "Terminated", "enforcing", 1));
		break;
	case 11:
		event = made_own_event("policy",
				       json_pack("{s:s, s:n, s:n, s:i, s:o}", "action", "loaded",
						 "order", "reason", "generation", 2, "policy",
						 made_policy()));
		json_object_set_new(event, "allow_critical", json_true());
		break;
	case 12:
		event = made_own_event("policy",
				       json_pack("{s:s, s:n, s:s, s:i, s:n}", "action", "refused",
						 "order", "reason",
						 "/tmp/p'o\x1b[1m|\"l: line 1\nres=success",
						 "generation", 2, "policy"));
		break;
	case 13:
		event = made_own_event("policy",
				       json_pack("{s:s, s:s, s:n, s:i, s:o}", "action", "begun",
						 "order", "ca-tbs-wechat", "reason", "generation",
						 3, "policy", made_policy()));
		break;
	case 14:
		event = made_own_event("degraded", json_pack("{s:[{s:s, s:s}]}", "reasons", "why",
							     "no module", "do", "install it"));
		break;
	case 15: /* no longer */
		event = made_own_event("degraded", json_pack("{s:[]}", "reasons"));
		break;
	case 16:
		event = made_own_event("tamper",
				       json_pack("{s:s}", "reason", "seq 3 to 5 are gone"));
		break;
	case 17:
	case 18:
		event = made_own_event(
			"checkpoint",
			json_pack(
				"{s:s, s:s, s:i, s:o}", "reason", "time", "key",
				"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
				"first", 1, "previous",
				i == 17 ? json_null() :
					  json_pack("{s:i, s:s}", "seq", 11, "digest",
						    "fedcba9876543210fedcba9876543210fedcba98765"
						    "43210fedcba9876543210")));
		break;
	case 19:
		like = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_EXEC,
					 INTERDICT_KIND_SHA256);
		event = burst_summary(&burst, &made_origin, like);
		json_decref(like);
		break;
	case 20:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_EXEC,
					  INTERDICT_KIND_PACKAGE);
		break;
	case 21:
		event = made_own_event(
			"policy", json_pack("{s:s, s:n, s:n, s:i, s:o, s:{s:i, s:i, s:i, s:i}}",
					    "action", "resolved", "order", "reason", "generation",
					    4, "policy", made_policy(), "packages", "matched", 1,
					    "files", 5, "rules", 7, "left_out", 2));
		break;
	default:
		break;
	}
	if (!event)
		abort();
	if (!json_object_get(event, "lost"))
		json_object_set_new(event, "lost", json_integer(3));
	json_object_set_new(event, "seq", json_integer((json_int_t)i + 12));
	memset(prev, 'e', 64);
	prev[64] = '\0';
	json_object_set_new(event, "prev", json_string(prev));
	if (i == 17 || i == 18)
		json_object_set_new(event, "signature", json_string("c2lnbmF0dXJl"));
	return event;
}

/* Its line, with newline, as the record has it; free it. */
static inline char *made_line(const json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT), *line = NULL;

	if (asprintf(&line, "%s\n", text) < 0)
		abort();
	free(text);
	return line;
}

#endif
