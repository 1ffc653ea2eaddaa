// SPDX-License-Identifier: GPL-2.0-or-later
/* LD_PRELOAD: CLOCK_BOOTTIME, which nobody can set, is ahead by as many seconds as the file $AHEAD says; as if
 * the device had run, or slept, for so long. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static time_t ahead(void)
{
	const char *path = getenv("AHEAD");
	char text[24] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return (time_t)strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int (*next)(clockid_t, struct timespec *) =
		(int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int ret = next(clock, now);

	if (!ret && clock == CLOCK_BOOTTIME)
		now->tv_sec += ahead();
	return ret;
}
