/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replacing a file so that after a power cut it is the old one or the new one, whole. */
#ifndef INTERDICT_ATOMIC_FILE_H
#define INTERDICT_ATOMIC_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Write @len bytes to a new file beside @path, to the disk, and rename it to @path, which is made
 * with @mode (the umask counts) or replaced. Returns 0, or -errno with @path as it was.
 */
int atomic_file_write(const char *path, const void *buf, size_t len, mode_t mode);

/*
 * The same; before it gets its name, @check is called with the name that the file has until then
 * and with @context, and an -errno of it is returned, with @path as it was.
 */
int atomic_file_write_checked(const char *path, const void *buf, size_t len, mode_t mode,
			      int (*check)(const char *temporary, void *context), void *context);

/* Have the directory that @path is in written to the disk: after a rename in it. Returns 0 or
 * -errno. */
int atomic_file_sync_parent(const char *path);

#endif
