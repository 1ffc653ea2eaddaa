/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of the policy that was accepted last: a copy of the directory or the bundle, for
 * explain, for a restart, and for a boot at which the configured one is missing or bad. Where it
 * came from may change at any time.
 */
#ifndef INTERDICT_LAST_GOOD_H
#define INTERDICT_LAST_GOOD_H

#include "store.h"

#define LAST_GOOD STORE_DIR "/active"

/*
 * Load it as policy_load_to_enforce() does. A bundle's signature has to be good for when it was
 * accepted: a certificate that has expired since takes no ban away, one that was revoked does.
 */
int last_good_load(const struct store *store, const char *trust_dir, struct policy **ret,
		   struct policy_errors *errs);

/* Its serial, with the store as far as it is known; 0: there is none that can be read. */
uint64_t last_good_serial(const struct store *store, const char *trust_dir);

/*
 * Copy what @policy was loaded from, @path, to LAST_GOOD ".new" and to the disk. Returns 0;
 * -ESTALE: it has changed since; another -errno.
 */
int last_good_copy(const struct policy *policy, const char *path, const char *trust_dir,
		   int64_t now);

/* Put that copy into its place, in one step. Returns 0 or -errno. */
int last_good_replace(void);

/* Remove it, and a copy that did not get its place. */
void last_good_remove(void);
void last_good_remove_copy(void);

#endif
