// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * engine_churn switch DIR-A DIR-B SWITCHES FILE-A FILE-B FILE-C
 * engine_churn kill DIR-A DIR-B TIMES FILE-C
 * engine_churn list N FILE
 *
 * switch: policies A and B become active in turn, while processes execute and open the files. A's
 * order "a" bans FILE-A, B's order "b" FILE-B, and order "c" of both FILE-C. Then FILE-C must never
 * have run, every event of "a" must carry a serial of A's, and every refusal must be an event or be
 * counted as lost.
 * kill: a process that does nothing but switch is killed at random moments; FILE-C must not run.
 * list: writes a list of N hashes with sizes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/event.h"
#include "engine/engine.h"
#include "policy/policy.h"

#define WORKERS 2
#define FILES	3

/* What the workers saw, in memory that they share. */
struct seen {
	unsigned long refused[FILES], ran[FILES], other;
	int stop;
};

struct tally {
	unsigned long events[FILES], wrong, unordered;
	uint64_t lost;
	uint64_t first; /* serial of A's first policy: A's are even steps from it */
};

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "engine_churn: %s: %s\n", what, strerror(errno));
	exit(100);
}

static struct policy *load(const char *dir)
{
	struct policy_errors errs = { 0 };
	struct policy *policy;

	if (policy_load_dir(dir, 0, &policy, &errs)) {
		policy_errors_print(&errs, stderr);
		exit(100);
	}
	policy_errors_free(&errs);
	return policy;
}

static struct engine *open_engine(void)
{
	struct engine_error err;
	struct engine *engine;

	if (engine_open(NULL, &engine, &err)) {
		fprintf(stderr, "engine_churn: %s\n", err.text);
		exit(100);
	}
	return engine;
}

/* Make @policy active with the next serial, which is told to be of A by being even. */
static void switch_to(struct engine *engine, struct policy *policy[2], uint64_t serial)
{
	const struct policy_device device = { .early = time(NULL), .late = time(NULL) };
	struct engine_error err;
	struct policy *next = policy[serial & 1];

	next->serial = serial;
	if (engine_switch(engine, next, &device, NULL, &err)) {
		fprintf(stderr, "engine_churn: %s\n", err.text);
		exit(1);
	}
}

/* Returns the exit status, or 101 where it was refused. An exec that was let in under one policy
 * can be refused under the next when its program is mapped: then it is killed. */
static int run(const char *file)
{
	char *argv[] = { (char *)file, NULL };
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execv(file, argv);
		_exit(errno == EPERM ? 101 : 102);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? 101 : -1;
}

static void work(const char *const file[FILES], struct seen *seen)
{
	while (!__atomic_load_n(&seen->stop, __ATOMIC_RELAXED)) {
		for (int i = 0; i < FILES; i++) {
			int fd, status = run(file[i]);

			if (status == 101)
				__atomic_add_fetch(&seen->refused[i], 1, __ATOMIC_RELAXED);
			else if (status >= 0 && status < 100)
				__atomic_add_fetch(&seen->ran[i], 1, __ATOMIC_RELAXED);
			else
				__atomic_add_fetch(&seen->other, 1, __ATOMIC_RELAXED);
			fd = open(file[i], O_RDONLY | O_CLOEXEC);
			if (fd >= 0)
				__atomic_add_fetch(&seen->ran[i], 1, __ATOMIC_RELAXED);
			else if (errno == EPERM)
				__atomic_add_fetch(&seen->refused[i], 1, __ATOMIC_RELAXED);
			else
				__atomic_add_fetch(&seen->other, 1, __ATOMIC_RELAXED);
			if (fd >= 0)
				close(fd);
		}
	}
}

static int on_event(void *data, void *record, size_t size)
{
	const struct interdict_event *event = record;
	struct tally *tally = data;
	int which;

	if (size < INTERDICT_EVENT_HEAD || event->order[1] || event->order[0] < 'a' ||
	    event->order[0] >= 'a' + FILES) {
		tally->wrong++;
		return 0;
	}
	which = event->order[0] - 'a';
	tally->events[which]++;
	/* Each generation has its serial: were a decision of two, these would not belong together.
	 */
	if (event->policy.serial - event->generation != tally->first ||
	    (which < 2 && (event->policy.serial & 1) != (unsigned int)which) ||
	    strcmp(event->policy.name, event->policy.serial & 1 ? "policy-b" : "policy-a") != 0)
		tally->wrong++;
	return 0;
}

static int do_switch(char **argv)
{
	const char *const file[FILES] = { argv[3], argv[4], argv[5] };
	struct policy *policy[2] = { load(argv[0]), load(argv[1]) };
	unsigned long refused = 0, events = 0, switches = strtoul(argv[2], NULL, 10);
	struct interdict_counters *counters;
	struct engine *engine = open_engine();
	struct tally tally = { 0 };
	struct ring_buffer *ring;
	pid_t worker[WORKERS];
	struct seen *seen;
	uint64_t serial = 2;
	int status = 0;

	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		die("mmap");
	counters = &engine_state(engine)->counters;
	switch_to(engine, policy, serial);
	tally.first = serial - engine_state(engine)->generations;
	ring = ring_buffer__new(engine_ring_fd(engine), on_event, &tally, NULL);
	if (!ring)
		die("ring buffer");
	for (int i = 0; i < WORKERS; i++) {
		worker[i] = fork();
		if (!worker[i]) {
			work(file, seen);
			_exit(0);
		}
	}
	for (unsigned long i = 0; i < switches; i++) {
		switch_to(engine, policy, ++serial);
		ring_buffer__poll(ring, 20);
	}
	__atomic_store_n(&seen->stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < WORKERS; i++)
		waitpid(worker[i], NULL, 0);
	while (ring_buffer__consume(ring) > 0)
		;
	for (int i = 0; i < FILES; i++) {
		printf("%c: ran %lu, refused %lu, events %lu\n", 'a' + i, seen->ran[i],
		       seen->refused[i], tally.events[i]);
		refused += seen->refused[i];
		events += tally.events[i];
	}
	printf("other %lu, wrong %lu; attempts %llu = emitted %llu + lost %llu; denied %llu\n",
	       seen->other, tally.wrong, (unsigned long long)counters->attempts,
	       (unsigned long long)counters->emitted, (unsigned long long)counters->lost,
	       (unsigned long long)counters->denied);
	if (tally.wrong || seen->other || seen->ran[2])
		status = 1;
	/* Both must have been tried under both policies, or nothing was shown. */
	for (int i = 0; i < 2; i++)
		if (!seen->ran[i] || !seen->refused[i])
			status = 1;
	if (counters->attempts != counters->emitted + counters->lost ||
	    counters->emitted != events || counters->denied != refused ||
	    counters->attempts != refused)
		status = 1;
	engine_close(engine);
	return status;
}

/* Says on @ready when it begins. */
static void switch_forever(struct policy *policy[2], int ready)
{
	struct engine *engine = open_engine();
	const struct interdict_state *state = engine_state(engine);
	uint64_t serial = 2;

	if (state->active)
		serial = state->heads[INTERDICT_ACTIVE_SLOT(state->active)].serial;
	if (write(ready, "", 1) != 1)
		die("pipe");
	for (;;)
		switch_to(engine, policy, ++serial);
}

static int do_kill(char **argv)
{
	struct policy *policy[2] = { load(argv[0]), load(argv[1]) };
	unsigned long times = strtoul(argv[2], NULL, 10), ran = 0;
	struct engine *engine = open_engine();
	uint64_t before;

	switch_to(engine, policy, 2);
	before = engine_state(engine)->generations;
	srand(1);
	for (unsigned long i = 0; i < times; i++) {
		int ready[2];
		pid_t pid;
		char byte;

		if (pipe(ready))
			die("pipe");
		pid = fork();
		if (!pid)
			switch_forever(policy, ready[1]);
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			die("the process that switches");
		close(ready[0]);
		usleep(rand() % 400000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		ran += run(argv[3]) != 101;
	}
	printf("killed %lu times over %llu switches; the banned file ran %lu times\n", times,
	       (unsigned long long)(engine_state(engine)->generations - before), ran);
	/* They do nothing else, so most die in the middle of one; some have to be whole. */
	if (engine_state(engine)->generations - before < 2) {
		printf("too few switches for a test\n");
		ran = 1;
	}
	/* Whatever was left behind, the next switch works. */
	switch_to(engine, policy,
		  engine_state(engine)
				  ->heads[INTERDICT_ACTIVE_SLOT(engine_state(engine)->active)]
				  .serial +
			  1);
	engine_close(engine);
	return ran ? 1 : 0;
}

static uint64_t random_word(void)
{
	static uint64_t x = 0x2545f4914f6cdd1dULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static int do_list(char **argv)
{
	unsigned long n = strtoul(argv[0], NULL, 10);
	FILE *file = fopen(argv[1], "w");

	if (!file)
		die(argv[1]);
	for (unsigned long i = 0; i < n; i++) {
		unsigned long long w[5];

		for (int j = 0; j < 5; j++)
			w[j] = random_word();
		fprintf(file, "%016llx%016llx%016llx%016llx %llu\n", w[0], w[1], w[2], w[3],
			w[4] % 100000000 + 1);
	}
	return fclose(file) ? 100 : 0;
}

int main(int argc, char **argv)
{
	if (argc == 8 && !strcmp(argv[1], "switch"))
		return do_switch(argv + 2);
	if (argc == 6 && !strcmp(argv[1], "kill"))
		return do_kill(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "list"))
		return do_list(argv + 2);
	fprintf(stderr, "usage: see the head of engine_churn.c\n");
	return 2;
}
