/* SPDX-License-Identifier: GPL-2.0-only */
/* The frame of a ZIP file (PKWARE's APPNOTE.TXT 6.3): its end, and where its directory is. */
#ifndef INTERDICT_ZIP_H
#define INTERDICT_ZIP_H

#include "reader.h"

/* The central directory: the bytes of the file from start to end. */
struct zip_directory {
	__u64 start;
	__u64 end;  /* 0: there is none */
	__u64 base; /* what is in front of the archive: its own offsets count from here */
};

/*
 * Finds the central directory by the record at the end (4.3.16, 4.3.14 and 4.3.15 for ZIP64). A
 * file is searched for the record where its last bytes are one without a comment, or where it
 * begins with a member: it costs others two short reads. Where several could be the record, it is
 * the last that goes to the file's end exactly, as Android and Java take it, else the last that
 * has bytes behind it.
 *
 * Returns 0, directory->end being 0 where it is no ZIP file; -EBADMSG where the record's numbers
 * are not possible; or the reader's error.
 */
int zip_find(struct reader *reader, struct zip_directory *directory);

#define ZIP_STORED   0 /* methods, 4.4.5 */
#define ZIP_DEFLATED 8

#define ZIP_ENTRY_LEN 46 /* bytes of an entry of the directory (4.3.12) without its name */

struct zip_entry {
	__u64 local;  /* where the member's local header is, in the file */
	__u64 packed; /* bytes, as they lie in the file */
	__u64 len;    /* in all, to the next entry */
	__u16 method;
	__u16 name_len; /* the name is ZIP_ENTRY_LEN behind the entry's offset */
};

/*
 * Reads the entry at offset, that is from directory->start to directory->end. Returns 0; -EBADMSG
 * where there is none, or its parts do not fit into the directory; or the reader's error. What it
 * says of the member is not looked at.
 */
int zip_entry_read(struct reader *reader, const struct zip_directory *directory, __u64 offset,
		   struct zip_entry *entry);

/*
 * Where the bytes of the entry's member are (4.3.7): *offset, entry->packed bytes that lie within
 * the file. Returns 0, -EBADMSG, or the reader's error.
 */
int zip_member_find(struct reader *reader, const struct zip_entry *entry, __u64 *offset);

#endif
