// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of a record, of bounded length. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/record.h"
#include "replay.h"

#define CHUNK (1U << 20)

struct lines {
	char *buf; /* CHUNK bytes: what of a line has been read is at its beginning */
	size_t len;
	uint64_t number;
	bool skipping; /* the rest of a line that is too long and was reported */
	int (*each)(void *context, uint64_t number, const char *line, size_t len);
	void *context;
};

_Static_assert(CHUNK > RECORD_LINE_MAX, "a line fits");

/* The end of a line, or what there is of one that is too long. */
static int end_line(struct lines *l, const char *line, size_t len)
{
	if (l->skipping)
		return 0;
	l->number++;
	return len > RECORD_LINE_MAX ? l->each(l->context, l->number, NULL, 0) :
				       l->each(l->context, l->number, line, len);
}

static int take(struct lines *l)
{
	char *line = l->buf;
	char *end = l->buf + l->len;
	char *feed;
	int ret = 0;

	while (!ret && (feed = memchr(line, '\n', (size_t)(end - line)))) {
		ret = end_line(l, line, (size_t)(feed - line));
		l->skipping = false;
		line = feed + 1;
	}
	if (!ret && end - line > (ptrdiff_t)RECORD_LINE_MAX) {
		ret = end_line(l, line, (size_t)(end - line));
		l->skipping = true;
		line = end;
	}
	l->len = (size_t)(end - line);
	memmove(l->buf, line, l->len);
	return ret;
}

int replay_read(int fd, int (*each)(void *context, uint64_t number, const char *line, size_t len),
		void *context)
{
	struct lines l = { .buf = malloc(CHUNK), .each = each, .context = context };
	int ret = l.buf ? 0 : -ENOMEM;

	while (!ret) {
		ssize_t n = read(fd, l.buf + l.len, CHUNK - l.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
		l.len += (size_t)n;
		ret = take(&l);
	}
	if (!ret && l.len)
		ret = end_line(&l, l.buf, l.len);
	free(l.buf);
	return ret;
}
