/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where, as /proc/self/mountinfo says (proc(5)). */
#ifndef INTERDICT_SCAN_MOUNTS_H
#define INTERDICT_SCAN_MOUNTS_H

#include <stddef.h>
#include <stdint.h>

struct scan_mount {
	uint64_t id;
	uint32_t dev_major, dev_minor; /* of the file system */
	char *root;		       /* which directory or file of it is mounted */
	char *path;		       /* where */
	char *type, *source, *options; /* of the file system */
};

struct scan_mounts {
	struct scan_mount *v; /* in the order of mountinfo */
	size_t n;
};

/* Read @path (mountinfo of a process). Returns 0 and fills *@ret (scan_mounts_free()), or -errno;
 * -EBADMSG: a line that is none. */
int scan_mounts_read(const char *path, struct scan_mounts *ret);
void scan_mounts_free(struct scan_mounts *mounts);

/* The mount with that ID, or NULL. */
const struct scan_mount *scan_mounts_find(const struct scan_mounts *mounts, uint64_t id);

/* What of @path is below @above ("" where they are the same), or NULL: it is elsewhere. Both are
 * absolute and plain. */
const char *scan_path_below(const char *path, const char *above);

#endif
