/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a record: the one that grows, and those beside it that rotation made of it, by the
 * daemon or by logrotate(8): NAME.1, NAME-20261122, NAME-20261122T101500Z, each also with ".gz".
 * Their order is that of the lines in them, whatever they are called.
 */
#ifndef INTERDICT_RECORD_FILES_H
#define INTERDICT_RECORD_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record_tail.h"

struct record_file {
	char *path;
	uint64_t first; /* seq of its first line; 0: that is no event */
	bool packed;	/* by gzip */
};

struct record_files {
	struct record_file *v;
	size_t n;
	char *link; /* what has the name of one that rotation made, and is a symbolic link, wherever
		     * it leads; NULL: there is none */
};

/*
 * Find the files of the record at @path. Empty ones are left out, and so is @path if it does not
 * exist. A symbolic link beside it is followed, to where an old file was moved; one that leads to
 * no file is left out. Returns 0 and fills *@files (record_files_free()); -ENOMEM; -errno of
 * listing the directory or of reading one of them.
 */
int record_files_find(const char *path, struct record_files *files);

/* The same for one file alone, whatever its name. Also -ENOENT. */
int record_files_one(const char *path, struct record_files *files);

void record_files_free(struct record_files *files);

/* A descriptor to read @file by, at any offset: of a packed one what is in it. Or -errno; -EBADMSG:
 * what is packed is damaged. */
int record_file_open(const struct record_file *file);

/*
 * record_tail_walk() of the files that rotation made of the record at @path, without it: their
 * lines, the last first. A file that is damaged, or gone meanwhile, is passed over: it keeps nobody
 * from going on.
 */
int record_files_walk_rotated(const char *path, record_tail_fn *each, void *ctx);

#endif
