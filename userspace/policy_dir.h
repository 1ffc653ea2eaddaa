/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a policy's directory, each read once, and their digest. Private to policy_*.c. */
#ifndef INTERDICT_POLICY_DIR_H
#define INTERDICT_POLICY_DIR_H

#include "policy.h"

/* A file of the policy, as it was read. */
struct policy_member {
	char *path; /* relative to the directory */
	char *file; /* as messages show it: DIR/path */
	char *buf;
	size_t len;
};

struct policy_dir {
	int fd;
	char *name; /* as given, without slashes at its end */
	struct policy_member **members;
	size_t n;
	uint64_t total; /* bytes of all members */
	struct policy_errors *errs;
};

/*
 * Returns 0; -ENOMEM; another -errno, with a problem in @errs. In either case dir_close() frees.
 */
int policy_dir_open(struct policy_dir *dir, const char *name, struct policy_errors *errs);
void policy_dir_close(struct policy_dir *dir);

/*
 * Read the file at @path (relative, plain components) of at most @max bytes into a member that the
 * directory owns. Symbolic links are not followed, so that what is read is what an archive of the
 * directory would hold. Returns 0 and *@ret; -ENOMEM; another -errno with *@why a sentence.
 */
int policy_dir_read(struct policy_dir *dir, const char *path, size_t max,
		    struct policy_member **ret, const char **why);

/*
 * The names of the regular files in orders/ that are orders, sorted by their bytes, as paths
 * ("orders/x.yaml"). Warns about what else lies in the directory. Returns 0, *@paths (an array of
 * malloc'd strings, itself malloc'd) and *@n; or -errno with a problem in the directory's errs.
 */
int policy_dir_orders(struct policy_dir *dir, char ***paths, size_t *n);

/* Warn about files below lists/ that are no member. Returns 0 or -ENOMEM. */
int policy_dir_unused_lists(struct policy_dir *dir);

/* Of all members; see policy_digest_dir(). Returns 0, -ENOMEM, or -EIO where libcrypto fails. */
int policy_dir_digest(struct policy_dir *dir, uint8_t digest[32]);

/* Letters, digits and ._+- in components that do not begin with a dot: the same bytes everywhere.
 */
bool policy_dir_plain_path(const char *path);

#endif
