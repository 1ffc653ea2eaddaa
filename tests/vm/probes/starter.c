// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * starter FILE WORKERS AFTER MOST SECONDS
 *
 * WORKERS processes, each of which starts others that execute FILE, and such that have it mapped,
 * in turn and as fast as it can, until AFTER in a row were refused or there were MOST: somebody
 * bans FILE meanwhile, and has ended what runs. Then waits until all have ended; gives up after
 * SECONDS, and ends what is left.
 *
 * What counts as a try is each of the last 16 of a worker before the first that was refused. Older
 * ones are ended here, or the more there are, the longer it takes to look at all of them.
 *
 * Prints "tries N ran N mapped N retired N refused N killed N near N span N began N survivors N
 * other N": how often it was tried, ran or was mapped, was ended here, was refused, and was ended
 * by a signal of somebody else; how many were near, and the most milliseconds between the first of
 * a worker's and the first that was refused; at which millisecond that was; and how many nobody
 * else ended. Status 0 says no more than that it got to its end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"

#define WORKERS_MAX 16
#define MOST_MAX    1000
#define NEAR	    16
/* That a worker lets run: more than NEAR, as it learns of a refusal later. */
#define KEPT 24

/* A child that could not. */
#define REFUSED 10
#define FAILED	11

/* Of a worker; its parent sees it. */
struct count {
	long tries, ran, mapped, retired, refused, killed, near, span, began, survivors, other;
};

struct worker {
	struct count *count;
	struct {
		pid_t pid; /* 0: it has ended */
		long at;   /* ms */
	} tries[MOST_MAX];
	long first; /* that was refused; -1: none */
	long begin; /* ms */
};

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void begin_child(const char *file, int maps)
{
	char *args[] = { (char *)file, NULL };
	void *at;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!maps) {
		execv(file, args);
		_exit(errno == EPERM ? REFUSED : FAILED);
	}
	fd = open(file, O_RDONLY);
	if (fd < 0)
		_exit(errno == EPERM ? REFUSED : FAILED);
	at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		_exit(errno == EPERM ? REFUSED : FAILED);
	close(fd);
	for (;;)
		pause();
}

/* Try @first was refused, and none before it, as far as is known: those near it had a chance to
 * survive. */
static void count_near(struct worker *worker, long first)
{
	struct count *count = worker->count;
	long from = count->retired;

	if (from < first - NEAR)
		from = first - NEAR;
	worker->first = first;
	count->began = worker->tries[first].at - worker->begin;
	count->near = from < first ? first - from : 0;
	count->span = worker->tries[first].at - worker->tries[first - count->near].at;
}

/* One has ended: whether it was refused. */
static int ended(struct worker *worker, pid_t pid, int status)
{
	struct count *count = worker->count;
	long i = count->tries - 1;

	while (worker->tries[i].pid != pid)
		i--;
	worker->tries[i].pid = 0;
	if (WIFSIGNALED(status)) {
		count->killed += i >= count->retired;
		return 0;
	}
	if (WEXITSTATUS(status) != REFUSED) {
		count->other++;
		return 0;
	}
	count->refused++;
	if (worker->first < 0 || i < worker->first)
		count_near(worker, i);
	return 1;
}

/* Wait for those that have ended. Returns how many of them in a row, at the end, were refused. */
static long reap(struct worker *worker, long row)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		row = ended(worker, pid, status) ? row + 1 : 0;
	return row;
}

static void wait_for_all(struct worker *worker, long seconds)
{
	long end = now_ms() + 1000 * seconds;
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0)
			return;
		if (pid > 0)
			ended(worker, pid, status);
		else if (now_ms() > end)
			break;
		else
			poll(NULL, 0, 5);
	}
	/* Who is left: nobody else ended it. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		worker->count->survivors++;
}

static void work(struct count *count, const char *file, long after, long most, long seconds)
{
	static struct worker worker;
	long row = 0;

	worker.count = count;
	worker.first = -1;
	worker.begin = now_ms();
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (row < after && count->tries < most) {
		int maps = count->tries & 1;
		pid_t child;

		/* Once something was refused, who still runs is somebody else's to end. */
		if (worker.first < 0 && count->tries - count->retired == KEPT) {
			child = worker.tries[count->retired++].pid;
			if (child)
				kill(child, SIGKILL);
		}
		worker.tries[count->tries].at = now_ms();
		child = fork();
		if (child < 0)
			setup_failed("fork");
		if (!child)
			begin_child(file, maps);
		worker.tries[count->tries++].pid = child;
		if (maps)
			count->mapped++;
		else
			count->ran++;
		row = reap(&worker, row);
		/* So that not all of them are started before anybody bans anything. */
		poll(NULL, 0, 2);
	}
	wait_for_all(&worker, seconds);
}

int main(int argc, char **argv)
{
	struct count *counts, sum = { 0 };
	long workers, i;
	int status, failed = 0;

	if (argc != 6)
		return SETUP;
	workers = atol(argv[2]);
	if (workers < 1 || workers > WORKERS_MAX || atol(argv[4]) > MOST_MAX)
		return SETUP;
	counts = mmap(NULL, WORKERS_MAX * sizeof(*counts), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counts == MAP_FAILED)
		setup_failed("mmap");
	for (i = 0; i < workers; i++) {
		pid_t worker = fork();

		if (worker < 0)
			setup_failed("fork");
		if (!worker) {
			work(&counts[i], argv[1], atol(argv[3]), atol(argv[4]), atol(argv[5]));
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	if (failed)
		setup_failed("a worker");
	for (i = 0; i < workers; i++) {
		sum.tries += counts[i].tries;
		sum.ran += counts[i].ran;
		sum.mapped += counts[i].mapped;
		sum.retired += counts[i].retired;
		sum.refused += counts[i].refused;
		sum.killed += counts[i].killed;
		sum.near += counts[i].near;
		sum.survivors += counts[i].survivors;
		sum.other += counts[i].other;
		if (sum.span < counts[i].span)
			sum.span = counts[i].span;
		if (sum.began < counts[i].began)
			sum.began = counts[i].began;
	}
	printf("tries %ld ran %ld mapped %ld retired %ld refused %ld killed %ld near %ld span %ld began %ld survivors %ld "
	       "other %ld\n",
	       sum.tries, sum.ran, sum.mapped, sum.retired, sum.refused, sum.killed, sum.near,
	       sum.span, sum.began, sum.survivors, sum.other);
	return 0;
}
