// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * race KIND COUNT DIR BANNED-VAULT ALLOWED-VAULT
 *
 *	rename	a name changes between the allowed and the banned file while it is executed
 *	write	banned and allowed content are written into one file in turn, which is then executed
 *	writer	a writer opens, changes the byte in which they differ, and closes, while it is
 *executed and opened for reading switch	both are executed in turn, while somebody else
 *switches policies; ends early when DIR/stop is there, and COUNT is the most
 *
 * Prints "tries N allowed N banned N denied N busy N stale N other N": how often the allowed and
 * the banned content ran, how often an exec got EPERM and ETXTBSY, how often the result was not
 * that of the content that the file had all the time, and what else happened.
 * Status 0 says no more than that it got to its end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

static struct {
	long tries, allowed, banned, denied, busy, stale, other;
} count;

static unsigned char *banned, *allowed;
static size_t size;
static size_t differs; /* offset of the byte */
static atomic_int stop, hold, held;

static int execute(const char *path)
{
	char *args[] = { (char *)path, NULL };
	int status;
	pid_t child = vfork();

	if (child < 0)
		setup_failed("vfork");
	if (!child) {
		execv(path, args);
		_exit(errno);
	}
	if (waitpid(child, &status, 0) < 0)
		setup_failed("waitpid");
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	count.tries++;
	if (status == RAN_ALLOWED)
		count.allowed++;
	else if (status == RAN)
		count.banned++;
	else if (status == EPERM)
		count.denied++;
	else if (status == ETXTBSY)
		count.busy++;
	else
		count.other++;
	return status;
}

static void put(const char *path, const unsigned char *data)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);
	if (fd < 0)
		setup_failed(path);
	write_all(fd, data, size);
	close(fd);
}

static void *swapper(void *unused)
{
	while (!stop)
		if (renameat2(AT_FDCWD, "x", AT_FDCWD, "y", RENAME_EXCHANGE))
			setup_failed("renameat2");
	return unused;
}

static void race_rename(long tries)
{
	pthread_t thread;

	put("x", allowed);
	put("y", banned);
	pthread_create(&thread, NULL, swapper, NULL);
	while (count.tries < tries)
		execute("x");
	stop = 1;
	pthread_join(thread, NULL);
}

static void overwrite(long how, const unsigned char *data)
{
	int fd = open("x", how == 1 ? O_RDWR : O_WRONLY);

	if (fd < 0 && how == 1 && errno == EPERM) {
		/* Opening for reading, too, is refused while banned content is in it. */
		how = 0;
		fd = open("x", O_WRONLY);
	}
	if (fd < 0)
		setup_failed("open for writing");
	if (how == 1) {
		void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		if (base == MAP_FAILED)
			setup_failed("mmap");
		memcpy(base, data, size);
		munmap(base, size);
	} else {
		if (how == 2 && ftruncate(fd, 0))
			setup_failed("ftruncate");
		write_all(fd, data, size);
	}
	close(fd);
}

static void race_write(long tries)
{
	put("x", allowed);
	for (long i = 0; count.tries < tries; i++) {
		int is_banned = i & 1, status;

		overwrite(i / 2 % 3, is_banned ? banned : allowed);
		status = execute("x");
		if (!is_banned && status != RAN_ALLOWED)
			count.stale++;
		/* Once more, from the cache. */
		if (i % 8 < 2 && execute("x") != status)
			count.stale++;
	}
}

static void toggle(int is_banned)
{
	int fd = open("x", O_WRONLY);

	if (fd < 0) {
		if (errno != ETXTBSY)
			setup_failed("open for writing");
		sched_yield();
		return;
	}
	if (pwrite(fd, (is_banned ? banned : allowed) + differs, 1, differs) != 1)
		setup_failed("pwrite");
	close(fd);
}

static void *toggler(void *unused)
{
	for (long i = 0; !stop; i++) {
		if (hold) {
			held = 1;
			sched_yield();
			continue;
		}
		held = 0;
		toggle(i & 1);
	}
	return unused;
}

static void race_writer(long tries)
{
	pthread_t thread;

	put("x", allowed);
	pthread_create(&thread, NULL, toggler, NULL);
	for (long i = 0; count.tries < tries; i++) {
		/* An exec keeps writers out while it is judged, an open does not. */
		if (i & 1)
			close(open("x", O_RDONLY));
		else
			execute("x");
		if (i % 16)
			continue;
		/* The writer rests: what is there now is what counts. */
		hold = 1;
		while (!held)
			sched_yield();
		toggle(i / 16 & 1);
		if (i / 16 & 1) {
			if (execute("x") == RAN_ALLOWED)
				count.stale++;
		} else if (execute("x") != RAN_ALLOWED) {
			count.stale++;
		}
		held = 0;
		hold = 0;
	}
	stop = 1;
	pthread_join(thread, NULL);
}

static void race_switch(long tries)
{
	put("x", allowed);
	put("y", banned);
	while (count.tries < tries && access("stop", F_OK)) {
		if (execute("x") != RAN_ALLOWED)
			count.stale++;
		execute("y");
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(long tries);
	} kinds[] = {
		{ "rename", race_rename },
		{ "write", race_write },
		{ "writer", race_writer },
		{ "switch", race_switch },
	};
	size_t allowed_size;

	if (argc != 6)
		return SETUP;
	banned = read_vault(argv[4], &size);
	allowed = read_vault(argv[5], &allowed_size);
	if (size != allowed_size)
		setup_failed("the two contents differ in size");
	while (differs < size && banned[differs] == allowed[differs])
		differs++;
	if (chdir(argv[3]))
		setup_failed(argv[3]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].name, argv[1]))
			continue;
		kinds[i].run(atol(argv[2]));
		printf("tries %ld allowed %ld banned %ld denied %ld busy %ld stale %ld other %ld\n",
		       count.tries, count.allowed, count.banned, count.denied, count.busy,
		       count.stale, count.other);
		return 0;
	}
	return SETUP;
}
