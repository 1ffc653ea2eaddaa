/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PUBLISHER_H
#define INTERDICT_PUBLISHER_H

#include "reader.h"

/* Bytes of a name in UTF-8, as it is and folded. X.520 allows organizationName 64 characters, and
 * names are longer in the field: 64 of four bytes. */
#define PUBLISHER_MAX 256

/*
 * One form for what people take for the same name. Of UTF-8: white space (Unicode White_Space) at
 * both ends goes, each run of it inside becomes one space; letters become small: ASCII, Latin-1,
 * Latin Extended-A and Additional, Greek, Cyrillic, Armenian, and the full-width Latin ones.
 * Nothing is composed or decomposed (no NFC), no ligature is taken apart.
 *
 * to takes PUBLISHER_MAX bytes. Returns the length, 0 where nothing is left; -EBADMSG where it is
 * not UTF-8; -E2BIG where it does not fit.
 */
int publisher_fold(const char *name, __u32 len, char *to);

/* What a publisher rule has for its value, and a claim: SHA-256 of the folded name (DIGEST_LEN
 * bytes). Errors of publisher_fold(), -EINVAL where nothing is left. */
int publisher_value(const char *name, __u32 len, __u8 *value);

/* Bytes of a letter in UTF-8. */
#define PUBLISHER_LETTER 4

/* Writes a letter (a Unicode scalar value) to to, PUBLISHER_LETTER bytes. Returns how many it took.
 */
__u32 publisher_put_utf8(char *to, __u32 letter);

#endif
