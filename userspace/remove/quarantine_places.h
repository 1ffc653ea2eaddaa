/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories of the quarantine. Private to quarantine*.c. */
#ifndef INTERDICT_QUARANTINE_PLACES_H
#define INTERDICT_QUARANTINE_PLACES_H

#include <stddef.h>

/* Open the directory @path, O_PATH, following no link of any sort. Returns it or -errno. */
int quarantine_open_dir(const char *path);

/* Open the directory that @path is in; *@base is what is behind it. Returns it or -errno. */
int quarantine_open_parent(const char *path, const char **base);

/* Whether the directory that @fd is open on is nobody else's, and nobody else comes in. */
int quarantine_is_ours(int fd);

/* Make @dir, if it is not there, and open it. Returns it or -errno; -EPERM: it is not ours. */
int quarantine_open_main(const char *dir);

/*
 * The @n'th directory, from 0, that a file at @path, in the directory @parent, can be renamed to;
 * made and written down in @dir. Returns its descriptor and sets *@where (to be freed); -ENOENT:
 * there is no other; -EPERM: what is there is not ours; another -errno.
 */
int quarantine_place(const char *dir, const char *path, int parent, unsigned int n, char **where);

/*
 * Call @fn for @dir and each place that is written down, until it returns something else than 0.
 * Returns that, 0 or -ENOMEM.
 */
int quarantine_each_place(const char *dir, int (*fn)(void *context, const char *where),
			  void *context);

/* Have the directory @fd (O_PATH) on the disk. Returns 0 or -errno. */
int quarantine_sync(int fd);

#endif
