/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is banned and installed: packages, by the package managers' databases. */
#ifndef INTERDICT_SCAN_INSTALLED_H
#define INTERDICT_SCAN_INSTALLED_H

#include "scan.h"

/*
 * Report each package of this system that a rule of an order in force describes. @root: "", or the
 * directory of another system. What cannot be read of the databases is a problem. Returns 0, or
 * -ENOMEM.
 */
int scan_installed(const struct scan_policy *policy, const char *root,
		   const struct scan_report *report, struct scan_counts *counts);

#endif
