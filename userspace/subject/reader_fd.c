// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "reader_fd.h"

static int read_fd(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	const struct reader_fd *r = (const struct reader_fd *)reader; /* its first member */

	while (len) {
		ssize_t n = pread(r->fd, buf, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		buf = (char *)buf + n;
		offset += (__u64)n;
		len -= (__u32)n;
	}
	return 0;
}

void reader_fd_init(struct reader_fd *reader, int fd, __u64 size)
{
	*reader = (struct reader_fd){ .reader = { .read = read_fd, .size = size }, .fd = fd };
}
