/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What banned packages consisted of: before their files changed, or until they were removed. As
 * long as a rule names the package, that is banned like what it consists of now, as a copy may be
 * anywhere. It is known from what was kept, so not of versions that came and went unseen; nothing
 * of what was in users' homes is remembered, who could fill it. Whether the version is another does
 * not matter: while a manager is at work, its database may have the old one and the disk the new
 * files. Private to the resolution.
 */
#ifndef INTERDICT_PACKAGE_FORMER_H
#define INTERDICT_PACKAGE_FORMER_H

#include "package_keep.h"

/* Files of one package, and packages that are gone, which are remembered: the newest. */
#define PACKAGE_FORMER_FILES	4096U
#define PACKAGE_FORMER_PACKAGES 64U

/* Add to @known, which is installed, what is known from @before and is in it no more. Returns 0 or
 * -ENOMEM. */
int package_former_add(const struct package_known *before, struct package_known *known);

/* Add @before, which is not installed any more, to @keep. Returns 0 or -ENOMEM. */
int package_former_gone(const struct package_known *before, struct package_keep *keep);

#endif
