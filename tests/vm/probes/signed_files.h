/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of signed_files share. */
#ifndef PROBES_SIGNED_FILES_H
#define PROBES_SIGNED_FILES_H

#include <stdio.h>

#include "tests/unit/packages.h"

/* Where in made[] they are: the vendors, their renewed certificates, and others. */
enum { RENEWED = 5, TSA = 10, NEIGHBOUR = 11 };

/* Five claims each: more than INTERDICT_CLAIMS_MAX. */
#define SIGNERS_TOO_MANY 7

/* DIR/dir/name, for writing; ends the program on failure. */
FILE *create(const char *dir, const char *name);
void write_file(const char *dir, const char *name, const void *bytes, size_t len);

/* A rule's line: DIR/rules/name. */
void write_rule(const char *name, const char *before, const uint8_t *value, unsigned int len);

/* Damaged copies of a signed PE image, whose certificate table is at table, and the directory's
 * entry that says so at entry. */
void malform_pe(const char *dir, const struct image *image, size_t table, size_t entry);

/* The same of an APK, by where its signing block and its central directory are. */
void malform_apk(const char *dir, const struct image *image, size_t block, size_t directory);

/* Appended signatures that cannot be read. */
void malform_appended(const char *dir, const char *content, const uint8_t *der, int len);

/* pgp/signature and pgp/key: the sections of an AppImage, of OpenPGP packets whose signature nobody
 * has verified; rules/pgp. And AppImages with section headers that lie. */
void make_pgp(void);
void malform_appimage(const char *dir, const char *content);

#endif
