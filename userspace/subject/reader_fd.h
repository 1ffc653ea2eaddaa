/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file descriptor for the extraction code that user space shares with the module. */
#ifndef INTERDICT_READER_FD_H
#define INTERDICT_READER_FD_H

#include "kmod/extract/reader.h"

struct reader_fd {
	struct reader reader;
	int fd; /* open for reading; the caller's */
};

/* Read @fd, of @size bytes (st_size), from now on through reader->reader. */
void reader_fd_init(struct reader_fd *reader, int fd, __u64 size);

#endif
