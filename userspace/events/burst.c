// SPDX-License-Identifier: GPL-2.0-or-later
#include "burst.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>

#include "bpf/event.h"

/* What the daemon alone needs to know of a slot. */
struct seen {
	uint64_t begun_ns; /* of the first event */
	uint64_t recorded;
	json_t *like; /* the first event */
};

struct bursts {
	struct interdict_burst *slots;
	struct burst_limits limits;
	struct seen seen[INTERDICT_BURSTS];
};

struct bursts *bursts_new(struct interdict_burst *slots, const struct burst_limits *limits)
{
	struct bursts *bursts = calloc(1, sizeof(*bursts));

	if (bursts) {
		bursts->slots = slots;
		bursts->limits = *limits;
	}
	return bursts;
}

void bursts_free(struct bursts *bursts)
{
	if (!bursts)
		return;
	for (int i = 0; i < INTERDICT_BURSTS; i++)
		json_decref(bursts->seen[i].like);
	free(bursts);
}

/*
 * What makes events the same. A digest that nobody finds two inputs of: who could would hide one
 * refusal behind another.
 */
static uint64_t key_of(const struct interdict_event *event)
{
	struct {
		uint64_t generation, ino, cgroup;
		uint32_t kind, op, rule, via, dev_major, dev_minor, uid, auid;
		int32_t error;
		uint8_t sha256[32];
		char order[INTERDICT_ID_LEN], exe[INTERDICT_EXE_LEN];
	} same;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	uint64_t key;

	memset(&same, 0, sizeof(same));
	same.generation = event->generation;
	same.ino = event->file.ino;
	same.cgroup = event->process.cgroup;
	same.kind = event->kind;
	same.op = event->op;
	same.rule = event->rule;
	same.via = event->via;
	same.dev_major = event->file.dev_major;
	same.dev_minor = event->file.dev_minor;
	same.uid = event->process.uid;
	same.auid = event->process.auid;
	same.error = event->error;
	if (event->file.ids.have & INTERDICT_ID_SHA256)
		memcpy(same.sha256, event->file.ids.sha256, sizeof(same.sha256));
	memcpy(same.order, event->order, sizeof(same.order));
	if (event->process.exe_len > 0)
		memcpy(same.exe, event->process.exe, (size_t)event->process.exe_len);
	SHA256((const unsigned char *)&same, sizeof(same), digest);
	memcpy(&key, digest, sizeof(key));
	/* 0 is a free slot. */
	return key | 1;
}

static int find(const struct bursts *bursts, uint64_t key)
{
	for (int i = 0; i < INTERDICT_BURSTS; i++)
		if (bursts->slots[i].key == key)
			return i;
	return -1;
}

static bool is_over(const struct bursts *bursts, int slot, uint64_t now_ns)
{
	uint64_t begun = bursts->seen[slot].begun_ns;

	return now_ns >= begun && now_ns - begun >= bursts->limits.within_ns;
}

int bursts_judge(const struct bursts *bursts, const struct interdict_event *event)
{
	int slot = find(bursts, key_of(event));

	/* One whose time is over and that nothing was counted of begins anew. */
	if (slot < 0 || bursts->seen[slot].recorded < bursts->limits.events ||
	    (!bursts->slots[slot].count && is_over(bursts, slot, event->boottime_ns)))
		return -1;
	return slot;
}

static void begin(struct bursts *bursts, int slot, uint64_t key, uint64_t now_ns, json_t *line)
{
	struct seen *seen = &bursts->seen[slot];

	json_decref(seen->like);
	*seen = (struct seen){ .begun_ns = now_ns, .like = json_incref(line) };
	memset(&bursts->slots[slot], 0, sizeof(bursts->slots[slot]));
	bursts->slots[slot].key = key;
}

void bursts_recorded(struct bursts *bursts, const struct interdict_event *event, json_t *line,
		     uint64_t seq)
{
	uint64_t key = key_of(event);
	int slot = find(bursts, key);

	if (slot < 0)
		slot = find(bursts, 0);
	if (slot < 0)
		return;
	if (!bursts->slots[slot].key ||
	    (!bursts->slots[slot].count && is_over(bursts, slot, event->boottime_ns)))
		begin(bursts, slot, key, event->boottime_ns, line);
	bursts->seen[slot].recorded++;
	bursts->slots[slot].seq = seq;
}

int bursts_due(struct bursts *bursts, uint64_t now_ns, bool all)
{
	for (int i = 0; i < INTERDICT_BURSTS; i++) {
		if (!bursts->slots[i].key || (!all && !is_over(bursts, i, now_ns)))
			continue;
		if (bursts->slots[i].count)
			return i;
		/* Of a daemon before, or over. */
		if (!bursts->seen[i].like || is_over(bursts, i, now_ns))
			bursts_told(bursts, i);
	}
	return -1;
}

const json_t *bursts_like(const struct bursts *bursts, int slot)
{
	return bursts->seen[slot].like;
}

void bursts_told(struct bursts *bursts, int slot)
{
	json_decref(bursts->seen[slot].like);
	memset(&bursts->seen[slot], 0, sizeof(bursts->seen[slot]));
	/* The count first: a slot without a key that has one would be lost. */
	__atomic_store_n((uint64_t *)&bursts->slots[slot].count, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n((uint64_t *)&bursts->slots[slot].key, 0, __ATOMIC_SEQ_CST);
}

/* What all of them have of the process; the rest is of one of them. */
static json_t *same_process(const json_t *process)
{
	static const char *const keys[] = { "uid", "auid", "exe", "cgroup" };
	json_t *same = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set(same, keys[i], json_object_get(process, keys[i]));
	return same;
}

json_t *burst_summary(const struct interdict_burst *burst, const struct event_origin *origin,
		      const json_t *like)
{
	static const char *const keys[] = {
		"op", "order", "rule", "via", "claimed", "also", "file"
	};
	json_t *event = event_begin(origin, "summary");
	const json_t *kind = json_object_get(like, "event");

	if (!event)
		return NULL;
	json_object_set_new(event, "of", kind ? json_string(json_string_value(kind)) : json_null());
	for (size_t i = 0; like && i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set(event, keys[i], json_object_get(like, keys[i]));
	if (like) {
		json_object_set_new(event, "process",
				    same_process(json_object_get(like, "process")));
		json_object_set(event, "policy", json_object_get(like, "policy"));
	}
	json_object_set_new(event, "like", json_integer((json_int_t)burst->seq));
	json_object_set_new(event, "count", json_integer((json_int_t)burst->count));
	json_object_set_new(event, "first_time", event_time(burst->first_ns));
	json_object_set_new(event, "last_time", event_time(burst->last_ns));
	json_object_set_new(event, "k_first", json_integer((json_int_t)burst->k_first));
	json_object_set_new(event, "k_last", json_integer((json_int_t)burst->k_last));
	return event;
}
