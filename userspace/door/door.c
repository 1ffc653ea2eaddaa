// SPDX-License-Identifier: GPL-2.0-or-later
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void door_verdict_clear(struct door_verdict *verdict)
{
	package_clear(&verdict->package);
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void judge_file(const struct policy *policy, const struct policy_device *device, int fd,
		       struct door_verdict *verdict)
{
	int err = package_of_file(fd, &verdict->package, verdict->why);

	if (err == -ENODATA)
		return;
	if (err) {
		verdict->answer = DOOR_UNKNOWN;
		if (!*verdict->why)
			snprintf(verdict->why, sizeof(verdict->why), "%s", strerror(-err));
		return;
	}
	verdict->order = package_banned_by(policy, device, &verdict->package);
	verdict->answer = verdict->order ? DOOR_REFUSE : DOOR_PASS;
}

void door_judge(const struct policy *policy, const struct policy_device *device, int dir,
		const char *path, struct door_verdict *verdict)
{
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	memset(verdict, 0, sizeof(*verdict));
	if (fd >= 0) {
		if (is_file(fd))
			judge_file(policy, device, fd, verdict);
		close(fd);
		return;
	}
	/* Root is refused nothing by modes. What is not there is the manager's to complain about.
	 */
	if (errno == EPERM) {
		verdict->answer = DOOR_CLOSED;
	} else if (errno != ENOENT && errno != ENOTDIR) {
		verdict->answer = DOOR_UNKNOWN;
		snprintf(verdict->why, sizeof(verdict->why), "%s", strerror(errno));
	}
}
