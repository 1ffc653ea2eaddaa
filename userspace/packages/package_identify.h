/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of a package, as a rule would name it. Private to the resolution. */
#ifndef INTERDICT_PACKAGE_IDENTIFY_H
#define INTERDICT_PACKAGE_IDENTIFY_H

#include "package_keep.h"

/*
 * Identify the regular file at @path below @root: by reading it, or where that is refused, as it is
 * of what is banned already, by the module. @before (may be NULL): what was known of it; where its
 * stamp is the file's, that is copied. *@read is set to whether the content was looked at. Of more
 * than @max bytes it is not: -EFBIG.
 *
 * Returns 0 and fills *@file but for left and shared_build_id (the caller frees file->path, on
 * errors too); one that does not count has software false. -ENOENT: no regular file is there.
 * -ENOMEM. Another -errno: it could not be identified.
 */
int package_identify(const char *root, const char *path, uint64_t max,
		     const struct package_file *before, struct package_file *file, bool *read);

#endif
