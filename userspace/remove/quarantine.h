/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Banned files that were taken away, kept so that they can be brought back: their content
 * unchanged, where nobody but root comes to, with mode 0.
 *
 * A file that is banned cannot be read, not by us either, and nothing of ours may: so it is never
 * copied but renamed, which needs no room and cannot be done by half. That works within a mount, so
 * there is a quarantine for the mount that STORE_DIR is on, and one at the top of each other mount
 * that had a banned file; or, where the file system does not rename that far (a subvolume of btrfs,
 * an encrypted directory), at the top of the subvolume or beside the file:
 *
 *	/var/lib/interdict/quarantine/		or TOP/.interdict-quarantine/	0700
 *		ID				the file, mode 0
 *		ID.json				its manifest
 *	/var/lib/interdict/quarantine/places	where the others are, escaped, one a line
 *
 *	{"interdict-quarantine":1,"id","path","sha256","size","order","rule","time",
 *	 "mode":"0755","uid","gid","atime","mtime","ctime","ino","xattrs":{NAME:HEX}}
 *
 * The ID is the SHA-256 of the content, a hyphen, and 8 hex digits of which file it was; the same
 * for the same file, however often that is tried. Times are as [seconds, nanoseconds]. Names are
 * escaped as in escape.h. Renaming keeps owner, times and attributes, so only the mode has to be
 * brought back; the rest of the manifest is for who looks at it.
 */
#ifndef INTERDICT_QUARANTINE_H
#define INTERDICT_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <jansson.h>

#define QUARANTINE_DIR	   "/var/lib/interdict/quarantine"
#define QUARANTINE_TOP	   ".interdict-quarantine"
#define QUARANTINE_ID_LEN  74 /* with the NUL */
#define QUARANTINE_WHY_MAX 256

/* Which file, in what state: what a step of a plan keeps of it. */
struct quarantine_file {
	const char *path; /* absolute, without links; the caller's */
	uint64_t ino, size;
	uint32_t mode, uid, gid;
	uint32_t names; /* hard links, of which this is one */
	uint32_t dev_major, dev_minor; /* for who reads of it: another boot may give others */
	struct timespec atime, mtime, ctime;
};

/*
 * Look at the regular file at @path, absolute and without symbolic links in it. Returns 0 and fills
 * *@file, whose path is @path; -ENOENT; -EINVAL: no regular file; another -errno.
 */
int quarantine_look(const char *path, struct quarantine_file *file);

/* How the file is called there. */
void quarantine_id(const struct quarantine_file *file, const uint8_t sha256[32],
		   char id[QUARANTINE_ID_LEN]);

/* Whether @path is in the quarantine @dir, or in one of TOP's, and that is ours. */
bool quarantine_has(const char *dir, const char *path);

/* What became of a file. */
enum quarantine_outcome {
	QUARANTINE_PUT,	    /* it is there now */
	QUARANTINE_WAS_PUT, /* it was there already */
	QUARANTINE_GONE,    /* nothing is at the path, nor in the quarantine */
};

/*
 * Put the file into quarantine as @id. @dir: the quarantine that has the places of the others; made
 * if it is not there. @about: members of the manifest that are the caller's (sha256, order, rule);
 * borrowed.
 * Can be called again for a file, wherever an earlier call was cut off; comes to the same end.
 *
 * Returns 0, sets *@outcome, and file->ctime to what it is of the file's other names since; -ESTALE:
 * what is at the path is another file, or was changed; -EROFS, -EPERM, another -errno. On errors
 * @why is a sentence without its dot, with what to do.
 */
int quarantine_put(const char *dir, struct quarantine_file *file, const char *id,
		   const json_t *about, enum quarantine_outcome *outcome,
		   char why[QUARANTINE_WHY_MAX]);

/*
 * Delete it instead, through the quarantine, so that what is deleted is what was looked at. Returns
 * and can be called again as quarantine_put().
 */
int quarantine_delete(const char *dir, struct quarantine_file *file, const char *id,
		      const json_t *about, enum quarantine_outcome *outcome,
		      char why[QUARANTINE_WHY_MAX]);

/* A file in quarantine. */
struct quarantine_entry {
	char *dir; /* of the quarantine */
	char id[QUARANTINE_ID_LEN];
	json_t *manifest;
	char *path; /* where it was; bytes, not escaped */
};

struct quarantine_list {
	struct quarantine_entry *v;
	size_t n;
	size_t damaged; /* manifests that cannot be read; their files are there */
};

/* All that is in quarantine, in @dir and the others. Returns 0 and fills *@list
 * (quarantine_list_free()), or -ENOMEM. */
int quarantine_list(const char *dir, struct quarantine_list *list);
void quarantine_list_free(struct quarantine_list *list);

/* An O_PATH descriptor of the file, to be identified by; the caller's. -errno. */
int quarantine_open(const struct quarantine_entry *entry);

/*
 * Bring it back to where it was, with its mode. Can be called again. Returns 0; -EEXIST: something
 * is there; -ENOENT: its directory is gone; another -errno; then @why is a sentence.
 */
int quarantine_restore(const struct quarantine_entry *entry, char why[QUARANTINE_WHY_MAX]);

#endif
