// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Costs of file operations, in instructions: run in a VM whose clock counts them
 * (-icount shift=0: an instruction is a nanosecond).
 *
 *   ops SETUP DIR
 *
 * prints one JSON object a line: {"op":…,"state":…,"setup":SETUP,"instructions":N}, N for one
 * operation. DIR is on a file system that may be cached on, and holds "static" (an executable that
 * exits), "big" (64 MiB) and nothing else that matters; the rest is made here.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Enough that timer ticks, one in about 4 million instructions, spread evenly over the runs. */
#define WARM_RUNS   4000
#define FIRST_FILES 500
#define EXEC_RUNS   201

static const char *setup;

static uint64_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t))
		err(1, "clock_gettime");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void row(const char *op, const char *state, uint64_t total, unsigned int runs)
{
	printf("{\"op\":\"%s\",\"state\":\"%s\",\"setup\":\"%s\",\"instructions\":%llu}\n", op,
	       state, setup, (unsigned long long)((total + runs / 2) / runs));
	fflush(stdout);
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void open_warm(const char *path)
{
	uint64_t start = 0;

	for (unsigned int i = 0; i < 2 * WARM_RUNS; i++) {
		if (i == WARM_RUNS)
			start = now();
		close(open_or_die(path));
	}
	row("open", "warm", now() - start, WARM_RUNS);
}

/* New inodes, whose size is one that no rule names. Twice: what the first ones took of the
 * allocators has come back when the second ones want it. */
static void open_first(void)
{
	uint64_t start = 0;
	char name[32];

	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < FIRST_FILES; i++) {
			int fd;

			snprintf(name, sizeof(name), "first-%u", i);
			if (unlink(name) && errno != ENOENT)
				err(1, "%s", name);
			fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
			if (fd < 0 || write(fd, "unnamed", 7) != 7 || close(fd))
				err(1, "%s", name);
		}
		/* Grace periods, after which the kernel gives back what unlinked inodes held. */
		sleep(1);
		start = now();
		for (unsigned int i = 0; i < FIRST_FILES; i++) {
			snprintf(name, sizeof(name), "first-%u", i);
			close(open_or_die(name));
		}
	}
	row("open-first", "cold", now() - start, FIRST_FILES);
}

static void map_warm(const char *path)
{
	int fd = open_or_die(path);
	uint64_t start = 0;

	for (unsigned int i = 0; i < 2 * WARM_RUNS; i++) {
		void *p;

		if (i == WARM_RUNS)
			start = now();
		p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED || munmap(p, 4096))
			err(1, "mmap %s", path);
	}
	row("map", "warm", now() - start, WARM_RUNS);
	close(fd);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* fork, execve, exit and wait. A timer tick costs as much as what is looked for: the median. */
static void exec_warm(const char *op, const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	char *const envp[] = { NULL };
	uint64_t cost[EXEC_RUNS];

	for (unsigned int i = 0; i < 2 * EXEC_RUNS; i++) {
		uint64_t start = now();
		pid_t pid = fork();
		int status;

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			execve(path, argv, envp);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			errx(1, "%s: wait status %d", path, status);
		cost[i % EXEC_RUNS] = now() - start;
	}
	qsort(cost, EXEC_RUNS, sizeof(*cost), compare);
	row(op, "warm", cost[EXEC_RUNS / 2], 1);
}

/* One open; cold only once for each writing of the file. */
static void hash_big(const char *path)
{
	uint64_t start = now();

	close(open_or_die(path));
	row("hash-64m", "cold", now() - start, 1);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: ops SETUP DIR");
	setup = argv[1];
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	open_warm("static");
	open_first();
	map_warm("static");
	exec_warm("exec-static", "./static");
	exec_warm("exec-dynamic", "/bin/true");
	hash_big("big");
	return 0;
}
