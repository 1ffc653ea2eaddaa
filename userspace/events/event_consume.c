// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_consume.h"

#include <errno.h>

#include "bpf/event.h"

/* A store that is made where it stands: what is shared is read by the next process. */
static void store(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_SEQ_CST);
}

static void at(struct event_consume *consume, enum consume_point point)
{
	if (consume->at)
		consume->at(consume->ctx, point);
}

bool event_consume_resumed(const struct event_consume *consume)
{
	return consume->consumer->k_writing != 0;
}

int event_consume_begin(struct event_consume *consume)
{
	struct interdict_consumer *consumer = consume->consumer;
	uint64_t k;
	int found;

	consume->written = false;
	if (!consumer->k_writing)
		return 0;
	found = record_last_k(consume->record, consume->origin->boot, &k);
	if (found < 0)
		return found;
	if (found && k == consumer->k_writing) {
		consume->written = true;
		store((uint64_t *)&consumer->recorded, consumer->recorded_before + 1);
	}
	return 0;
}

/* Events of daemon and programs that do not fit together; nothing of it can be said. */
static int drop(struct event_consume *consume)
{
	store((uint64_t *)&consume->consumer->dropped, consume->consumer->dropped + 1);
	event_ring_release(consume->ring);
	return 1;
}

static int consume_one(struct event_consume *consume)
{
	struct interdict_consumer *consumer = consume->consumer;
	const struct interdict_event *event;
	const void *data;
	size_t len = event_ring_peek(consume->ring, &data), line_len;
	const char *line;
	json_t *json;
	int err;

	if (!len)
		return 0;
	event = data;
	at(consume, CONSUME_READ);
	if (len >= sizeof(event->k) && consume->written && event->k == consumer->k_writing) {
		event_ring_release(consume->ring);
		return 1;
	}
	consume->written = false;
	json = event_from_kernel(consume->origin, data, len);
	if (!json)
		return errno == EBADMSG ? drop(consume) : -ENOMEM;
	store((uint64_t *)&consumer->k_writing, event->k);
	at(consume, CONSUME_BEFORE);
	store((uint64_t *)&consumer->recorded_before, consumer->recorded);
	at(consume, CONSUME_WRITING);
	err = record_append(consume->record, json, &line, &line_len);
	if (!err) {
		at(consume, CONSUME_WRITTEN);
		store((uint64_t *)&consumer->recorded, consumer->recorded_before + 1);
		at(consume, CONSUME_COUNTED);
		event_ring_release(consume->ring);
		at(consume, CONSUME_RELEASED);
		if (consume->recorded)
			consume->recorded(consume->ctx, json, line, line_len);
	}
	json_decref(json);
	if (err == -E2BIG)
		return drop(consume);
	return err ? err : 1;
}

int event_consume_some(struct event_consume *consume, int max)
{
	int n = 0;

	while (n < max) {
		int taken = consume_one(consume);

		if (taken < 0)
			return n ? n : taken;
		if (!taken)
			break;
		n++;
	}
	return n;
}
