/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of packages. Private to userspace/packages. */
#ifndef INTERDICT_PACKAGE_WALK_H
#define INTERDICT_PACKAGE_WALK_H

#include "package.h"

/* Directories in directories: what is deeper is no package's. */
#define PACKAGE_WALK_DEPTH 64

/*
 * Call @fn with the path, from the root, of everything below @path, which is below @root: links are
 * not followed. Directories that go away meanwhile are left out. Returns 0; what @fn returns;
 * -ENOENT: there is no such directory; -ENOMEM; another -errno of a directory that cannot be read.
 */
int package_walk(const char *root, const char *path, int (*fn)(void *context, const char *path),
		 void *context);

/*
 * Call @fn with each name in the directory @path below @root, but those that begin with a dot.
 * Returns as above.
 */
int package_names(const char *root, const char *path, int (*fn)(void *context, const char *name),
		  void *context);

#endif
