/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_BUILD_ID_H
#define INTERDICT_BUILD_ID_H

#include "reader.h"

/* Pages read of one file at most: a program's headers and notes are in two or three, an object file
 * with a section for each of 3,000 functions in 50. What is behind is not looked for. */
#define BUILD_ID_PAGES 64

/*
 * Finds an ELF file's GNU build-id: the note of type NT_GNU_BUILD_ID (3) and name "GNU" in its note
 * segments, or, where these have none (object files and kernel modules have no segments), in its
 * note sections. Formats: System V ABI (gABI) chapters 4 and 5; Linux Standard Base, "Note
 * Sections".
 *
 * id takes INTERDICT_BUILD_ID_MAX bytes; *len is set to the number of bytes found. *len is 0 where
 * the file is no ELF file, has no build-id, is malformed, or has it behind BUILD_ID_PAGES: none of
 * that is an error. Returns 0, or the reader's error, *len then being 0.
 */
int build_id_find(struct reader *reader, __u8 *id, __u32 *len);

#endif
