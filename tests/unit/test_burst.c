// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of bursts: what is the same, with more of them than there is room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "events/burst.h"
#include "events/event_record.h"

static struct interdict_burst slots[INTERDICT_BURSTS];
static struct interdict_event event;

#define EVENT_PATH "/opt/y"
#define EVENT_EXE  "/usr/bin/x"

static void fill(void)
{
	memset(&event, 0, sizeof(event));
	event.k = 1;
	event.boottime_ns = 1;
	event.kind = INTERDICT_EVENT_DENIED;
	event.generation = 3;
	event.file.ino = 7;
	event.file.ids.have = INTERDICT_ID_SHA256;
	strcpy(event.order, "an-order");
	event_put_text(&event, INTERDICT_TEXT_PATH, EVENT_PATH, sizeof(EVENT_PATH));
	event_put_text(&event, INTERDICT_TEXT_EXE, EVENT_EXE, sizeof(EVENT_EXE));
}

/* Each that is recorded says by its line which it is. */
static void record(struct bursts *bursts, uint64_t now, json_int_t which)
{
	json_t *line = json_pack("{s:I}", "which", which);

	bursts_recorded(bursts, now, line, (uint64_t)which + 1);
	json_decref(line);
}

#define FIELD(member) offsetof(struct interdict_event, member)
#define EXE	      (FIELD(data) + sizeof(EVENT_PATH))

/* What makes an event another one, and what does not. */
static void test_same(void **state)
{
	static const struct {
		size_t offset;
		bool same;
	} fields[] = {
		{ FIELD(k), true },
		{ FIELD(lost), true },
		{ FIELD(boottime_ns), true },
		{ FIELD(process.pid), true },
		{ FIELD(process.comm), true },
		{ EXE + sizeof(EVENT_EXE), true }, /* behind its end */
		{ FIELD(data), true },		   /* the path */
		{ FIELD(generation), false },
		{ FIELD(kind), false },
		{ FIELD(op), false },
		{ FIELD(rule), false },
		{ FIELD(via), false },
		{ FIELD(error), false },
		{ FIELD(order), false },
		{ FIELD(file.ino), false },
		{ FIELD(file.dev_major), false },
		{ FIELD(file.dev_minor), false },
		{ FIELD(file.ids.sha256) + 31, false },
		{ FIELD(process.uid), false },
		{ FIELD(process.auid), false },
		{ FIELD(process.cgroup), false },
		{ EXE, false },
		{ EXE + 9, false },
		{ FIELD(text[INTERDICT_TEXT_EXE]), false },
	};
	const struct burst_limits limits = { .events = 1, .within_ns = 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		struct bursts *bursts = bursts_new(slots, &limits);

		fill();
		assert_int_equal(bursts_judge(bursts, &event), -1);
		record(bursts, 1, 0);
		assert_true(bursts_judge(bursts, &event) >= 0);
		((uint8_t *)&event)[fields[i].offset] ^= 1;
		if ((bursts_judge(bursts, &event) >= 0) != fields[i].same)
			fail_msg("field %zu", i);
		while (bursts_due(bursts, 1, true) >= 0)
			bursts_told(bursts, bursts_due(bursts, 1, true));
		bursts_free(bursts);
		memset(slots, 0, sizeof(slots));
	}
}

/* Half as many again as there is room for, in any order, for many times: every event is recorded or
 * is counted where one like it is, and every count is told. */
static void test_many(void **state)
{
	enum { EVENTS = 200000, KINDS = INTERDICT_BURSTS + INTERDICT_BURSTS / 2 };
	const struct burst_limits limits = { .events = 2, .within_ns = 5000 };
	struct bursts *bursts = bursts_new(slots, &limits);
	size_t recorded = 0, counted = 0, told = 0;
	unsigned int seed = 1;

	(void)state;
	fill();
	for (uint64_t now = 1; now <= EVENTS; now++) {
		json_int_t which = rand_r(&seed) % KINDS;
		int slot;

		/* Seldom ones among frequent ones. */
		if (rand_r(&seed) % 2)
			which /= 16;
		event.file.ino = (uint64_t)which;
		event.boottime_ns = now;
		slot = bursts_judge(bursts, &event);
		if (slot < 0) {
			record(bursts, now, which);
			recorded++;
		} else {
			assert_int_equal(json_integer_value(json_object_get(
						 bursts_like(bursts, slot), "which")),
					 which);
			slots[slot].count++;
			counted++;
		}
		while (now % 1000 == 0 && (slot = bursts_due(bursts, now, false)) >= 0) {
			assert_true(slots[slot].count > 0);
			told += slots[slot].count;
			bursts_told(bursts, slot);
		}
	}
	for (int slot; (slot = bursts_due(bursts, EVENTS, true)) >= 0;) {
		told += slots[slot].count;
		bursts_told(bursts, slot);
	}
	assert_int_equal(recorded + counted, EVENTS);
	assert_int_equal(told, counted);
	assert_true(counted > EVENTS / 4 && recorded > EVENTS / 100);
	bursts_free(bursts);
	memset(slots, 0, sizeof(slots));
}

/* What a daemon before left is told, and its room is there again. */
static void test_left(void **state)
{
	const struct burst_limits limits = { .events = 1, .within_ns = 1000 };
	struct bursts *bursts;
	int slot, n = 0;

	(void)state;
	for (int i = 0; i < INTERDICT_BURSTS; i++)
		slots[i] = (struct interdict_burst){ .key = 5, .count = i % 2 };
	bursts = bursts_new(slots, &limits);
	fill();
	/* None of them is known, and there is no room. */
	assert_int_equal(bursts_judge(bursts, &event), -1);
	record(bursts, 1, 1);
	assert_int_equal(bursts_judge(bursts, &event), -1);
	while ((slot = bursts_due(bursts, 0, true)) >= 0) {
		assert_null(bursts_like(bursts, slot));
		bursts_told(bursts, slot);
		n++;
	}
	assert_int_equal(n, INTERDICT_BURSTS / 2);
	for (uint64_t i = 0; i < INTERDICT_BURSTS; i++) {
		event.file.ino = i;
		assert_int_equal(bursts_judge(bursts, &event), -1);
		record(bursts, 1, 1);
		assert_true(bursts_judge(bursts, &event) >= 0);
	}
	bursts_free(bursts);
	memset(slots, 0, sizeof(slots));
}

/* The slots are in memory that root can write: nothing of it makes the daemon run in circles. */
static void test_scribbled(void **state)
{
	const struct burst_limits limits = { .events = 1, .within_ns = 1000 };
	struct bursts *bursts = bursts_new(slots, &limits);
	unsigned int seed = 2;

	(void)state;
	fill();
	for (uint64_t now = 1; now < 20000; now++) {
		struct interdict_burst *slot = &slots[rand_r(&seed) % INTERDICT_BURSTS];
		int due;

		slot->key = (uint64_t)rand_r(&seed) % 3;
		slot->count = (uint64_t)rand_r(&seed) % 2;
		event.file.ino = (uint64_t)rand_r(&seed) % 400;
		if (bursts_judge(bursts, &event) < 0)
			record(bursts, now, 1);
		if (now % 100 == 0)
			while ((due = bursts_due(bursts, now, now % 200 == 0)) >= 0)
				bursts_told(bursts, due);
	}
	bursts_free(bursts);
	memset(slots, 0, sizeof(slots));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_scribbled),
	};

	return cmocka_run_group_tests_name("burst", tests, NULL, NULL);
}
