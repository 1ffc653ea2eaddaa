// SPDX-License-Identifier: GPL-2.0-or-later
#include "record_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "record.h"

/* So that a line fits, and much is read at a time. */
#define BUFFER (RECORD_LINE_MAX + (32U << 10))

struct record_reader {
	const struct record_files *files;
	size_t at; /* the file that is being read, or is next */
	gzFile in; /* NULL: none is open */
	uint64_t number;
	size_t from, to; /* what is read and was not handed out */
	bool ended;	 /* nothing more is in the file */
	bool skipping;	 /* the rest of a line that is too long */
	char buffer[BUFFER];
};

int record_reader_new(const struct record_files *files, struct record_reader **ret)
{
	struct record_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->files = files;
	*ret = reader;
	return 0;
}

static void close_file(struct record_reader *reader)
{
	if (reader->in)
		gzclose_r(reader->in);
	reader->in = NULL;
}

void record_reader_free(struct record_reader *reader)
{
	if (!reader)
		return;
	close_file(reader);
	free(reader);
}

/* zlib reads what is not packed as it is. */
static int open_file(struct record_reader *reader)
{
	int fd = open(reader->files->v[reader->at].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	reader->in = gzdopen(fd, "rb");
	if (!reader->in) {
		close(fd);
		return -ENOMEM;
	}
	reader->number = 0;
	reader->from = reader->to = 0;
	reader->ended = reader->skipping = false;
	return 0;
}

static int read_error(gzFile in)
{
	int error;

	gzerror(in, &error);
	if (error == Z_MEM_ERROR)
		return -ENOMEM;
	return error == Z_ERRNO ? -errno : -EBADMSG;
}

/* More bytes behind those that are there. */
static int fill(struct record_reader *reader)
{
	int n;

	memmove(reader->buffer, reader->buffer + reader->from, reader->to - reader->from);
	reader->to -= reader->from;
	reader->from = 0;
	n = gzread(reader->in, reader->buffer + reader->to, (unsigned int)(BUFFER - reader->to));
	if (n < 0)
		return read_error(reader->in);
	/* Of a packed file that was cut off zlib gives what is there, and then says so. */
	if (n == 0) {
		reader->ended = true;
		gzerror(reader->in, &n);
		return n == Z_OK || n == Z_STREAM_END ? 0 : read_error(reader->in);
	}
	reader->to += (size_t)n;
	return 0;
}

/* A line of what is in the buffer. Returns 1; 0: there is none yet. */
static int take(struct record_reader *reader, struct record_line *line)
{
	const char *text = reader->buffer + reader->from;
	size_t there = reader->to - reader->from;
	const char *newline = memchr(text, '\n', there);
	size_t len = newline ? (size_t)(newline + 1 - text) : there;

	line->too_long = len > RECORD_LINE_MAX;
	if (!newline && !line->too_long && !(reader->ended && there))
		return 0;
	line->text = text;
	line->len = line->too_long ? RECORD_LINE_MAX : len;
	line->whole = newline;
	line->number = ++reader->number;
	reader->from += len;
	reader->skipping = !newline && line->too_long;
	return 1;
}

/* What is left of a line that was handed out. */
static void skip(struct record_reader *reader)
{
	const char *text = reader->buffer + reader->from;
	const char *newline = memchr(text, '\n', reader->to - reader->from);

	reader->from = newline ? (size_t)(newline + 1 - reader->buffer) : reader->to;
	reader->skipping = !newline;
}

static int next_in_file(struct record_reader *reader, struct record_line *line)
{
	for (;;) {
		int err;

		if (reader->skipping)
			skip(reader);
		if (!reader->skipping && take(reader, line))
			return 1;
		if (reader->ended)
			return 0;
		err = fill(reader);
		if (err)
			return err;
	}
}

int record_reader_next(struct record_reader *reader, struct record_line *line)
{
	while (reader->at < reader->files->n) {
		int got = 0;

		line->file = reader->files->v[reader->at].path;
		if (!reader->in)
			got = open_file(reader);
		if (!got)
			got = next_in_file(reader, line);
		if (got)
			return got;
		close_file(reader);
		reader->at++;
	}
	return 0;
}
