// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"

/* Documentation/admin-guide/devices.txt: Unix98 pseudo terminals, and virtual consoles. */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST	143
#define PTS_PER_MAJOR	256
#define VC_MAJOR	4
#define VC_LAST		63

/* Milliseconds for which a terminal may be another's, who is writing to it just then. */
#define BUSY_MAX 50

const struct notify_places notify_places = { "/proc", "/dev" };

/*
 * state and tty_nr of proc_pid_stat(5), the third field and the seventh: the latter's bits 31 to 20
 * and 7 to 0 are the minor number, 19 to 8 the major. The name, in the second, may have any
 * characters. What has ended (Z, X) has lost its terminal some time before it is gone.
 */
static int parse_tty(const char *stat, dev_t *tty)
{
	const char *at = strrchr(stat, ')');
	unsigned int bits;
	char process;
	int number;

	if (!at || sscanf(at + 1, " %c %*d %*d %*d %d", &process, &number) != 2)
		return -EBADMSG;
	bits = (unsigned int)number;
	if (!bits)
		return process == 'Z' || process == 'X' ? -ENOENT : -ENOTTY;
	*tty = makedev((bits >> 8) & 0xfff, (bits & 0xff) | ((bits >> 12) & 0xfff00));
	return 0;
}

static int read_tty(const struct notify_places *places, pid_t pid, dev_t *tty)
{
	char path[PATH_MAX], stat[1024];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%d/stat", places->proc, (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	/* A process that ends between the two. */
	if (n <= 0)
		return -ENOENT;
	stat[n] = '\0';
	return parse_tty(stat, tty);
}

static int read_mounts(const struct notify_places *places, const char *pid, char name[64])
{
	char path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/ns/mnt", places->proc, pid);
	n = readlink(path, name, 63);
	/* EACCES is what the kernel says where the process has ended meanwhile. */
	if (n < 0)
		return errno == EACCES ? -ENOENT : -errno;
	name[n] = '\0';
	return 0;
}

/* The terminal of @pid, by a name that means the same here. */
static int find_one(const struct notify_places *places, pid_t pid, dev_t *tty)
{
	char ours[64], theirs[64], number[16];
	int err = pid > 0 ? read_tty(places, pid, tty) : -ENOENT;

	if (err)
		return err;
	snprintf(number, sizeof(number), "%d", (int)pid);
	err = read_mounts(places, number, theirs);
	if (!err)
		err = read_mounts(places, "self", ours);
	if (err)
		return err;
	return strcmp(ours, theirs) != 0 ? -EXDEV : 0;
}

int notify_terminal_find(const struct notify_places *places, const struct notify_process *process,
			 dev_t *tty)
{
	int err = find_one(places, process->pid, tty);

	if (err == -ENOENT || err == -ESRCH)
		err = find_one(places, process->ppid, tty);
	return err == -ESRCH ? -ENOENT : err;
}

bool notify_terminal_allowed(const struct stat *st, dev_t tty, const struct notify_process *process)
{
	if (!S_ISCHR(st->st_mode) || st->st_rdev != tty)
		return false;
	if (st->st_uid == process->uid)
		return true;
	return process->auid != UINT32_MAX && st->st_uid == process->auid &&
	       (st->st_mode & S_IWGRP);
}

int notify_terminal_open(const struct notify_places *places, dev_t tty,
			 const struct notify_process *process)
{
	unsigned int major = major(tty), minor = minor(tty);
	char path[PATH_MAX];
	struct stat st;
	int fd, err = 0;

	if (major >= PTS_MAJOR_FIRST && major <= PTS_MAJOR_LAST)
		snprintf(path, sizeof(path), "%s/pts/%u", places->dev,
			 (major - PTS_MAJOR_FIRST) * PTS_PER_MAJOR + minor);
	else if (major == VC_MAJOR && minor && minor <= VC_LAST)
		snprintf(path, sizeof(path), "%s/tty%u", places->dev, minor);
	else
		return -EOPNOTSUPP;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		err = -errno;
	else if (!notify_terminal_allowed(&st, tty, process))
		err = -EACCES;
	else if (!isatty(fd))
		err = -ENOTTY;
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * While somebody else is writing, as a shell that says itself that a command was refused, the
 * kernel has EAGAIN for us, as for a terminal that is stopped; it takes a moment.
 */
static int write_line(int fd, const char *line, size_t len)
{
	int64_t until = now_ms() + BUSY_MAX, left = BUSY_MAX;

	while (write(fd, line, len) < 0) {
		struct pollfd writable = { .fd = fd, .events = POLLOUT };

		if (errno != EAGAIN || left <= 0)
			return -errno;
		poll(&writable, 1, (int)left);
		left = until - now_ms();
	}
	return 0;
}

int notify_terminal(const struct notify_places *places, const struct notify_process *process,
		    const char *text)
{
	char *safe = NULL, *line = NULL;
	dev_t tty = 0;
	int fd, len, err = notify_terminal_find(places, process, &tty);

	if (err)
		return err;
	fd = notify_terminal_open(places, tty, process);
	if (fd < 0)
		return fd;
	safe = escape_text(text);
	/* Behind whatever the cursor is in; a terminal in raw mode makes no carriage return. */
	len = safe ? asprintf(&line, "\r\n%s\r\n", safe) : -1;
	if (len < 0)
		err = -ENOMEM;
	else
		err = write_line(fd, line, (size_t)len);
	if (len >= 0)
		free(line);
	free(safe);
	close(fd);
	return err;
}
