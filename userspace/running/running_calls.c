// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls that are under way in a process. */
#include "running_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* System calls by which a file is executed, or its pages become executable: the machine's own, and
 * those of its 32-bit programs, whose numbers mean other things (munmap, chmod, removexattr) to
 * others: to take one of these for such a call costs another look. */
static bool is_entering(long call)
{
	static const long calls[] = {
		SYS_execve,
		SYS_execveat,
		SYS_mmap,
		SYS_mprotect,
		SYS_pkey_mprotect,
		SYS_remap_file_pages,
#ifdef __x86_64__
		11,
		90,
		125,
		192,
		358,
		380,
#elif defined(__aarch64__)
		11,
		90,
		125,
		192,
		253,
		387,
		394,
#endif
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (calls[i] == call)
			return true;
	return false;
}

/*
 * Threads that are blocked in one: it may have been judged by the generation before, and what it
 * maps is not there yet. One that runs says "running", and will be through in no time.
 */
int running_look_at_calls(struct running_search *search, struct running_look *look)
{
	int fd = openat(look->proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char path[300], text[256], *end;
	long call;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	running_step_begins(search, look);
	while ((entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/syscall", entry->d_name);
		if (running_read(dirfd(dir), path, text, sizeof(text)) <= 0)
			continue;
		call = strtol(text, &end, 10);
		search->counts->entering += end != text && is_entering(call);
	}
	running_step_ends(search);
	closedir(dir);
	return 0;
}
