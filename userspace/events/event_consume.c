// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_consume.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "event_record.h"

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

/* CLOCK_MONOTONIC, ns. */
static uint64_t now(void)
{
	struct timespec at = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

/* Whether others have their turn, after one that began at @began. */
static bool is_over(const struct event_consume *consume, uint64_t began)
{
	return consume->turn_ns && now() - began >= consume->turn_ns;
}

bool event_consume_resumed(const struct event_consume *consume)
{
	return consume->consumer->k_writing != 0;
}

/* c of an event that is counted. */
static void count_it(struct interdict_consumer *consumer)
{
	struct interdict_burst *burst = &consumer->bursts[consumer->counting - 1];

	if (!consumer->count_before) {
		store((uint64_t *)&burst->first_ns, consumer->counting_ns);
		store((uint64_t *)&burst->k_first, consumer->k_writing);
	}
	store((uint64_t *)&burst->last_ns, consumer->counting_ns);
	store((uint64_t *)&burst->k_last, consumer->k_writing);
	store((uint64_t *)&burst->count, consumer->count_before + 1);
	store((uint64_t *)&consumer->summarised, consumer->summarised_before + 1);
}

/* Whether an event k_writing was dealt with, in which case its c is done. */
static int finish_event(struct event_consume *consume)
{
	struct interdict_consumer *consumer = consume->consumer;
	uint64_t k;
	int found;

	if (consumer->counting && consumer->counting <= INTERDICT_BURSTS) {
		count_it(consumer);
		return 1;
	}
	found = record_last_k(consume->record, consume->origin->boot, &k);
	if (found <= 0 || k != consumer->k_writing)
		return found < 0 ? found : 0;
	store((uint64_t *)&consumer->recorded, consumer->recorded_before + 1);
	return 1;
}

static int is_its_line(void *ctx, const json_t *event, const char *line, size_t len)
{
	const struct interdict_burst *burst = ctx;
	const char *kind = json_string_value(json_object_get(event, "event"));
	json_int_t k_last = json_integer_value(json_object_get(event, "k_last"));

	(void)line;
	(void)len;
	return kind && !strcmp(kind, "summary") && (uint64_t)k_last == burst->k_last ? 1 : 2;
}

/* A burst whose line was being written. */
static int finish_burst(struct event_consume *consume)
{
	struct interdict_consumer *consumer = consume->consumer;
	struct interdict_burst *burst;
	int found;

	if (!consumer->summing || consumer->summing > INTERDICT_BURSTS)
		return 0;
	burst = &consumer->bursts[consumer->summing - 1];
	found = record_walk(consume->record, is_its_line, burst);
	if (found < 0)
		return found;
	if (found == 1)
		store((uint64_t *)&burst->count, 0);
	store((uint64_t *)&consumer->summing, 0);
	return 0;
}

int event_consume_begin(struct event_consume *consume)
{
	struct interdict_consumer *consumer = consume->consumer;
	const struct interdict_event *event;
	const void *data;
	int done, err;

	consume->settled = false;
	if (!consumer->k_writing)
		return 0;
	done = finish_event(consume);
	err = done < 0 ? done : finish_burst(consume);
	if (err)
		return err;
	if (done && event_ring_peek(consume->ring, &data) >= sizeof(event->k)) {
		event = data;
		if (event->k == consumer->k_writing)
			event_ring_release(consume->ring);
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

static int count_event(struct event_consume *consume, const struct interdict_event *event, int slot)
{
	struct interdict_consumer *consumer = consume->consumer;

	store((uint64_t *)&consumer->counting, 0);
	store((uint64_t *)&consumer->k_writing, event->k);
	at(consume, CONSUME_BEFORE);
	store((uint64_t *)&consumer->summarised_before, consumer->summarised);
	store((uint64_t *)&consumer->count_before, consumer->bursts[slot].count);
	store((uint64_t *)&consumer->counting_ns, event->boottime_ns);
	at(consume, CONSUME_WRITING);
	store((uint64_t *)&consumer->counting, (uint64_t)slot + 1);
	at(consume, CONSUME_COUNTING);
	count_it(consumer);
	at(consume, CONSUME_COUNTED);
	event_ring_release(consume->ring);
	at(consume, CONSUME_RELEASED);
	return 1;
}

/* Whole, or, where names and arguments were made to have no room in a line, without the longest. */
static int append(struct event_consume *consume, json_t *json, const char **line, size_t *len)
{
	int err = record_append(consume->record, json, line, len);

	if (err != -E2BIG)
		return err;
	event_shorten(json);
	return record_append(consume->record, json, line, len);
}

static int record_event(struct event_consume *consume, const struct interdict_event *event,
			size_t len)
{
	struct interdict_consumer *consumer = consume->consumer;
	json_t *json = event_from_kernel(consume->origin, event, len);
	const char *line;
	size_t line_len;
	int err;

	if (!json)
		return -ENOMEM;
	store((uint64_t *)&consumer->counting, 0);
	store((uint64_t *)&consumer->k_writing, event->k);
	at(consume, CONSUME_BEFORE);
	store((uint64_t *)&consumer->recorded_before, consumer->recorded);
	at(consume, CONSUME_WRITING);
	err = append(consume, json, &line, &line_len);
	if (!err) {
		if (consume->bursts)
			bursts_recorded(consume->bursts, event->boottime_ns, json,
					record_seq(consume->record));
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

static int consume_one(struct event_consume *consume)
{
	const void *data;
	size_t len = event_ring_peek(consume->ring, &data);
	int slot;

	if (!len)
		return 0;
	at(consume, CONSUME_READ);
	if (!event_is_sane(data, len))
		return drop(consume);
	/* What the guards saw is no refusal of a file; the kernel tells of a burst of it once. */
	slot = consume->bursts && ((const struct interdict_event *)data)->kind !=
					  INTERDICT_EVENT_TAMPER ?
		       bursts_judge(consume->bursts, data) :
		       -1;
	return slot < 0 ? record_event(consume, data, len) : count_event(consume, data, slot);
}

struct wanted {
	uint64_t seq;
	json_t *event;
};

static int take_wanted(void *ctx, const json_t *event, const char *line, size_t len)
{
	json_int_t seq = json_integer_value(json_object_get(event, "seq"));
	struct wanted *wanted = ctx;

	(void)line;
	(void)len;
	if (seq <= 0 || (uint64_t)seq > wanted->seq)
		return 0;
	if ((uint64_t)seq == wanted->seq)
		wanted->event = json_deep_copy(event);
	return 1;
}

/* The line of a burst. What it is like is in the record, if a daemon before began it. */
static json_t *summary(struct event_consume *consume, int slot)
{
	const struct interdict_burst *burst = &consume->consumer->bursts[slot];
	const json_t *like = bursts_like(consume->bursts, slot);
	struct wanted wanted = { .seq = burst->seq };
	json_t *json;

	if (!like)
		record_walk(consume->record, take_wanted, &wanted);
	json = burst_summary(burst, consume->origin, like ? like : wanted.event);
	json_decref(wanted.event);
	if (json)
		json_object_set_new(json, "lost",
				    json_integer(consume->lost ? (json_int_t)*consume->lost : 0));
	return json;
}

static int sum_up(struct event_consume *consume, int slot)
{
	struct interdict_consumer *consumer = consume->consumer;
	json_t *json = summary(consume, slot);
	const char *line;
	size_t len;
	int err;

	if (!json)
		return -ENOMEM;
	store((uint64_t *)&consumer->counting, 0);
	store((uint64_t *)&consumer->summing, (uint64_t)slot + 1);
	at(consume, CONSUME_SUMMING);
	err = append(consume, json, &line, &len);
	if (!err) {
		at(consume, CONSUME_SUMMED);
		bursts_told(consume->bursts, slot);
	}
	store((uint64_t *)&consumer->summing, 0);
	if (!err && consume->recorded)
		consume->recorded(consume->ctx, json, line, len);
	json_decref(json);
	return err;
}

int event_consume_sum_up(struct event_consume *consume, uint64_t now_ns, bool all)
{
	uint64_t began = now();
	int slot, err = 0;

	if (!consume->bursts)
		return 0;
	while (!err && (slot = bursts_due(consume->bursts, now_ns, all)) >= 0) {
		err = sum_up(consume, slot);
		if (!all && is_over(consume, began))
			break;
	}
	return err;
}

int event_consume_some(struct event_consume *consume, int max)
{
	uint64_t began = now();
	int n = 0;

	if (!consume->settled) {
		int err = event_consume_sum_up(consume, 0, true);

		if (err)
			return err;
		consume->settled = true;
	}
	while (n < max) {
		int taken = consume_one(consume);

		if (taken < 0)
			return n ? n : taken;
		if (!taken)
			break;
		n++;
		if (is_over(consume, began))
			break;
	}
	return n;
}
