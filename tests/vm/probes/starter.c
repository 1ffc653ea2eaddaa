// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * starter FILE AFTER MOST
 *
 * Starts processes that execute FILE, and such that have it mapped, in turn and as fast as it can,
 * until so many in a row were refused, and waits until all have ended: somebody bans FILE meanwhile,
 * and has ended what runs. Gives up after a minute of waiting, and ends what is left.
 *
 * Prints "tries N ran N mapped N refused N killed N near N survivors N other N": how often it was
 * tried, ran or was mapped, and was refused; how many were ended by a signal; how many were tried
 * within the last 16 before the first refusal; and how many somebody else did not end. Status 0 says
 * no more than that it got to its end.
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

#define NEAR	16
#define WAIT_MS 60000

/* A child that could not. */
#define REFUSED 10
#define FAILED	11

static struct {
	long tries, ran, mapped, refused, killed, near, survivors, other;
} count;

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

/* One has ended: whether it was refused. */
static int ended(int status)
{
	if (WIFSIGNALED(status)) {
		count.killed++;
		return 0;
	}
	if (WEXITSTATUS(status) != REFUSED)
		count.other++;
	else
		count.refused++;
	return WEXITSTATUS(status) == REFUSED;
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait for those that have ended. Returns how many of them in a row, at the end, were refused. */
static long reap(long row)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0)
		row = ended(status) ? row + 1 : 0;
	return row;
}

static void wait_for_all(void)
{
	long end = now_ms() + WAIT_MS;
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0)
			return;
		if (pid > 0)
			ended(status);
		else if (now_ms() > end)
			break;
		else
			poll(NULL, 0, 5);
	}
	/* Who is left: nobody else ended it. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		count.survivors++;
}

int main(int argc, char **argv)
{
	long after, most, row = 0, refused_at = 0;

	if (argc != 4)
		return SETUP;
	after = atol(argv[2]);
	most = atol(argv[3]);
	setpgid(0, 0);
	while (row < after && count.tries < most) {
		int maps = count.tries & 1;
		pid_t child = fork();

		if (child < 0)
			setup_failed("fork");
		if (!child)
			begin_child(argv[1], maps);
		count.tries++;
		if (maps)
			count.mapped++;
		else
			count.ran++;
		row = reap(row);
		if (count.refused && !refused_at)
			refused_at = count.tries;
		/* So that not all of them are started before anybody bans anything. */
		poll(NULL, 0, 2);
	}
	wait_for_all();
	count.near = refused_at < NEAR ? refused_at : NEAR;
	printf("tries %ld ran %ld mapped %ld refused %ld killed %ld near %ld survivors %ld other %ld\n",
	       count.tries, count.ran, count.mapped, count.refused, count.killed, count.near,
	       count.survivors, count.other);
	return 0;
}
