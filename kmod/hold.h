/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_HOLD_H
#define INTERDICT_HOLD_H

#include <linux/seq_file.h>

#include "abi.h"

/*
 * Takes a reference on each link, and then drops those that were held before: all or none.
 * Returns 0; -EINVAL for a bad count, a field that is not 0, a descriptor that is no BPF link or
 * whose link has another ID than was said; -EBADF; -EKEYREJECTED: one that is held is not among
 * them, and seal_release() does not let it go.
 */
int hold_links(const struct interdict_hold *hold);

/*
 * Drops all. From hold_links() to when nothing refers to the module any more after this, it cannot
 * be removed, not by force either. Returns 0, or -EKEYREJECTED: seal_release() does not let them go.
 */
int hold_release(void);

/* The same, asking nobody, before the module goes: links that are held prevent that. */
void hold_exit(void);

/* The lines "held COUNT" and "link ID" of the status file. */
void hold_show(struct seq_file *seq);

#endif
