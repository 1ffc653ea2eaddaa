// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk on which every event takes long: a turn of the daemon's loop ends all the same, and while
 * all that waits is recorded systemd's watchdog is told, as long as anything is.
 *
 * The ring and the state are memory, as the kernel's are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tempdir.h"
#include "daemon/daemon.h"
#include "engine/engine_internal.h"

#define RING_SIZE (1U << 20)
#define EVENTS	  20
#define MS	  1000000ULL
/* What an event takes, in ms. */
#define SLOW 20

static struct {
	uint64_t consumer, producer;
	uint8_t data[2 * RING_SIZE];
} memory;

static struct interdict_state kernel;
static struct engine engine = { .state = &kernel };
static struct daemon d;
static int systemd;

static void ring_put(uint64_t k, uint64_t ino)
{
	struct interdict_event event = { .k = k, .kind = INTERDICT_EVENT_DENIED };
	uint32_t head[2] = { INTERDICT_EVENT_HEAD, 0 };
	uint8_t *at = memory.data + memory.producer;

	event.file.ino = ino;
	strcpy(event.order, "an-order");
	memcpy(at, head, sizeof(head));
	memcpy(at + sizeof(head), &event, INTERDICT_EVENT_HEAD);
	memory.producer += (INTERDICT_EVENT_HEAD + sizeof(head) + 7) & ~7ULL;
	assert_true(memory.producer < RING_SIZE);
	kernel.counters.emitted++;
}

static ssize_t slow_write(int fd, const void *buf, size_t len)
{
	const struct timespec while_ = { .tv_nsec = SLOW * MS };

	nanosleep(&while_, NULL);
	return write(fd, buf, len);
}

static int systemd_open(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static unsigned int pats(void)
{
	char text[64];
	unsigned int n = 0;
	ssize_t len;

	while ((len = recv(systemd, text, sizeof(text) - 1, 0)) > 0) {
		text[len] = '\0';
		n += !strcmp(text, "WATCHDOG=1");
	}
	return n;
}

static int setup(void **state)
{
	static const struct checkpoint_at none;
	struct record_found found;

	if (tempdir_setup(state))
		return -1;
	memset(&memory, 0, offsetof(typeof(memory), data));
	memset(&kernel, 0, sizeof(kernel));
	memset(&d, 0, sizeof(d));
	d.engine = &engine;
	d.ring = (struct event_ring){ &memory.consumer, &memory.producer, memory.data,
				      RING_SIZE,	{ NULL },	  { 0 } };
	d.origin.cgroup_fd = -1;
	d.consume.ring = &d.ring;
	d.consume.consumer = &kernel.consumer;
	d.consume.origin = &d.origin;
	d.consume.turn_ns = DAEMON_TURN_NS;
	d.config.checkpoint_events = UINT32_MAX;
	d.config.checkpoint_every = UINT32_MAX;
	d.checkpoint_time = time(NULL);
	d.watchdog_us = 30 * 1000000;
	assert_int_equal(record_open(tempdir_path("events"), &none, &d.record, &found), 0);
	d.consume.record = d.record;
	record_set_write(d.record, slow_write);
	systemd = systemd_open(tempdir_path("systemd"));
	return 0;
}

static int teardown(void **state)
{
	record_close(d.record);
	bursts_free(d.consume.bursts);
	unsetenv("NOTIFY_SOCKET");
	close(systemd);
	return tempdir_teardown(state);
}

static void test_turn(void **state)
{
	(void)state;
	for (uint64_t k = 1; k <= EVENTS; k++)
		ring_put(k, k);
	daemon_drain(&d);
	assert_in_range(kernel.consumer.recorded, 1, DAEMON_TURN_NS / (SLOW * MS));
	/* Where a single one takes longer than a turn, it is taken. */
	d.consume.turn_ns = 1;
	kernel.consumer.recorded = 0;
	daemon_drain(&d);
	assert_int_equal(kernel.consumer.recorded, 1);
}

/* So are the lines of bursts that are over; but on request all are written. */
static void test_bursts(void **state)
{
	const struct burst_limits once = { .events = 1, .within_ns = 1 };
	uint64_t k = 0;

	(void)state;
	d.consume.bursts = bursts_new(kernel.consumer.bursts, &once);
	record_set_write(d.record, write);
	for (uint64_t ino = 1; ino <= EVENTS; ino++) {
		ring_put(++k, ino);
		ring_put(++k, ino);
	}
	daemon_drain(&d);
	assert_int_equal(kernel.consumer.summarised, EVENTS);
	assert_int_equal(record_seq(d.record), EVENTS);
	record_set_write(d.record, slow_write);
	daemon_sum_up(&d, false);
	assert_in_range(record_seq(d.record), EVENTS + 1, EVENTS + DAEMON_TURN_NS / (SLOW * MS));
	daemon_sum_up(&d, true);
	assert_int_equal(record_seq(d.record), 2 * EVENTS);
}

static void test_watchdog(void **state)
{
	(void)state;
	for (uint64_t k = 1; k <= EVENTS; k++)
		ring_put(k, k);
	assert_int_equal(daemon_drain_all(&d), 0);
	assert_int_equal(kernel.consumer.recorded, EVENTS);
	assert_in_range(pats(), EVENTS * SLOW * MS / DAEMON_TURN_NS, EVENTS);
	/* Nothing is taken: nothing is said. */
	ring_put(EVENTS + 1, 1);
	daemon_pat_watchdog(&d);
	assert_int_equal(pats(), 0);
	daemon_drain(&d);
	daemon_pat_watchdog(&d);
	assert_int_equal(pats(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = { TEST(test_turn), TEST(test_bursts),
					    TEST(test_watchdog) };

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
