/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_SEAL_H
#define INTERDICT_SEAL_H

#include <linux/seq_file.h>

#include "abi.h"

/*
 * Tokens that are taken in a boot. Each takes somebody who signs; a device that was disarmed so
 * often is to be rebooted.
 */
#define SEAL_TOKENS_MAX 256

/*
 * Keeps the certificates of request, by which tokens are verified from now on, and sets the error
 * of each. Returns 0 where this kernel can verify by one of them or more; -ENOPKG: by none, and
 * nothing is kept; -EEXIST: some are sealed already; -EINVAL: a count, a length, a time or an
 * ID that is none, a field that is not 0; -EFAULT; -ENOMEM.
 */
int seal_anchors(struct interdict_seal *request);

/* Fills request with the certificate of its index. Returns 0, -ENOENT; -EINVAL: a field is not 0.
 */
int seal_get_anchor(struct interdict_anchor *request);

/*
 * Takes a token. Returns 0 and sets action and until; errors as abi.h has them, and -EINVAL: a
 * length or a field that is not 0; -EFAULT; -ENOMEM. Does not return before its signature was
 * verified, which takes some milliseconds.
 */
int seal_disarm(struct interdict_disarm *request);

/*
 * May what is held be let go, once, where other links take its place (replaced) or not? Returns 0:
 * nothing is sealed, or a token says so, which is used up by that; else -EKEYREJECTED.
 */
int seal_release(bool replaced);

/* The lines of the status file that abi.h names. */
void seal_show(struct seq_file *seq);

void seal_exit(void);

#endif
