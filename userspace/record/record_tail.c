// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

/* RECORD_LINE_MAX bytes before @end, or what there is, into @buf. Returns their number or -errno.
 */
static ssize_t read_before(int fd, off_t end, char *buf)
{
	off_t from = end > (off_t)RECORD_LINE_MAX ? end - (off_t)RECORD_LINE_MAX : 0;
	size_t len = (size_t)(end - from), got = 0;

	while (got < len) {
		ssize_t n = pread(fd, buf + got, len - got, from + (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		got += (size_t)n;
	}
	return (ssize_t)len;
}

/* @size without the zeros at the end of the file. */
static int skip_zeros(int fd, char *buf, off_t *size)
{
	while (*size > 0) {
		ssize_t len = read_before(fd, *size, buf), n = len;

		if (len < 0)
			return (int)len;
		while (n > 0 && !buf[n - 1])
			n--;
		*size -= len - n;
		if (n)
			break;
	}
	return 0;
}

static int find_end(int fd, char *buf, off_t size, off_t *end)
{
	int err = skip_zeros(fd, buf, &size);
	const char *newline;
	ssize_t n;

	if (err)
		return err;
	n = read_before(fd, size, buf);
	if (n < 0)
		return (int)n;
	newline = n ? memrchr(buf, '\n', (size_t)n) : NULL;
	/* Longer than any line: not ours to cut. */
	if (!newline && n < size)
		return -EFBIG;
	*end = newline ? size - n + (newline + 1 - buf) : 0;
	return 0;
}

int record_tail_end(int fd, off_t *end)
{
	char *buf = malloc(RECORD_LINE_MAX);
	struct stat st;
	int err;

	if (!buf)
		return -ENOMEM;
	err = fstat(fd, &st) < 0 ? -errno : find_end(fd, buf, st.st_size, end);
	free(buf);
	return err;
}

int record_tail_walk(int fd, off_t end, record_tail_fn *each, void *ctx)
{
	char *buf = malloc(RECORD_LINE_MAX);
	int ret = buf ? 0 : -ENOMEM;

	while (!ret && end > 0) {
		ssize_t n = read_before(fd, end, buf);
		const char *newline, *line;
		json_t *event;
		size_t len;

		if (n < 0) {
			ret = (int)n;
			break;
		}
		newline = memrchr(buf, '\n', (size_t)n - 1);
		if (!newline && n < end) {
			ret = -EFBIG;
			break;
		}
		line = newline ? newline + 1 : buf;
		len = (size_t)(buf + n - line);
		event = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		ret = each(ctx, event, line, len);
		json_decref(event);
		end -= (off_t)len;
	}
	free(buf);
	return ret;
}
