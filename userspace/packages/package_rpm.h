/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RPM's databases. Private to userspace/packages. */
#ifndef INTERDICT_PACKAGE_RPM_H
#define INTERDICT_PACKAGE_RPM_H

#include "package.h"
#include "rpm_header.h"

typedef int (*package_rpm_fn)(void *context, uint64_t key, const void *blob, size_t len);

/*
 * Call @fn for the header of each package, or of the one with this @key (0: all). Returns 0; what
 * @fn returns; -ENOENT: there is no database; -EBADMSG with a sentence in @why; -ENOMEM.
 */
int package_rpm_each(const char *root, uint64_t key, package_rpm_fn fn, void *context,
		     char why[PACKAGE_WHY_MAX]);
/* The same of the Packages.db in the directory @dir. */
int package_rpm_each_ndb(int dir, uint64_t key, package_rpm_fn fn, void *context,
			 char why[PACKAGE_WHY_MAX]);
/* Returns 0 and fills *@package (package_clear()), key 0; -EBADMSG: it has no name or version;
 * -ENOMEM. */
int package_rpm_from_header(const struct rpm_header *header, struct package *package);

#endif
