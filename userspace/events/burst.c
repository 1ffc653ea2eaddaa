// SPDX-License-Identifier: GPL-2.0-or-later
#include "burst.h"

#include <stdlib.h>
#include <string.h>

#include "event_record.h"

/* What makes events the same; compared whole, so that nobody finds one to hide behind another. */
struct same {
	uint64_t generation, ino, cgroup;
	uint32_t kind, op, rule, via, dev_major, dev_minor, uid, auid;
	int32_t error;
	uint8_t sha256[32];
	char order[INTERDICT_ID_LEN];
	uint64_t exe_len;
	char exe[INTERDICT_EXE_LEN];
};
_Static_assert(offsetof(struct same, exe) % 8 == 0 && INTERDICT_EXE_LEN % 8 == 0,
	       "hashed by words");

/* What the daemon alone needs to know of a slot. Chains follow this, not what others can write. */
struct seen {
	uint64_t begun_ns; /* of the first event */
	uint64_t recorded;
	json_t *like; /* the first event; NULL: the slot is not in a chain */
	struct same same;
	uint64_t hash;
	bool unused;
	int next; /* in its chain, or of the free ones; -1: none */
};

/* Chains of slots by their hash: an event of a flood is looked for in a few, not in all. */
#define CHAINS INTERDICT_BURSTS
#define NONE   (-1)

struct bursts {
	struct interdict_burst *slots;
	struct burst_limits limits;
	struct seen seen[INTERDICT_BURSTS];
	int chains[CHAINS];
	int unused;
	/* of the event that was judged last */
	struct same same;
	uint64_t hash;
	int slot;
};

struct bursts *bursts_new(struct interdict_burst *slots, const struct burst_limits *limits)
{
	struct bursts *bursts = calloc(1, sizeof(*bursts));

	if (!bursts)
		return NULL;
	bursts->slots = slots;
	bursts->limits = *limits;
	for (int i = 0; i < CHAINS; i++)
		bursts->chains[i] = NONE;
	bursts->unused = NONE;
	/* Those of a daemon before come when they are summed up. */
	for (int i = INTERDICT_BURSTS - 1; i >= 0; i--)
		if (!slots[i].key) {
			bursts->seen[i].unused = true;
			bursts->seen[i].next = bursts->unused;
			bursts->unused = i;
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

static size_t same_len(const struct same *same)
{
	return offsetof(struct same, exe) + same->exe_len;
}

static void read_same(const struct interdict_event *event, struct same *same)
{
	const char *exe;
	size_t len;

	memset(same, 0, offsetof(struct same, exe));
	same->generation = event->generation;
	same->ino = event->file.ino;
	same->cgroup = event->process.cgroup;
	same->kind = event->kind;
	same->op = event->op;
	same->rule = event->rule;
	same->via = event->via;
	same->dev_major = event->file.dev_major;
	same->dev_minor = event->file.dev_minor;
	same->uid = event->process.uid;
	same->auid = event->process.auid;
	same->error = event->error;
	if (event->file.ids.have & INTERDICT_ID_SHA256)
		memcpy(same->sha256, event->file.ids.sha256, sizeof(same->sha256));
	memcpy(same->order, event->order, sizeof(same->order));
	exe = event_text(event, INTERDICT_TEXT_EXE, &len);
	if (exe) {
		same->exe_len = len;
		memcpy(same->exe, exe, len);
	}
	/* The rest of the last word. */
	memset(same->exe + same->exe_len, 0, -same->exe_len & 7);
}

/* Of FNV's kind, by words. Who makes them equal gets a longer chain, of INTERDICT_BURSTS at most.
 */
static uint64_t hash_of(const struct same *same)
{
	uint64_t hash = 0xcbf29ce484222325, word;

	for (size_t i = 0; i < same_len(same); i += sizeof(word)) {
		memcpy(&word, (const char *)same + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15;
		hash ^= hash >> 29;
	}
	/* 0 is a free slot. */
	return hash | 1;
}

static int *chain_of(struct bursts *bursts, uint64_t hash)
{
	return &bursts->chains[(hash >> 1) % CHAINS];
}

static int find(struct bursts *bursts, uint64_t hash, const struct same *same)
{
	int i = *chain_of(bursts, hash);

	while (i != NONE && (bursts->seen[i].hash != hash ||
			     memcmp(&bursts->seen[i].same, same, same_len(same)) != 0))
		i = bursts->seen[i].next;
	return i;
}

static bool is_over(const struct bursts *bursts, int slot, uint64_t now_ns)
{
	uint64_t begun = bursts->seen[slot].begun_ns;

	return now_ns >= begun && now_ns - begun >= bursts->limits.within_ns;
}

int bursts_judge(struct bursts *bursts, const struct interdict_event *event)
{
	int slot;

	read_same(event, &bursts->same);
	bursts->hash = hash_of(&bursts->same);
	slot = bursts->slot = find(bursts, bursts->hash, &bursts->same);
	/* One whose time is over and that nothing was counted of begins anew. */
	if (slot == NONE || bursts->seen[slot].recorded < bursts->limits.events ||
	    (!bursts->slots[slot].count && is_over(bursts, slot, event->boottime_ns)))
		return -1;
	return slot;
}

static void begin(struct bursts *bursts, int slot, uint64_t now_ns, json_t *line)
{
	struct seen *seen = &bursts->seen[slot];

	json_decref(seen->like);
	seen->like = json_incref(line);
	seen->begun_ns = now_ns;
	seen->recorded = 0;
	memset(&bursts->slots[slot], 0, sizeof(bursts->slots[slot]));
	bursts->slots[slot].key = bursts->hash;
}

/* A slot for the event that was judged last, or NONE. */
static int take_slot(struct bursts *bursts)
{
	int slot = bursts->unused, *chain = chain_of(bursts, bursts->hash);

	if (slot == NONE)
		return NONE;
	bursts->unused = bursts->seen[slot].next;
	bursts->seen[slot].unused = false;
	bursts->seen[slot].hash = bursts->hash;
	bursts->seen[slot].next = *chain;
	*chain = slot;
	memcpy(&bursts->seen[slot].same, &bursts->same, same_len(&bursts->same));
	return slot;
}

void bursts_recorded(struct bursts *bursts, uint64_t now_ns, json_t *line, uint64_t seq)
{
	int slot = bursts->slot;

	if (slot == NONE) {
		slot = take_slot(bursts);
		if (slot == NONE)
			return;
		begin(bursts, slot, now_ns, line);
	} else if (!bursts->slots[slot].count && is_over(bursts, slot, now_ns)) {
		begin(bursts, slot, now_ns, line);
	}
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
	struct seen *seen = &bursts->seen[slot];
	int *at = chain_of(bursts, seen->hash);

	if (seen->like) {
		while (*at != slot)
			at = &bursts->seen[*at].next;
		*at = seen->next;
		json_decref(seen->like);
		seen->like = NULL;
	}
	if (!seen->unused) {
		seen->unused = true;
		seen->next = bursts->unused;
		bursts->unused = slot;
	}
	/* The count first: a slot without a key that has one would be lost. */
	__atomic_store_n((uint64_t *)&bursts->slots[slot].count, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n((uint64_t *)&bursts->slots[slot].key, 0, __ATOMIC_SEQ_CST);
}

/* What all of them have of the process; the rest is of one of them. */
static json_t *same_process(const json_t *process)
{
	static const char *const keys[] = { "uid", "auid", "exe", "cgroup", "container" };
	json_t *same = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set(same, keys[i], json_object_get(process, keys[i]));
	return same;
}

json_t *burst_summary(const struct interdict_burst *burst, const struct event_origin *origin,
		      const json_t *like)
{
	static const char *const keys[] = { "op",      "order",	   "rule",  "via",
					    "claimed", "also",	   "match", "reference",
					    "message", "provider", "file" };
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
