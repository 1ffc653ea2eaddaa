/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of banned packages unrelated packages have, too. Private to the resolution. */
#ifndef INTERDICT_PACKAGE_SHARED_H
#define INTERDICT_PACKAGE_SHARED_H

#include "package_keep.h"

/*
 * Compare the files of @keep's packages that @fresh says of (one for each of them) with those of
 * the @n packages at @unrelated, of which none is in @keep. Sets left of those whose content one of
 * them has, and shared_build_id of those whose build-id it has. What their managers know of the
 * contents decides what is looked at on the disk; a file counts as the same only if it is, there,
 * now. Build-ids are taken from keep->others, and put there. Returns 0 or -ENOMEM; a package whose
 * files cannot be listed is passed by, and counted in *@uncompared.
 */
int package_shared_find(const char *root, struct package_keep *keep, const bool *fresh,
			const struct package *const *unrelated, size_t n, size_t *uncompared);

#endif
