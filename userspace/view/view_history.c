// SPDX-License-Identifier: GPL-2.0-or-later
#include "view_history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "events/event_line.h"
#include "record/record_files.h"

struct history {
	int64_t from;	 /* seconds since 1970 */
	uint64_t seen;	 /* seq of what the model has */
	uint64_t lowest; /* seq of what was collected, for a file that is rotated meanwhile */
	char **lines;	 /* the newest first */
	size_t n, cap, bytes;
};

/* What the walk returns to end early. */
#define ENOUGH 1

static int collect(void *ctx, const json_t *event, const char *line, size_t len)
{
	uint64_t seq = (uint64_t)json_integer_value(json_object_get(event, "seq"));
	struct history *h = ctx;
	char **lines;

	if (!event || seq >= h->lowest)
		return 0;
	if (seq <= h->seen || event_seconds(event) < h->from ||
	    h->bytes + len > VIEW_HISTORY_BYTES_MAX)
		return ENOUGH;
	h->lowest = seq;
	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 256;
		lines = reallocarray(h->lines, h->cap, sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		h->lines = lines;
	}
	h->lines[h->n] = strndup(line, len);
	if (!h->lines[h->n])
		return -ENOMEM;
	h->n++;
	h->bytes += len;
	return 0;
}

int view_history_read(const char *path, int64_t now, struct view_model *model)
{
	struct history h = {
		.from = now - 60 * VIEW_MINUTES,
		.seen = model->last_seq,
		.lowest = UINT64_MAX,
	};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	off_t end;
	int err;

	if (fd < 0)
		return -errno;
	err = record_tail_end(fd, &end);
	if (!err)
		err = record_tail_walk(fd, end, collect, &h);
	close(fd);
	/* Where older files cannot be read, the hour begins later. */
	if (!err && record_files_walk_rotated(path, collect, &h) == -ENOMEM)
		err = -ENOMEM;
	if (err == ENOUGH)
		err = 0;
	while (h.n) {
		char *line = h.lines[--h.n];

		if (!err)
			err = view_model_add(model, line, strcspn(line, "\n"));
		free(line);
	}
	free(h.lines);
	return err;
}
