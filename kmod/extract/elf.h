/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF files, 32 or 64 bits wide, of either byte order: the tables of segments and sections, and
 * notes. Formats: System V ABI (gABI) chapters 4 and 5; Linux Standard Base, "Note Sections".
 * Everything in the file is taken to be hostile.
 */
#ifndef INTERDICT_ELF_H
#define INTERDICT_ELF_H

#include "reader.h"

#define ELF_HEADER_MAX 64 /* the largest header: of the file, a segment or a section */
#define ELF_NOTE_NAME  4  /* the owners that are looked for: three letters and NUL */

/* What the functions below return where the file has not what is asked for: not an error. */
#define ELF_NOT_THERE 1

struct elf_layout;

struct elf {
	struct reader *reader;
	const struct elf_layout *layout;
	bool big_endian;
	__u32 pages_left;
	__u64 last_page; /* read last: reading it again is free */
	__u8 header[ELF_HEADER_MAX];
};

/* A table of segments or of sections, and one of them; offsets and sizes in bytes. */
struct elf_table {
	__u64 offset;
	__u32 count; /* at most 65,535 */
	bool sections;
};

struct elf_entry {
	__u32 type;
	__u32 name; /* of a section: where in the table of names its name begins */
	__u64 offset, size, align;
};

/* Begins to read a file, of which no more than pages pages of 4 KiB are read, the same one twice in
 * a row counting once. Returns 0; ELF_NOT_THERE where it is no ELF file; or the reader's error. */
int elf_open(struct elf *elf, struct reader *reader, __u32 pages);

/* The number in bytes (to 8) bytes at at, in the file's byte order. */
__u64 elf_number(const struct elf *elf, const __u8 *at, __u32 bytes);

/* Returns 0; ELF_NOT_THERE outside the file or when enough was read; or the reader's error. */
int elf_read(struct elf *elf, __u64 offset, void *buf, __u32 len);

/* Where the tables are. ELF_NOT_THERE where headers have another size than the format's, which no
 * loader takes. */
int elf_segments(const struct elf *elf, struct elf_table *table);
int elf_sections(const struct elf *elf, struct elf_table *table);

/* Entry i, below table->count. Errors of elf_read(). */
int elf_entry(struct elf *elf, const struct elf_table *table, __u32 i, struct elf_entry *entry);

/*
 * The section of that name, of less than ELF_SECTION_NAME bytes; the first of them. Errors of
 * elf_read().
 */
#define ELF_SECTION_NAME 16
int elf_section_by_name(struct elf *elf, const char *name, struct elf_entry *section);

/*
 * The first note of that owner (ELF_NOTE_NAME bytes) and type with 1 to max bytes: of the note
 * segments, or, where these have none (object files and kernel modules have no segments), of the
 * note sections. Sets where its bytes are, inside the file, and how many. Errors of elf_read().
 */
int elf_note_find(struct elf *elf, const char *owner, __u32 type, __u32 max, __u64 *offset,
		  __u32 *len);

#endif
