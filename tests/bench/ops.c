// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Costs of file operations, in instructions: run in a VM whose clock counts them
 * (-icount shift=0: an instruction is a nanosecond).
 *
 *   ops SETUP DIR [OPERATION [FILES]]
 *
 * does all of them or OPERATION (for a profile, first opens of FILES files, not 500), and
 * prints one JSON object a line: {"op":…,"state":…,"setup":SETUP,"instructions":N}, N for one
 * operation. DIR is on a file system that may be cached on, and holds "static" (an executable that
 * exits), "big" (64 MiB), "elf" (100 MB, not signed), "pe" (signed), "miss" (of a size that a rule
 * names, but with another hash) and nothing else that matters; the rest is made here. What an
 * operation named does not use need not be there.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A timer tick costs more than what is looked for, and so does a refill of an allocator. Hence each
 * operation is counted by itself, and the row is the middle one. */
#define WARM_RUNS     2001
#define EXEC_RUNS     201
#define IDENTIFY_RUNS 101

static const char *setup;
static unsigned int first_files = 500;
static bool profile; /* no waiting: every instruction is being written down */

static uint64_t now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t))
		err(1, "clock_gettime");
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void row(const char *op, const char *state, uint64_t instructions)
{
	printf("{\"op\":\"%s\",\"state\":\"%s\",\"setup\":\"%s\",\"instructions\":%llu}\n", op,
	       state, setup, (unsigned long long)instructions);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sort(uint64_t *costs, size_t count)
{
	qsort(costs, count, sizeof(*costs), compare);
}

typedef void operation_fn(const char *path, int fd);

static void nothing(const char *path, int fd)
{
	(void)path;
	(void)fd;
}

static uint64_t median_of(operation_fn *once, const char *path, int fd)
{
	static uint64_t costs[WARM_RUNS];

	for (unsigned int i = 0; i < 2 * WARM_RUNS; i++) {
		uint64_t start = now();

		once(path, fd);
		costs[i % WARM_RUNS] = now() - start;
	}
	sort(costs, WARM_RUNS);
	return costs[WARM_RUNS / 2];
}

/* Less what the clock costs. */
static void row_warm(const char *op, operation_fn *once, const char *path, int fd)
{
	row(op, "warm", median_of(once, path, fd) - median_of(nothing, path, fd));
}

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void open_once(const char *path, int fd)
{
	(void)fd;
	close(open_or_die(path));
}

static void open_warm(const char *op, const char *path)
{
	row_warm(op, open_once, path, -1);
}

static void open_each(const char *op, const char *prefix)
{
	uint64_t start = now();
	char name[32];

	for (unsigned int i = 0; i < first_files; i++) {
		snprintf(name, sizeof(name), "%s-%u", prefix, i);
		close(open_or_die(name));
	}
	row(op, "cold", (now() - start) / first_files);
}

/* New inodes, of sizes that no rule names: the mean, for what the allocators cost belongs to it.
 * The second opens pay for what is kept of an inode. */
static void open_first(const char *op, const char *prefix)
{
	char name[32];

	for (unsigned int i = 0; i < first_files; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s-%u", prefix, i);
		if (unlink(name) && errno != ENOENT)
			err(1, "%s", name);
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0 || write(fd, name, 1 + i % sizeof(name)) < 0 || close(fd))
			err(1, "%s", name);
	}
	/* Grace periods, after which the kernel gives back what unlinked inodes held. */
	if (!profile)
		sleep(1);
	open_each(op, prefix);
	open_each("open-second", prefix);
}

static void map_once(const char *path, int fd)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED || munmap(p, 4096))
		err(1, "mmap %s", path);
}

static void map_warm(const char *op, const char *path)
{
	int fd = open_or_die(path);

	row_warm(op, map_once, path, fd);
	close(fd);
}

static void ioctl_once(const char *path, int fd)
{
	int waiting;

	if (ioctl(fd, FIONREAD, &waiting))
		err(1, "ioctl %s", path);
}

static void ioctl_warm(const char *op, const char *path)
{
	int fd = open_or_die(path);

	row_warm(op, ioctl_once, path, fd);
	close(fd);
}

/* fork, execve, exit and wait. A tick falls into every third: the lower quartile is the middle of
 * the others. */
static void exec_warm(const char *op, const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	char *const envp[] = { NULL };
	uint64_t costs[EXEC_RUNS];

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
		costs[i % EXEC_RUNS] = now() - start;
	}
	sort(costs, EXEC_RUNS);
	row(op, "warm", costs[EXEC_RUNS / 4]);
}

/* One open; cold only once for each writing of the file. */
static void hash_big(const char *op, const char *path)
{
	uint64_t start = now();

	close(open_or_die(path));
	row(op, "cold", now() - start);
}

/* An open by which what is known of the content is not: a writer came and went. */
static void identify(const char *op, const char *path)
{
	static uint64_t costs[IDENTIFY_RUNS];
	int fd;

	for (unsigned int i = 0; i < 2 * IDENTIFY_RUNS; i++) {
		uint64_t start;

		fd = open(path, O_WRONLY);
		if (fd < 0 || close(fd))
			err(1, "%s", path);
		start = now();
		close(open_or_die(path));
		costs[i % IDENTIFY_RUNS] = now() - start;
	}
	sort(costs, IDENTIFY_RUNS);
	row(op, "stale", costs[IDENTIFY_RUNS / 2] - median_of(nothing, path, -1));
}

static const struct operation {
	const char *name;
	void (*run)(const char *op, const char *path);
	const char *path;
} operations[] = {
	{ "open", open_warm, "static" },
	{ "open-first", open_first, "first" },
	{ "map", map_warm, "static" },
	{ "exec-static", exec_warm, "./static" },
	{ "exec-dynamic", exec_warm, "/bin/true" },
	{ "hash-64m", hash_big, "big" },
	{ "identify-elf", identify, "elf" },
	{ "identify-pe", identify, "pe" },
	{ "miss", identify, "miss" },
	{ "ioctl", ioctl_warm, "static" },
};

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 5)
		errx(2, "usage: ops SETUP DIR [OPERATION [FILES]]");
	setup = argv[1];
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	if (argc == 5) {
		first_files = (unsigned int)strtoul(argv[4], NULL, 10);
		profile = true;
	}
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (argc == 3 || !strcmp(argv[3], operations[i].name))
			operations[i].run(operations[i].name, operations[i].path);
	return 0;
}
