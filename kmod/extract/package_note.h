/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_PACKAGE_NOTE_H
#define INTERDICT_PACKAGE_NOTE_H

#include "reader.h"

/* Pages read of one file at most, as for the build-id. */
#define PACKAGE_NOTE_PAGES 64

/* Bytes of JSON that are looked at. Distributions write 100 to 300. */
#define PACKAGE_NOTE_MAX 4096

/*
 * Finds what an ELF file says of the package that it came in: the note of owner "FDO" and type
 * 0xcafe1a7e, a JSON object in UTF-8, ended by NUL (systemd, "Package Metadata for Executable
 * Files", ELF_PACKAGE_METADATA).
 *
 * json takes size bytes; *len is set to the length of what was found, without what follows its
 * first NUL; nothing is said about its being JSON. *len is 0 where the file is no ELF file, has no
 * such note or one without text, is malformed, or has it behind PACKAGE_NOTE_PAGES: none of that is
 * an error. Returns 0; -E2BIG where it is longer than size; or the reader's error, *len then being
 * 0.
 */
int package_note_find(struct reader *reader, char *json, __u32 size, __u32 *len);

#endif
