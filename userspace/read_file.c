// SPDX-License-Identifier: GPL-2.0-or-later
#include "read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int read_file(int fd, size_t max, char **ret_buf, size_t *ret_len)
{
	struct stat st;
	size_t room;
	size_t len = 0;
	char *buf;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EISDIR;
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return -EFBIG;
	/* One byte more than it has: the read that finds the end then needs no more room. */
	room = (size_t)st.st_size + 1;
	buf = malloc(room);
	if (!buf)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, buf + len, room - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			n = -errno;
			free(buf);
			return (int)n;
		}
		if (!n)
			break;
		len += (size_t)n;
		if (len == room) { /* it grew while we read: what we have is no state of the file */
			free(buf);
			return -EAGAIN;
		}
	}
	*ret_buf = buf;
	*ret_len = len;
	return 0;
}

int read_file_at(int dir, const char *path, size_t max, char **buf, size_t *len)
{
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = read_file(fd, max, buf, len);
	close(fd);
	return err;
}

const char *read_file_reason(int error)
{
	switch (error) {
	case -EISDIR:
		return "is not a regular file";
	case -EFBIG:
		return "is too large";
	case -EAGAIN:
		return "changed while it was read";
	default:
		return strerror(-error);
	}
}
