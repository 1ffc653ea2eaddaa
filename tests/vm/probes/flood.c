// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flood COUNT HOW UIDS FILE...
 *
 * Tries COUNT times to get at one of the FILEs, each in turn, as a user of UIDS ("N", or "N-M",
 * each in turn behind all FILEs): by open(2) or execve(2) (HOW: open, exec, or both in turn). As
 * root, whose real user ID it changes.
 *
 * Prints how often each was tried, a line each: "EXE UID OP FILE TRIED REFUSED", EXE its own path,
 * and then "all TRIED REFUSED NANOSECONDS". A refusal is EPERM, a file that opens is none; any
 * other error, and a file that runs, ends it without that.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <time.h>

#include "common.h"

enum how { OPEN, EXEC, HOWS };

static const char *const how_names[] = { "open", "exec" };

struct plan {
	unsigned long count;
	unsigned int hows; /* bits */
	unsigned long uid_first, uids, files;
	char **file;
};

struct counts {
	unsigned long tried, refused;
};

static void usage(void)
{
	fprintf(stderr, "usage: flood COUNT open|exec|both UID[-UID] FILE...\n");
	_exit(SETUP);
}

static void parse(int argc, char **argv, struct plan *plan)
{
	char *rest;

	if (argc < 5)
		usage();
	plan->count = strtoul(argv[1], NULL, 10);
	if (!strcmp(argv[2], "open"))
		plan->hows = 1U << OPEN;
	else if (!strcmp(argv[2], "exec"))
		plan->hows = 1U << EXEC;
	else if (!strcmp(argv[2], "both"))
		plan->hows = 1U << OPEN | 1U << EXEC;
	else
		usage();
	plan->uid_first = strtoul(argv[3], &rest, 10);
	plan->uids = 1;
	if (*rest == '-')
		plan->uids = strtoul(rest + 1, NULL, 10) - plan->uid_first + 1;
	plan->files = (unsigned long)argc - 4;
	plan->file = argv + 4;
	if (!plan->count || !plan->uids || plan->uids > 10000)
		usage();
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* Whether it was refused. */
static int try(enum how how, const char *file)
{
	static char *const nothing[] = { NULL };
	char *const argv[] = { (char *)file, NULL };
	int fd;

	if (how == EXEC) {
		execve(file, argv, nothing);
	} else {
		fd = open(file, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			close(fd);
			return 0;
		}
	}
	if (errno != EPERM)
		setup_failed(file);
	return 1;
}

static struct counts *count_of(const struct plan *plan, struct counts *counts, unsigned long user,
			       enum how how, unsigned long file)
{
	return &counts[(user * HOWS + how) * plan->files + file];
}

static void flood(const struct plan *plan, struct counts *counts)
{
	unsigned long file = 0, user = 0, last = ULONG_MAX;
	enum how how = plan->hows & 1U << OPEN ? OPEN : EXEC;

	for (unsigned long i = 0; i < plan->count; i++) {
		struct counts *at = count_of(plan, counts, user, how, file);

		/* The effective one stays root's, so that the next can be had. */
		if (user != last && setresuid(plan->uid_first + user, -1, -1))
			setup_failed("setresuid");
		last = user;
		at->tried++;
		at->refused += try(how, plan->file[file]);
		if (++file < plan->files)
			continue;
		file = 0;
		if (plan->hows == (1U << OPEN | 1U << EXEC))
			how = how == OPEN ? EXEC : OPEN;
		if (how == OPEN || !(plan->hows & 1U << OPEN))
			user = (user + 1) % plan->uids;
	}
}

int main(int argc, char **argv)
{
	struct counts *counts, all = { 0, 0 };
	char exe[PATH_MAX] = "";
	struct plan plan;
	uint64_t began;

	parse(argc, argv, &plan);
	counts = calloc(plan.uids * HOWS * plan.files, sizeof(*counts));
	if (!counts || readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		setup_failed("exe");
	began = now();
	flood(&plan, counts);
	began = now() - began;
	for (unsigned long user = 0; user < plan.uids; user++)
		for (int how = 0; how < HOWS; how++)
			for (unsigned long file = 0; file < plan.files; file++) {
				const struct counts *at = count_of(&plan, counts, user, how, file);

				if (!at->tried)
					continue;
				printf("%s %lu %s %s %lu %lu\n", exe, plan.uid_first + user,
				       how_names[how], plan.file[file], at->tried, at->refused);
				all.tried += at->tried;
				all.refused += at->refused;
			}
	printf("all %lu %lu %llu\n", all.tried, all.refused, (unsigned long long)began);
	return 0;
}
