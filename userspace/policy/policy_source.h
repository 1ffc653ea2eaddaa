/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the files of a policy come from: a directory or an archive in memory. Each is read once;
 * those that were read are the policy's members, of which its digest is. Private to policy_*.c.
 */
#ifndef INTERDICT_POLICY_SOURCE_H
#define INTERDICT_POLICY_SOURCE_H

#include "policy.h"

/* A file of the policy, as it was read. */
struct policy_member {
	char *path; /* relative to the directory */
	char *file; /* as messages show it: DIR/path, BUNDLE:path */
	const char *buf;
	size_t len;
	char *owned; /* buf, where it is freed with the member; else NULL */
	bool digested;
};

struct policy_source;

struct policy_source_ops {
	/* The bytes at a plain path. Returns 0, *@buf, *@len and *@owned; -errno with *@why. */
	int (*read)(struct policy_source *source, const char *path, size_t max, const char **buf,
		    size_t *len, char **owned, const char **why);
	/* See policy_source_orders(), policy_source_unused(). */
	int (*orders)(struct policy_source *source, char ***paths, size_t *n);
	int (*unused)(struct policy_source *source);
	void (*close)(
		struct policy_source *source); /* what is behind the source; not its members */
};

struct policy_source {
	const struct policy_source_ops *ops;
	char *name;	  /* DIR or BUNDLE, as messages show it */
	const char *join; /* stands between name and a member's path */
	struct policy_member **members;
	size_t n;
	uint64_t total; /* bytes of all members */
	void *digest;	/* policy_ustar.c's, once it was begun */
	bool keep;	/* the bytes of members that are done with: they will be packed */
	struct policy_errors *errs;
};

/*
 * Sources. Each returns 0 and *@ret; -ENOMEM; another -errno, with a problem in @errs.
 *
 * The directory @name. The archive (policy_ustar.h) of @len bytes at @buf, which are borrowed until
 * the source is freed; @name is the bundle's. Of an archive the whole form is checked here: see
 * policy_archive.c.
 */
int policy_source_dir(const char *name, struct policy_errors *errs, struct policy_source **ret);
int policy_source_archive(const char *name, const char *buf, size_t len, struct policy_errors *errs,
			  struct policy_source **ret);
/* @source may be NULL. */
void policy_source_free(struct policy_source *source);

/*
 * Read the file at @path (relative, plain components) of at most @max bytes into a member that the
 * source owns. Returns 0 and *@ret; -ENOMEM; another -errno with *@why a sentence.
 */
int policy_source_read(struct policy_source *source, const char *path, size_t max,
		       struct policy_member **ret, const char **why);

/*
 * The orders, sorted by the bytes of their names, as paths ("orders/x.yaml"). Says what else lies
 * there: in a directory a warning, in an archive an error. Returns 0, *@paths (an array of malloc'd
 * strings, itself malloc'd) and *@n; or -errno with a problem in the source's errs.
 */
int policy_source_orders(struct policy_source *source, char ***paths, size_t *n);

/* Say which other files are no member, in the same way. Returns 0 or -ENOMEM. */
int policy_source_unused(struct policy_source *source);

/*
 * @member is done with: it goes into the digest, and its bytes are given back. Only for the first
 * members by the bytes of their paths, in that order: lists. Returns 0, -ENOMEM or -EIO.
 */
int policy_source_settle(struct policy_source *source, struct policy_member *member);

/* Of all members; see policy_digest_dir(). Once. Returns 0, -ENOMEM, or -EIO where libcrypto fails.
 */
int policy_source_digest(struct policy_source *source, uint8_t digest[32]);

/*
 * The archive of all members. Returns 0, *@buf (free()) and *@len; -EFBIG: it has more than @max
 * bytes; -ENOMEM.
 */
int policy_source_pack(struct policy_source *source, size_t max, char **buf, size_t *len);

/* ---- for the sources ---- */

/* Adds a problem with the member or file at @path. */
void policy_source_say(struct policy_source *source, enum policy_severity severity,
		       const char *path, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Whether orders/NAME is an order; if not, or not a usable one, says so: with @severity where it
 * is something else. */
bool policy_source_is_order(struct policy_source *source, enum policy_severity severity,
			    const char *path);

/* Letters, digits and ._+- in components that do not begin with a dot, of at most POLICY_PATH_MAX
 * bytes: the same bytes everywhere. */
bool policy_source_plain_path(const char *path);
/* In words. */
extern const char policy_source_plain[];

#endif
