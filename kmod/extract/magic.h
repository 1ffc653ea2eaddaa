/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_MAGIC_H
#define INTERDICT_MAGIC_H

#include "reader.h"

/* Bytes at the beginning of a file that magic_is_software() looks at. */
#define MAGIC_HEAD 16

/*
 * Do these first len bytes of a file say that it is an executable, a library, a script, an
 * installer or package, or what one of these comes compressed as? Of scripts it knows those that
 * begin with "#!". Sources: the formats' specifications, named at each row of the table.
 */
bool magic_is_software(const __u8 *head, __u32 len);

/* Do they say that it is compressed by one of the kernel's module loader's: gzip, xz or zstd? */
bool magic_is_compressed(const __u8 *head, __u32 len);

#endif
