/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a scan begins: what was named, and the file systems that are mounted below. Each is walked
 * by itself, through a private copy of its mount where that is allowed (CAP_SYS_ADMIN): in that
 * nothing is mounted on top, so that what other mounts cover is seen, too, and each file system is
 * walked once, however often it is mounted.
 */
#ifndef INTERDICT_SCAN_ROOTS_H
#define INTERDICT_SCAN_ROOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scan_filesystem.h"

struct scan_root {
	char *path;		       /* as it is shown, and opened */
	char *source;		       /* of its mount, or NULL */
	char *inside;		       /* its path in the file system, or NULL: not known */
	uint32_t dev_major, dev_minor; /* of the file system */
	bool whole;		       /* the whole file system */
};

enum scan_skip {
	SCAN_SKIP_TYPE,	   /* a pseudo file system; a network's or FUSE that was not named */
	SCAN_SKIP_LAYERS,  /* an overlay whose layers are scanned where they lie */
	SCAN_SKIP_COVERED, /* another one is mounted over it, at the same place */
	SCAN_SKIP_ERROR,   /* a path that is not there, or not for us */
	SCAN_SKIP_COUNT
};

/* What is not walked. */
struct scan_skipped {
	char *path;
	char *type; /* of the file system; "" where it is not known */
	enum scan_filesystem sort;
	enum scan_skip why;
	int err; /* of ERROR: negative */
};

struct scan_roots {
	struct scan_root *v;
	size_t n;
	struct scan_skipped *skipped;
	size_t n_skipped;
};

#define SCAN_ROOTS_ONE	  1U /* --one-file-system: nothing that is mounted below */
#define SCAN_ROOTS_COPIES 2U /* mounts can be copied: see scan_root_open() */
/* Also what is mounted in other mount namespaces only, as /proc/PID/root/... */
#define SCAN_ROOTS_NAMESPACES 4U

/*
 * The roots for the @n @paths. Network file systems and FUSE are among them where they were named,
 * pseudo file systems never. What of @paths cannot be opened is among the skipped, as ERROR.
 * Returns 0 and fills *@ret (scan_roots_free()); -ENOMEM; another -errno where mountinfo cannot be
 * read.
 */
int scan_roots_find(char *const *paths, size_t n, unsigned int flags, struct scan_roots *ret);
void scan_roots_free(struct scan_roots *roots);

/* Whether this process may copy mounts. */
bool scan_roots_can_copy(void);

/*
 * Open a root: an O_PATH descriptor of the directory or file. *@copied: it is a copy of the mount,
 * that nothing else is mounted in. -errno.
 */
int scan_root_open(const struct scan_root *root, bool *copied);

/* How many inodes are in use in the file systems that are scanned whole; 0: that is not known of
 * all that is scanned. */
uint64_t scan_roots_inodes(const struct scan_roots *roots);

#endif
