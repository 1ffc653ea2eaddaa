/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of databases share. Private to userspace/packages and its tests. */
#ifndef INTERDICT_PACKAGE_INTERNAL_H
#define INTERDICT_PACKAGE_INTERNAL_H

#include "package.h"

/* A database's file: dpkg's status has 1 KiB for each package. */
#define PACKAGE_FILE_MAX (512U << 20)

/* Write a sentence to @why and return @err. */
int package_fail(char why[PACKAGE_WHY_MAX], int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A copy of @len bytes at @text, cut at PACKAGE_FIELD_MAX and at a NUL. NULL: no memory. */
char *package_field(const char *text, size_t len);

/* Add @package, whose strings are the set's from now on (or freed, on -ENOMEM). Returns 0, -ENOMEM,
 * or -E2BIG beyond PACKAGES_MAX. */
int package_set_add(struct package_set *set, struct package *package);

/*
 * Read the whole file at @path below @root, of at most @max bytes. Returns 0 and sets *@buf (to be
 * freed; a NUL is behind it) and *@len; -EFBIG; another -errno.
 */
int package_read_below(const char *root, const char *path, size_t max, char **buf, size_t *len);

/*
 * A reader: add every package below @root to @set. Returns 0; -ENOENT: there is no such database;
 * -EBADMSG with a sentence in @why; -ENOMEM.
 */
int package_deb_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX]);

int package_rpm_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX]);
int package_flatpak_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX]);
int package_snap_read(const char *root, struct package_set *set, char why[PACKAGE_WHY_MAX]);

/* And the files of a package of its. */
int package_rpm_files(const char *root, const struct package *package,
		      int (*fn)(void *context, const char *path), void *context,
		      char why[PACKAGE_WHY_MAX]);
int package_flatpak_files(const char *root, const struct package *package,
			  int (*fn)(void *context, const char *path), void *context,
			  char why[PACKAGE_WHY_MAX]);
int package_snap_files(const char *root, const struct package *package,
		       int (*fn)(void *context, const char *path), void *context,
		       char why[PACKAGE_WHY_MAX]);
int package_deb_files(const char *root, const struct package *package,
		      int (*fn)(void *context, const char *path), void *context,
		      char why[PACKAGE_WHY_MAX]);

/*
 * What is known of the content of a package's file, without a look at it: the MD5 (16 bytes) that
 * it had when it was packed, or its size now.
 */
struct package_content {
	const char *path;   /* from the root */
	const uint8_t *md5; /* or NULL, and */
	uint64_t size;	    /* bytes */
};

/*
 * Call @fn for each file of @package of which something is known. Returns 0, what @fn returns, or
 * errors as package_files().
 */
int package_contents(const char *root, const struct package *package,
		     int (*fn)(void *context, const struct package_content *content), void *context,
		     char why[PACKAGE_WHY_MAX]);

/* ---- deb ---- */

/* package_contents() of rpm: sizes, as they were packed. */
int package_rpm_contents(const char *root, const struct package *package,
			 int (*fn)(void *context, const struct package_content *content),
			 void *context, char why[PACKAGE_WHY_MAX]);
/* package_contents() of dpkg; -ENOENT: it knows none of this package. */
int package_deb_contents(const char *root, const struct package *package,
			 int (*fn)(void *context, const struct package_content *content),
			 void *context, char why[PACKAGE_WHY_MAX]);

#define PACKAGE_DEB_ADMIN "/var/lib/dpkg"
/* A name is a part of a file's name, with ":ARCH.list". */
#define PACKAGE_DEB_NAME_MAX 200

/* Whether this is the name of a package or of an architecture; so it is no path. */
bool package_deb_is_name(const char *text, size_t len);
/* package_read_below() for its files: an error but -ENOENT and -ENOMEM is -EBADMSG. */
int package_deb_text(const char *root, const char *path, char **text, size_t *len,
		     char why[PACKAGE_WHY_MAX]);

/* A package from a stanza. Returns 0 and fills *@package; -EBADMSG with a sentence; -ENOMEM. */
struct control;
int package_deb_from_control(const struct control *control, struct package *package,
			     char why[PACKAGE_WHY_MAX]);

#endif
