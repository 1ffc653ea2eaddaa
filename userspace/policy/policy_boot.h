/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel command line may change of a policy: interdict=off|audit|enforce lowers its mode
 * for this boot, where the header says `boot-override: yes`. It never raises it.
 */
#ifndef INTERDICT_POLICY_BOOT_H
#define INTERDICT_POLICY_BOOT_H

#include "policy.h"

/*
 * Find interdict=MODE in @cmdline, as /proc/cmdline has it (the last one counts, "--" ends it, and
 * double quotes keep a value with blanks together: parse_args() of the kernel), and lower the mode
 * of @policy where that is allowed. Sets policy->boot_asked to what was asked for and what came of
 * it, or leaves it NULL where nothing was. Returns 0 or -ENOMEM.
 */
int policy_boot_override(struct policy *policy, const char *cmdline);

#endif
