/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Package files, by their first bytes. Private to userspace/packages and its fuzzer. */
#ifndef INTERDICT_PACKAGE_FILE_H
#define INTERDICT_PACKAGE_FILE_H

#include "package.h"

/* Each reads the file that @fd is open on, which begins as such a file does; errors as
 * package_of_file(). */
int package_file_deb(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
int package_file_rpm(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
int package_file_flatpakref(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
int package_file_flatpak_bundle(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
int package_file_snap(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);
int package_file_appimage(int fd, struct package *package, char why[PACKAGE_WHY_MAX]);

/* Read @len bytes at @offset. Returns 0; -EBADMSG with a sentence: the file is shorter; -errno. */
int package_file_read(int fd, uint64_t offset, void *buf, size_t len, char why[PACKAGE_WHY_MAX]);

/*
 * The value of @key, of the first line "@key=value" of the text (Desktop Entry Specification,
 * "Basic format of the file"); to be freed. NULL: there is none, or no memory; then *@ok is false.
 */
char *package_file_key(const char *text, const char *key, bool *ok);

#endif
