/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packages that rules match, with their files as they were identified: what is kept from one
 * resolution to the next, in a file of one JSON object:
 *
 *	{"interdict-packages":1,"packages":[{"type","name","version","arch","maintainer","vendor",
 *	 "origin","id","source","place","files":[{"path","stamp":[dev,ino,size,mtime,ctime],
 *	 "settled":true,"size","software":true,"sha256","md5","build_id","left","shared_build_id":true}],
 *	 "former":[files],"gone":seconds since 1970}]}
 *
 * and "others", package_ids_json(). What is unknown is absent. Names are escaped as in escape.h.
 */
#ifndef INTERDICT_PACKAGE_KEEP_H
#define INTERDICT_PACKAGE_KEEP_H

#include "package.h"
#include "package_ids.h"

/* Which file it was, and in what state; times in nanoseconds. */
struct package_stamp {
	uint64_t dev, ino, size;
	int64_t mtime, ctime;
};

struct package_file {
	char *path; /* from the root */
	struct package_stamp stamp;
	bool settled;	 /* a file with this stamp is this file, unchanged */
	uint64_t size;	 /* bytes */
	bool software;	 /* it counts; else nothing else is known of it */
	bool identified; /* sha256 and build_id are */
	bool has_md5;
	bool shared_build_id; /* an unrelated package has it, too */
	uint8_t sha256[32];
	uint8_t md5[16];
	uint8_t build_id[POLICY_BUILD_ID_MAX];
	uint8_t build_id_len;
	char *left; /* why no rule is made of it; NULL: one is */
};

struct package_known {
	struct package package;
	struct package_file *files; /* by path */
	size_t n, cap;
	struct package_file *former; /* package_former.h; the oldest first */
	size_t n_former, cap_former;
	int64_t gone; /* when it was found to be installed no more, seconds since 1970; or 0 */
	bool seen;    /* not kept: it is installed now */
};

struct package_keep {
	struct package_known *v; /* by type, ID and place */
	size_t n, cap;
	struct package_ids_cache others; /* of packages that no rule matches */
};

void package_keep_free(struct package_keep *keep);
void package_known_clear(struct package_known *known);
/* Add @known, which is @keep's from now on (or cleared, on -ENOMEM). Returns 0 or -ENOMEM. */
int package_keep_add(struct package_keep *keep, struct package_known *known);
/* Add @file, which is @known's from now on (or cleared, on -ENOMEM). Returns 0 or -ENOMEM. */
int package_known_add(struct package_known *known, struct package_file *file);
int package_known_add_former(struct package_known *known, struct package_file *file);
/* Forget the oldest of what is former beyond @max. */
void package_known_trim_former(struct package_known *known, size_t max);
/* Sort what was added, for the two below. */
void package_keep_sort(struct package_keep *keep);
void package_known_sort(struct package_known *known);
/* NULL: it is not there. */
struct package_known *package_keep_find(const struct package_keep *keep,
					const struct package *package);
const struct package_file *package_known_find(const struct package_known *known, const char *path);

/*
 * Read the file at @path. Returns 0 and fills *@keep (package_keep_free()); with -ENOENT, -EBADMSG
 * (it is broken, or of another version) and other errors it is empty. -ENOMEM.
 */
int package_keep_read(const char *path, struct package_keep *keep);
/* The text of such a file, to be freed. NULL: no memory. */
char *package_keep_text(const struct package_keep *keep);
/* Write it, 0600, in one step, unless it is there already. Returns 0 or -errno. */
int package_keep_write(const char *path, const char *text);

#endif
