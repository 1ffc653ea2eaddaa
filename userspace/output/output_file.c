// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file, a line for each event in the output's format. Who rotates it (logrotate(8)) renames it
 * and has the daemon reopen its files (SIGHUP). It is a copy for others to read: what is to last,
 * and be proved, is the record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"

struct file {
	const struct output_config *config;
	int fd;
};

static int complain(char why[OUTPUT_WHY_MAX], const struct output_config *config, const char *what,
		    int err)
{
	snprintf(why, OUTPUT_WHY_MAX, "%.128s: %s%s", config->to, what, err ? strerror(-err) : "");
	return err ? err : -EINVAL;
}

/* What a writer that was killed left without an end stays a line of its own. */
static int end_line(int fd, off_t size)
{
	char last = '\n';

	if (size && pread(fd, &last, 1, size - 1) < 0)
		return -errno;
	return last != '\n' && write(fd, "\n", 1) != 1 ? -EIO : 0;
}

static int open_path(const struct output_config *config, char why[OUTPUT_WHY_MAX])
{
	/* Without waiting for the reader of a FIFO, which it must not be. */
	int fd = open(config->to, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		      0600);
	struct stat st;
	int err;

	if (fd < 0)
		return complain(why, config, "", -errno);
	if (fstat(fd, &st) < 0)
		err = complain(why, config, "", -errno);
	else if (!S_ISREG(st.st_mode))
		err = complain(why, config, "is no file", 0);
	else
		err = end_line(fd, st.st_size);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static int file_open(struct output *output, void **state, char why[OUTPUT_WHY_MAX])
{
	struct file *file = malloc(sizeof(*file));
	int fd;

	if (!file)
		return -ENOMEM;
	fd = open_path(output_config(output), why);
	if (fd < 0) {
		free(file);
		return fd;
	}
	*file = (struct file){ output_config(output), fd };
	*state = file;
	return 0;
}

static void file_close(void *state)
{
	struct file *file = state;

	close(file->fd);
	free(file);
}

/* All of the line, or, as on a disk that is full, nothing. */
static int append(int fd, off_t end, const char *line, size_t len)
{
	ssize_t n;

	do
		n = write(fd, line, len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0)
		return -errno;
	return ftruncate(fd, end) < 0 ? -errno : -ENOSPC;
}

/* Where the file ends. One that was deleted nobody would read: it is made anew. */
static int find_end(struct file *file, off_t *end, char why[OUTPUT_WHY_MAX])
{
	struct stat st;
	int fd;

	if (fstat(file->fd, &st) < 0)
		return complain(why, file->config, "", -errno);
	*end = st.st_size;
	if (st.st_nlink)
		return 0;
	fd = open_path(file->config, why);
	if (fd < 0)
		return fd;
	close(file->fd);
	file->fd = fd;
	if (fstat(fd, &st) < 0)
		return complain(why, file->config, "", -errno);
	*end = st.st_size;
	return 0;
}

static int file_send(void *state, const json_t *event, const char *line, size_t len,
		     char why[OUTPUT_WHY_MAX])
{
	struct file *file = state;
	char *text = format_event(file->config->format, event, line, len);
	size_t text_len;
	off_t end;
	int err;

	if (!text)
		return -ENOMEM;
	err = find_end(file, &end, why);
	if (!err) {
		text_len = strlen(text);
		text[text_len] = '\n';
		err = append(file->fd, end, text, text_len + 1);
		if (err)
			complain(why, file->config, "", err);
	}
	free(text);
	return err;
}

const struct output_ops output_file_ops = { file_open, file_send, file_close };
