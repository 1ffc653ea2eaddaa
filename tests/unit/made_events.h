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
#include "userspace/running/running_event.h"
#include "userspace/events/event_record.h"

/* Lines end, quotes close, fields begin, terminals obey, and it is no UTF-8. */
#define MADE_PATH                                                                     \
	"/tmp/a\nb\rc\t\"d'e|f\\g=h]i;j k\x1b[2J\x7f\xff\xc2\x9b\xe2\x80\xae\xe2\x80" \
	"\xa8\\x41,\xf0\x9f\x98\x80 res=success"
#define MADE_EXE  "/usr/bin/x\n<13>1 - -\xfe"
#define MADE_COMM "c\x1b]0;'\"\xfe"
#define MADE_ARGS "sh\0-c\0a\nb|c=d\xff\x1b[2J\\ 'e\"\0--password=hunter2"

static const char *const made_labels[] = { "government", "laptop" };
static struct event_origin made_origin = { .host = "00112233445566778899aabbccddeeff",
					   .boot = "ffeeddccbbaa99887766554433221100",
					   .cgroup_fd = -1,
					   .labels = made_labels,
					   .n_labels = 2 };

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
	event.file.ids.size = 4;
	event.file.ids.have = INTERDICT_ID_SHA256 | INTERDICT_ID_BUILD_ID;
	event.file.ids.flags = INTERDICT_FILE_CACHEABLE;
	memset(event.file.ids.sha256, 0x11, 32);
	event.file.ids.build_id_len = 20;
	memset(event.file.ids.build_id, 0x22, 20);
	event.error = kind == INTERDICT_EVENT_UNIDENTIFIED ? -5 : 0;
	if (kind == INTERDICT_EVENT_TAMPER) {
		event.tamper.what = INTERDICT_TAMPER_PTRACE;
		event.tamper.number = 11;
		strcpy(event.tamper.name, "int=er|d\"\n\x1b[m");
	}
	event.process.pid = 10;
	event.process.ppid = 9;
	event.process.uid = 1000;
	event.process.auid = 4294967295U;
	event.process.cgroup = 1;
	memcpy(event.process.comm, MADE_COMM, sizeof(MADE_COMM));
	event.process.parents_count = 2;
	memcpy(event.process.parents[0], MADE_COMM, sizeof(MADE_COMM));
	strcpy(event.process.parents[1], "sshd");
	event.process.session = 3;
	event.process.ns_pid = 2;
	for (int i = 0; i < INTERDICT_NS_COUNT; i++)
		event.process.namespaces[i] = 4026531834U + (uint32_t)i;
	strcpy(event.process.tty, "pts0");
	event.provider = INTERDICT_PROVIDER_KMOD;
	event.cut = 1U << INTERDICT_TEXT_ARGS;
	event_put_text(&event, INTERDICT_TEXT_PATH, MADE_PATH, sizeof(MADE_PATH));
	event_put_text(&event, INTERDICT_TEXT_EXE, MADE_EXE, sizeof(MADE_EXE));
	event_put_text(&event, INTERDICT_TEXT_ARGS, MADE_ARGS, sizeof(MADE_ARGS));
	if (op == INTERDICT_OP_EXEC)
		event_put_text(&event, INTERDICT_TEXT_EXEC_ARGS, MADE_ARGS, sizeof(MADE_ARGS));
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

#define MADE_REAL "/upper/a\nb\\\\xff"

/* What became of a process. */
static inline json_t *made_killed(enum running_outcome outcome, const char *order, const char *why)
{
	static struct running_found found;

	memset(&found, 0, sizeof(found));
	found.pid = 10;
	found.ppid = 9;
	found.uid = 1000;
	found.auid = 4294967295U;
	found.outcome = DECISION_DENY;
	found.op = order ? INTERDICT_OP_EXEC : INTERDICT_OP_MAP;
	found.rule = order ? "sha256" : "unidentified";
	found.file.error = order ? 0 : -5;
	found.grace = 600;
	if (order) {
		strcpy(found.order, order);
		strcpy(found.by, order);
		strcpy(found.also[found.also_count++], "other");
	}
	strcpy(found.policy, "baseline");
	found.serial = 42;
	memset(found.digest, 0xab, 32);
	found.file.ino = 77;
	strcpy(found.file.path, MADE_PATH);
	found.file.identity.ids.size = 4;
	found.file.identity.ids.have = INTERDICT_ID_SHA256;
	strcpy(found.exe, MADE_EXE);
	memcpy(found.comm, MADE_COMM, sizeof(MADE_COMM));
	found.parents_count = 1;
	strcpy(found.parents[0], "sshd");
	return running_event(&made_origin, &found, outcome, 600, why);
}

/* What the manager and the package say, as remove/remove_event.h has it. */
static inline json_t *made_removed_package(void)
{
	return json_pack("{s:s, s:s, s:s, s:n, s:s, s:s, s:[s]}", "type", "deb", "name",
			 "x\"|\n]=", "version", "1:2~\x1b[1m", "arch", "id", "x", "manager", "dpkg",
			 "with", "y'\n");
}

static inline json_t *made_removed_file(void)
{
	char *path = escape_name(MADE_PATH, strlen(MADE_PATH), 0);
	json_t *file = json_pack(
		"{s:s, s:s, s:i, s:s, s:i, s:n, s:n, s:s}", "path", path, "sha256",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "size", 4,
		"dev", "8:1", "ino", 77, "build_id", "publisher", "quarantine",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef-89abcdef");

	free(path);
	return file;
}

/* Steals @package and @file. */
static inline json_t *made_removed(const char *action, json_t *package, json_t *file,
				   const char *output)
{
	json_t *more = json_pack("{s:s, s:s, s:s, s:s?}", "action", action, "order",
				 "ca-tbs-wechat", "rule", package ? "package" : "sha256", "reason",
				 package ? "a 'reason'\n" : NULL);

	if (package)
		json_object_set_new(more, "package", package);
	if (file)
		json_object_set_new(more, "file", file);
	json_object_update_new(more, json_pack("{s:s?, s:{s:i, s:i}, s:o?}", "output", output,
					       "actor", "uid", 0, "auid", 1000, "policy",
					       package ? made_policy() : json_null()));
	return made_own_event("removed", more);
}

#define MADE_EVENTS 30

/* The @i-th; it is whole, with "lost" and "prev". */
static inline json_t *made_event(size_t i)
{
	static const struct interdict_burst burst = { .seq = 7,
						      .count = 990,
						      .first_ns = 1000000000,
						      .last_ns = 2000000000,
						      .k_first = 20,
						      .k_last = 1009 };
	static const uint32_t kinds[] = { INTERDICT_KIND_SHA256, INTERDICT_KIND_FSVERITY,
					  INTERDICT_KIND_CERTIFICATE, INTERDICT_KIND_KEY };
	static const char *const matches[] = { NULL, "{\"fsverity\":\"sha512:00\"}",
					       "{\"certificate\":\"der:00\"}",
					       "{\"key\":\"pgp:00\"}" };
	json_t *event = NULL, *like;
	char prev[65];

	switch (i) {
	case 0:
	case 1:
	case 2:
	case 3:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, (uint32_t)i, kinds[i]);
		if (matches[i])
			json_object_set_new(event, "match", json_loads(matches[i], 0, NULL));
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
		json_object_set_new(event, "match",
				    json_pack("{s:s}", "publisher", "Tencent \"\n|Ltd.=\\"));
		break;
	case 5:
		event = made_kernel_event(INTERDICT_EVENT_UNIDENTIFIED, INTERDICT_OP_OPEN, 0);
		break;
	case 6:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_MAP, 0);
		break;
	case 20: /* under an overlay, in a container, of an order whose text is known */
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_OPEN,
					  INTERDICT_KIND_SHA256);
		json_object_update_new(json_object_get(event, "file"),
				       json_pack("{s:{s:s, s:s, s:i}}", "real", "path", MADE_REAL,
						 "dev", "8:2", "ino", 78));
		json_object_update_new(json_object_get(event, "process"),
				       json_pack("{s:s, s:{s:s, s:s}, s:b}", "cgroup", "/lxc/web",
						 "container", "id", "web", "runtime", "lxc",
						 "exec_args_cut", 1));
		json_object_update_new(event, json_pack("{s:s, s:s, s:b}", "reference",
							"decision of \"1\" May\\|=", "message",
							"Not |=\"permitted\".", "shortened", 1));
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
	case 21:
		event = made_kernel_event(INTERDICT_EVENT_DENIED, INTERDICT_OP_EXEC,
					  INTERDICT_KIND_PACKAGE);
		break;
	case 22:
		event = made_own_event(
			"policy", json_pack("{s:s, s:n, s:n, s:i, s:o, s:{s:i, s:i, s:i, s:i}}",
					    "action", "resolved", "order", "reason", "generation",
					    4, "policy", made_policy(), "packages", "matched", 1,
					    "files", 5, "rules", 7, "left_out", 2));
		break;
	case 23:
		event = made_killed(RUNNING_ASKED, "ca-tbs-wechat", NULL);
		break;
	case 24: /* by the policy's header */
		event = made_killed(RUNNING_REPORTED, NULL, NULL);
		break;
	case 25:
		event = made_killed(RUNNING_FAILED, "ca-tbs-wechat",
				    "it is \"stuck\"\nres=success");
		break;
	case 26:
		event = made_removed("quarantined", NULL, made_removed_file(), NULL);
		break;
	case 27:
		event = made_removed("uninstalled", made_removed_package(), NULL,
				     "Removing x\x1b[1m ...\n(\"|)");
		break;
	case 28:
		event = made_removed("kept-out", made_removed_package(), NULL, NULL);
		break;
	case 29:
		event = made_kernel_event(INTERDICT_EVENT_TAMPER, INTERDICT_OP_OPEN, 0);
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
