// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the ring to the record, with a process that is killed at every step, also in the middle of
 * a write: nothing is recorded twice, nothing is missing, the counters balance.
 *
 * The ring and struct interdict_consumer are in shared memory, as the kernel's are; a child takes
 * events and dies at a chosen moment; the next one goes on.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <openssl/sha.h>
#include <cmocka.h>

#include "events/event_consume.h"
#include "events/event_record.h"

#define RING_SIZE (1U << 20)
#define N_EVENTS  12
#define RECORD	  "build/unit/test_event_consume.jsonl"
/* Half of a line, in writing. */
#define KILL_TORN CONSUME_POINTS
/* Of an event that is recorded. */
#define N_KILLS (CONSUME_RELEASED + 2)

static const struct checkpoint_at none;

static struct shared {
	uint64_t consumer, producer;
	struct interdict_consumer state;
	uint8_t data[2 * RING_SIZE]; /* the second half is a copy of the first */
} * shared;

static struct event_ring ring;
static struct event_origin origin;

static void ring_put_event(const struct interdict_event *event, uint32_t flags)
{
	uint32_t len = (uint32_t)INTERDICT_EVENT_HEAD + event->data_len;
	uint32_t head[2] = { len | flags, 0 };
	uint8_t *at = shared->data + (shared->producer & (RING_SIZE - 1));

	memcpy(at, head, sizeof(head));
	memcpy(at + 8, event, len);
	shared->producer += (len + 8 + 7) & ~7ULL;
	assert_true(shared->producer < RING_SIZE);
}

static void ring_put(uint64_t k, uint32_t flags)
{
	struct interdict_event event;

	memset(&event, 0, sizeof(event));
	event.k = k;
	event.kind = INTERDICT_EVENT_DENIED;
	strcpy(event.order, "an-order");
	ring_put_event(&event, flags);
}

static void reset(void)
{
	memset(shared, 0, offsetof(struct shared, data));
	ring.consumer = &shared->consumer;
	ring.producer = &shared->producer;
	ring.data = shared->data;
	ring.size = RING_SIZE;
	unlink(RECORD);
	unlink(RECORD ".1");
}

/* The moments of an event that is recorded: those up to CONSUME_RELEASED, and in its writing. */
static int kill_of(int i)
{
	return i <= CONSUME_RELEASED ? i : KILL_TORN;
}

/* What a daemon counts instead of recording it; 0 events: nothing. */
static struct burst_limits limits;

struct plan {
	int kill; /* a consume_point or KILL_TORN; -1: none */
	int at;	  /* the how many-th time */
};

static struct plan plan;

static void at_point(void *ctx, enum consume_point point)
{
	(void)ctx;
	if ((int)point == plan.kill && plan.at-- == 0)
		_exit(9);
}

static ssize_t torn_write(int fd, const void *buf, size_t len)
{
	if (plan.kill == KILL_TORN && plan.at-- == 0) {
		assert_int_equal(write(fd, buf, len / 2), len / 2);
		_exit(9);
	}
	return write(fd, buf, len);
}

static void append_start(struct record *record, bool resumed)
{
	json_t *event = event_begin(&origin, "start");
	const char *line;
	size_t len;

	json_object_set_new(event, "resumed", json_boolean(resumed));
	if (record_append(record, event, &line, &len))
		_exit(1);
	json_decref(event);
}

/* What a daemon does, in a process of its own. Returns its exit status: 9 killed, 0 done. */
static int run_daemon(bool with_start)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct event_consume consume = {
			.ring = &ring,
			.consumer = &shared->state,
			.origin = &origin,
			.at = at_point,
		};
		struct record_found found;

		if (record_open(RECORD, &none, &consume.record, &found))
			_exit(1);
		if (limits.events)
			consume.bursts = bursts_new(shared->state.bursts, &limits);
		if (event_consume_begin(&consume))
			_exit(2);
		if (with_start)
			append_start(consume.record, event_consume_resumed(&consume));
		record_set_write(consume.record, torn_write);
		if (event_consume_some(&consume, 1000) < 0 ||
		    event_consume_sum_up(&consume, 0, true) < 0)
			_exit(3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The record: seq without a gap, the chain whole, each k from 1 to @n once and in order. */
static void check_record(uint64_t n)
{
	FILE *file = fopen(RECORD, "r");
	char *line = NULL, prev[65];
	uint64_t seq = 0, k = 0;
	size_t size = 0;
	ssize_t len;

	assert_non_null(file);
	memset(prev, '0', 64);
	prev[64] = '\0';
	while ((len = getline(&line, &size, file)) > 0) {
		json_t *json = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
		uint8_t digest[32];

		assert_non_null(json);
		assert_int_equal(line[len - 1], '\n');
		assert_int_equal(json_integer_value(json_object_get(json, "seq")), ++seq);
		assert_string_equal(json_string_value(json_object_get(json, "prev")), prev);
		if (json_object_get(json, "k"))
			assert_int_equal(json_integer_value(json_object_get(json, "k")), ++k);
		SHA256((unsigned char *)line, (size_t)len, digest);
		event_hex(digest, 32, prev);
		json_decref(json);
	}
	assert_int_equal(k, n);
	free(line);
	fclose(file);
}

/* One kill, at each moment of each event, with and without lines of the daemon's own between. */
static void test_one_kill(void **state)
{
	(void)state;
	for (int with_start = 0; with_start < 2; with_start++) {
		for (int kill = 0; kill < N_KILLS; kill++) {
			for (int at = 0; at < 4; at++) {
				reset();
				for (uint64_t k = 1; k <= 4; k++)
					ring_put(k, 0);
				plan = (struct plan){ kill_of(kill), at };
				assert_int_equal(run_daemon(with_start), 9);
				plan.kill = -1;
				assert_int_equal(run_daemon(with_start), 0);
				check_record(4);
				assert_int_equal(shared->state.recorded, 4);
				assert_int_equal(shared->state.dropped, 0);
				assert_int_equal(event_ring_waiting(&ring), 0);
			}
		}
	}
}

/* A daemon that is killed again and again, at any two moments in a row. */
static void test_two_kills(void **state)
{
	(void)state;
	for (int first = 0; first < N_KILLS; first++) {
		for (int second = 0; second < N_KILLS; second++) {
			reset();
			ring_put(1, 0);
			ring_put(2, 0);
			ring_put(3, 0);
			plan = (struct plan){ kill_of(first), 1 };
			assert_int_equal(run_daemon(true), 9);
			plan = (struct plan){ kill_of(second), 0 };
			assert_int_equal(run_daemon(true), 9);
			plan.kill = -1;
			assert_int_equal(run_daemon(true), 0);
			check_record(3);
			assert_int_equal(shared->state.recorded, 3);
		}
	}
}

static void test_random_kills(void **state)
{
	uint64_t k = 0;

	(void)state;
	srand(1);
	reset();
	for (int i = 0; i < 200; i++) {
		while (k < N_EVENTS * 5 && rand() % 3)
			ring_put(++k, 0);
		plan = (struct plan){ kill_of(rand() % N_KILLS), rand() % 3 };
		run_daemon(rand() % 2);
	}
	plan.kill = -1;
	assert_int_equal(run_daemon(true), 0);
	check_record(k);
	assert_int_equal(shared->state.recorded, k);
}

/* The programs are loaded anew: k begins again at the number that the record ends with. */
static void test_new_programs(void **state)
{
	struct interdict_consumer *consumer = &shared->state;

	(void)state;
	for (int kill = 0; kill < N_KILLS; kill++) {
		FILE *file;
		char *line = NULL;
		size_t size = 0;
		int n = 0;

		reset();
		ring_put(1, 0);
		plan.kill = -1;
		assert_int_equal(run_daemon(true), 0);
		memset(consumer, 0, sizeof(*consumer));
		shared->consumer = shared->producer = 0;
		ring_put(1, 0);
		plan = (struct plan){ kill_of(kill), 0 };
		assert_int_equal(run_daemon(true), 9);
		plan.kill = -1;
		assert_int_equal(run_daemon(true), 0);
		assert_int_equal(consumer->recorded, 1);
		file = fopen(RECORD, "r");
		while (getline(&line, &size, file) > 0)
			n += strstr(line, "\"k\":1,") != NULL;
		assert_int_equal(n, 2);
		free(line);
		fclose(file);
	}
}

/* Killed behind a write, and the record was rotated before the next start. */
static void test_rotated(void **state)
{
	(void)state;
	reset();
	ring_put(1, 0);
	plan = (struct plan){ CONSUME_WRITTEN, 0 };
	assert_int_equal(run_daemon(true), 9);
	assert_int_equal(rename(RECORD, RECORD ".1"), 0);
	plan.kill = -1;
	assert_int_equal(run_daemon(false), 0);
	assert_int_equal(shared->state.recorded, 1);
	assert_int_equal(event_ring_waiting(&ring), 0);
}

/* Every event is recorded or counted, once, and the counts add up. */
static void check_bursts(uint64_t n)
{
	const struct interdict_consumer *consumer = &shared->state;
	uint64_t recorded = 0, counted = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(RECORD, "r");

	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		json_t *json = json_loads(line, 0, NULL);

		recorded += json_object_get(json, "k") != NULL;
		if (!strcmp(json_string_value(json_object_get(json, "event")), "summary")) {
			counted += (uint64_t)json_integer_value(json_object_get(json, "count"));
			assert_string_equal(json_string_value(json_object_get(json, "of")),
					    "denied");
			assert_string_equal(json_string_value(json_object_get(json, "order")),
					    "an-order");
		}
		json_decref(json);
	}
	free(line);
	fclose(file);
	assert_int_equal(recorded + counted, n);
	assert_int_equal(consumer->recorded, recorded);
	assert_int_equal(consumer->summarised, counted);
	assert_int_equal(event_ring_waiting(&ring), 0);
	for (int i = 0; i < INTERDICT_BURSTS; i++)
		assert_int_equal(consumer->bursts[i].count, 0);
}

/* Killed at any two moments, also while a burst is summed up. */
static void test_bursts_killed(void **state)
{
	(void)state;
	limits = (struct burst_limits){ .events = 2, .within_ns = 1000000000 };
	for (int first = 0; first <= KILL_TORN; first++) {
		for (int second = 0; second <= KILL_TORN; second++) {
			for (int at = 0; at < 5; at++) {
				reset();
				for (uint64_t k = 1; k <= 6; k++)
					ring_put(k, 0);
				plan = (struct plan){ first, at };
				run_daemon(true);
				ring_put(7, 0);
				plan = (struct plan){ second, at / 2 };
				run_daemon(at % 2);
				plan.kill = -1;
				assert_int_equal(run_daemon(true), 0);
				check_bursts(7);
			}
		}
	}
	limits.events = 0;
}

/* One daemon: the first two are recorded, the others are one line. */
static void test_bursts(void **state)
{
	(void)state;
	limits = (struct burst_limits){ .events = 2, .within_ns = 1000000000 };
	reset();
	for (uint64_t k = 1; k <= 8; k++)
		ring_put(k, 0);
	plan.kill = -1;
	assert_int_equal(run_daemon(false), 0);
	check_bursts(8);
	assert_int_equal(shared->state.recorded, 2);
	limits.events = 0;
}

static ssize_t full_write(int fd, const void *buf, size_t len)
{
	(void)fd;
	(void)buf;
	(void)len;
	errno = ENOSPC;
	return -1;
}

static ssize_t short_write(int fd, const void *buf, size_t len)
{
	return write(fd, buf, len / 3);
}

/* A full disk: the events stay in the ring, and are recorded when there is room. */
static void test_full(void **state)
{
	struct event_consume consume = { .ring = &ring,
					 .consumer = &shared->state,
					 .origin = &origin };
	struct record_found found;

	(void)state;
	reset();
	for (uint64_t k = 1; k <= 5; k++)
		ring_put(k, 0);
	assert_int_equal(record_open(RECORD, &none, &consume.record, &found), 0);
	assert_int_equal(event_consume_begin(&consume), 0);
	assert_int_equal(event_consume_some(&consume, 2), 2);
	record_set_write(consume.record, full_write);
	assert_int_equal(event_consume_some(&consume, 10), -ENOSPC);
	record_set_write(consume.record, short_write);
	assert_int_equal(event_consume_some(&consume, 10), -ENOSPC);
	assert_true(event_ring_waiting(&ring) > 0);
	assert_int_equal(shared->state.recorded, 2);
	record_set_write(consume.record, write);
	assert_int_equal(event_consume_some(&consume, 10), 3);
	check_record(5);
	assert_int_equal(shared->state.recorded, 5);
	assert_int_equal(shared->state.dropped, 0);
	record_close(consume.record);
}

/* Records that are discarded, busy, or none that we know. */
static void test_ring(void **state)
{
	struct event_consume consume = { .ring = &ring,
					 .consumer = &shared->state,
					 .origin = &origin };
	struct record_found found;
	uint64_t busy;

	(void)state;
	reset();
	ring_put(1, 0);
	ring_put(99, BPF_RINGBUF_DISCARD_BIT);
	ring_put(2, 0);
	busy = shared->producer;
	ring_put(3, BPF_RINGBUF_BUSY_BIT);
	assert_int_equal(record_open(RECORD, &none, &consume.record, &found), 0);
	assert_int_equal(event_consume_begin(&consume), 0);
	assert_int_equal(event_consume_some(&consume, 10), 2);
	assert_int_equal(shared->consumer, busy);
	*(uint32_t *)(shared->data + busy) = INTERDICT_EVENT_HEAD;
	assert_int_equal(event_consume_some(&consume, 10), 1);
	check_record(3);
	/* too short to be an event */
	busy = shared->producer;
	ring_put(4, 0);
	*(uint32_t *)(shared->data + busy) = 16;
	shared->producer = busy + 24;
	assert_int_equal(event_consume_some(&consume, 10), 1);
	assert_int_equal(shared->state.dropped, 1);
	assert_int_equal(shared->state.recorded, 3);
	assert_int_equal(event_ring_waiting(&ring), 0);
	record_close(consume.record);
}

/* One whose names and arguments were chosen so that its line is too long: it is recorded, without
 * them, and so is the sum of those like it. */
static void test_too_long(void **state)
{
	static const size_t lengths[] = { INTERDICT_PATH_LEN, INTERDICT_PATH_LEN, INTERDICT_EXE_LEN,
					  INTERDICT_ARGS_LEN, INTERDICT_ARGS_LEN };
	static struct interdict_event event;
	static struct interdict_claims claims;
	struct event_consume consume = { .ring = &ring,
					 .consumer = &shared->state,
					 .origin = &origin };
	const struct burst_limits once = { .events = 1, .within_ns = 1 };
	struct record_found found;
	char bytes[INTERDICT_PATH_LEN];
	FILE *file;
	char *line = NULL;
	size_t size = 0;
	int shortened = 0;

	(void)state;
	reset();
	memset(bytes, 0x01, sizeof(bytes));
	event.kind = INTERDICT_EVENT_DENIED;
	event.file.real_ino = 1;
	claims.count = INTERDICT_CLAIMS_MAX;
	for (int i = 0; i < INTERDICT_CLAIMS_MAX; i++) {
		claims.claim[i].kind = INTERDICT_KIND_KEY;
		claims.claim[i].form = INTERDICT_FORM_SPKI;
		claims.claim[i].len = 32;
	}
	event_put_claims(&event, &claims);
	for (int i = 0; i < INTERDICT_TEXT_COUNT; i++)
		event_put_text(&event, (enum interdict_text)i, bytes, lengths[i]);
	for (event.k = 1; event.k <= 3; event.k++)
		ring_put_event(&event, 0);
	assert_int_equal(record_open(RECORD, &none, &consume.record, &found), 0);
	consume.bursts = bursts_new(shared->state.bursts, &once);
	assert_int_equal(event_consume_begin(&consume), 0);
	assert_int_equal(event_consume_some(&consume, 10), 3);
	assert_int_equal(event_consume_sum_up(&consume, 0, true), 0);
	assert_int_equal(shared->state.recorded, 1);
	assert_int_equal(shared->state.summarised, 2);
	assert_int_equal(shared->state.dropped, 0);
	record_close(consume.record);
	bursts_free(consume.bursts);
	file = fopen(RECORD, "r");
	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		json_t *json = json_loads(line, 0, NULL);

		shortened += json_is_true(json_object_get(json, "shortened"));
		assert_int_equal(strlen(json_string_value(
					 json_object_get(json_object_get(json, "file"), "path"))),
				 INTERDICT_PATH_LEN);
		assert_non_null(strstr(line, ",\"lost\":0,\"prev\":\""));
		json_decref(json);
	}
	assert_int_equal(shortened, 1);
	free(line);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_kill),     cmocka_unit_test(test_two_kills),
		cmocka_unit_test(test_random_kills), cmocka_unit_test(test_new_programs),
		cmocka_unit_test(test_rotated),	     cmocka_unit_test(test_full),
		cmocka_unit_test(test_bursts),	     cmocka_unit_test(test_bursts_killed),
		cmocka_unit_test(test_ring),	     cmocka_unit_test(test_too_long),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	origin.cgroup_fd = -1;
	strcpy(origin.host, "00000000000000000000000000000000");
	strcpy(origin.boot, "11111111111111111111111111111111");
	return cmocka_run_group_tests_name("event_consume", tests, NULL, NULL);
}
