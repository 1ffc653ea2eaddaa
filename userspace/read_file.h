/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A regular file, read whole. */
#ifndef INTERDICT_READ_FILE_H
#define INTERDICT_READ_FILE_H

#include <stddef.h>

/*
 * What @fd, open for reading, holds. Returns 0, *@buf (free()) and *@len, at most @max bytes; or
 * -EISDIR: it is no regular file; -EFBIG: it is longer than @max; -EAGAIN: it grew meanwhile;
 * -ENOMEM; -errno of fstat() or read().
 */
int read_file(int fd, size_t max, char **buf, size_t *len);

/* The same of the file @path (relative to @dir, or AT_FDCWD); also -errno of openat(). A FIFO or a
 * device is not waited for. */
int read_file_at(int dir, const char *path, size_t max, char **buf, size_t *len);

/* A sentence about an error of these, to stand behind the file's name. */
const char *read_file_reason(int error);

#endif
