// SPDX-License-Identifier: GPL-2.0-or-later
#include "running_early.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "running_internal.h"

static bool is_this_program(int process, const struct stat *self)
{
	struct stat st;

	return !fstatat(process, "exe", &st, 0) && st.st_dev == self->st_dev &&
	       st.st_ino == self->st_ino;
}

static void look_at(int process, pid_t pid, uint64_t boottime, const struct stat *self,
		    struct running_early *early)
{
	const uint64_t tick = 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);
	struct running_stat stat;

	if (running_read_stat(process, &stat) || stat.flags & RUNNING_KERNEL_THREAD ||
	    stat.state == 'Z' || stat.start * tick >= boottime || is_this_program(process, self))
		return;
	early->n++;
	if (early->n_listed == RUNNING_EARLY_MAX)
		return;
	early->list[early->n_listed].pid = pid;
	memcpy(early->list[early->n_listed].comm, stat.comm, sizeof(stat.comm));
	early->list[early->n_listed++].comm[sizeof(stat.comm) - 1] = '\0';
}

int running_early(const char *proc, uint64_t boottime, struct running_early *ret)
{
	struct stat self = { 0 };
	const struct dirent *entry;
	DIR *dir = opendir(proc);
	int process;

	if (!dir)
		return -errno;
	memset(ret, 0, sizeof(*ret));
	fstatat(dirfd(dir), "self/exe", &self, 0);
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		process = openat(dirfd(dir), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (process < 0)
			continue;
		look_at(process, (pid_t)strtol(entry->d_name, NULL, 10), boottime, &self, ret);
		close(process);
	}
	closedir(dir);
	return 0;
}
