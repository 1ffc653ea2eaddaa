// SPDX-License-Identifier: GPL-2.0-or-later
/* A process: what /proc says of it, and signals to it. */
#include "running_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As event_line.c: where cgroup2 is. */
#define CGROUP_ROOT "/sys/fs/cgroup"

/* Where @fd leads to. */
void running_path_of(int fd, char *path, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
}

int running_open_process(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

ssize_t running_read(int proc, const char *name, char *buf, size_t size)
{
	int fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	err = errno;
	close(fd);
	if (n < 0)
		return -err;
	buf[n] = '\0';
	return n;
}

int running_read_stat(int proc, struct running_stat *stat)
{
	char buf[1024], *name, *end;
	ssize_t n = running_read(proc, "stat", buf, sizeof(buf));
	size_t len;

	if (n <= 0)
		return n < 0 ? (int)n : -ESRCH;
	/* The name may have any characters, parentheses too. */
	name = strchr(buf, '(');
	end = strrchr(buf, ')');
	memset(stat, 0, sizeof(*stat));
	if (!name || !end || end < name ||
	    sscanf(end + 1,
		   " %c %d %*d %*d %*d %*d %" SCNu32 " %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d"
		   " %*d %" SCNu64,
		   &stat->state, &stat->ppid, &stat->flags, &stat->start) != 4)
		return -EBADMSG;
	len = (size_t)(end - name - 1);
	memcpy(stat->comm, name + 1, len < sizeof(stat->comm) ? len : sizeof(stat->comm));
	return 0;
}

static uint32_t number_behind(const char *text, const char *label)
{
	const char *at = strstr(text, label);

	return at ? (uint32_t)strtoul(at + strlen(label), NULL, 10) : 0;
}

/* The ID of its control group: the inode number of the directory. */
static uint64_t read_cgroup(int proc)
{
	char text[4096], path[sizeof(text) + sizeof(CGROUP_ROOT)], *at, *end;
	struct stat st;

	if (running_read(proc, "cgroup", text, sizeof(text)) <= 0)
		return 0;
	/* cgroups(7): hierarchy 0 is that of version 2. */
	at = !strncmp(text, "0::", 3) ? text : strstr(text, "\n0::");
	if (!at)
		return 0;
	at = strchr(at, '/');
	end = at ? strchr(at, '\n') : NULL;
	if (!end)
		return 0;
	*end = '\0';
	snprintf(path, sizeof(path), CGROUP_ROOT "%s", at);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void read_parents(struct running_found *found)
{
	struct running_stat stat;
	pid_t pid = found->ppid;
	char path[32];
	int proc, err;

	while (pid > 0 && found->parents_count < INTERDICT_PARENTS) {
		snprintf(path, sizeof(path), "/proc/%d", (int)pid);
		proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (proc < 0)
			return;
		err = running_read_stat(proc, &stat);
		close(proc);
		if (err)
			return;
		memcpy(found->parents[found->parents_count++], stat.comm, INTERDICT_COMM_LEN);
		pid = stat.ppid;
	}
}

void running_describe(struct running_found *found, const struct running_stat *stat)
{
	char text[4096], number[32];

	memcpy(found->comm, stat->comm, sizeof(found->comm));
	found->ppid = stat->ppid;
	/* The names of the fields cannot be forged: a tab in the process's is escaped. */
	if (running_read(found->proc, "status", text, sizeof(text)) > 0)
		found->uid = number_behind(text, "\nUid:\t");
	found->auid = UINT32_MAX;
	if (running_read(found->proc, "loginuid", number, sizeof(number)) > 0)
		found->auid = (uint32_t)strtoul(number, NULL, 10);
	found->cgroup = read_cgroup(found->proc);
	found->parents_count = 0;
	read_parents(found);
}

void running_found_free(struct running_found *found)
{
	if (!found)
		return;
	if (found->proc >= 0)
		close(found->proc);
	if (found->pidfd >= 0)
		close(found->pidfd);
	free(found);
}

int running_signal(const struct running_found *found, int signal)
{
	struct pollfd ended = { .fd = found->pidfd, .events = POLLIN };
	struct stat st;

	if (found->pidfd < 0)
		return -ESRCH;
	if (poll(&ended, 1, 0) > 0)
		return -ESRCH;
	/* Where it cannot be asked: its main thread has ended, or all of it is about to. */
	if (fstatat(found->proc, "exe", &st, 0) == 0 &&
	    (st.st_dev != found->exe_dev || st.st_ino != found->exe_ino))
		return -ESTALE;
	if (!signal)
		return 0;
	return syscall(SYS_pidfd_send_signal, found->pidfd, signal, NULL, 0) < 0 ? -errno : 0;
}
