/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of the policy that was accepted last: a copy of the directory or the bundle, for
 * explain, for a restart, and for a boot at which the configured one is missing or bad. Where it
 * came from may change at any time.
 */
#ifndef INTERDICT_LAST_GOOD_H
#define INTERDICT_LAST_GOOD_H

#include "store.h"

/* Where it is, in the directory of the store. */
#define LAST_GOOD_NAME "active"
#define LAST_GOOD      STORE_DIR "/" LAST_GOOD_NAME

/*
 * Load it, from @store->dir, as policy_load_to_enforce() does. A bundle's signature has to be good
 * for when it was accepted: a certificate that has expired since takes no ban away, one that was
 * revoked does.
 */
int last_good_load(const struct store *store, const char *trust_dir, struct policy **ret,
		   struct policy_errors *errs);

/* Its serial, with the store as far as it is known; 0: there is none that can be read. */
uint64_t last_good_serial(const struct store *store, const char *trust_dir);

/*
 * store_open() with all witnesses that there are: the policy that is accepted last, as its text is
 * put in its place before the store is written; the record at @log_file; and @running, the serial
 * of the policy that the kernel has, or 0.
 */
int last_good_open_store(const char *dir, uint64_t running, const char *log_file,
			 const char *trust_dir, struct store *store);

/*
 * Copy what @policy was loaded from, @path, to @dir, beside the one that is there, and to the disk.
 * A bundle is verified once more, as of @now. Returns 0; -ESTALE: it has changed since; another
 * -errno.
 */
int last_good_copy(const char *dir, const struct policy *policy, const char *path,
		   const char *trust_dir, int64_t now);

/* Put that copy into its place, in one step. Returns 0 or -errno. */
int last_good_replace(const char *dir);

/* Remove it, and a copy that did not get its place. */
void last_good_remove(const char *dir);
void last_good_remove_copy(const char *dir);

#endif
