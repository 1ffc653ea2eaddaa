// SPDX-License-Identifier: GPL-2.0-only
/*
 * The GNU build-id of an ELF file, 32 or 64 bits wide, of either byte order. Everything in the file
 * is taken to be hostile: offsets are compared with the file's size before they are added to.
 */
#include "build_id.h"

#include "../abi.h"

#define ELF_IDENT    16
#define ELF_CLASS    4
#define ELF_CLASS_32 1
#define ELF_CLASS_64 2
#define ELF_DATA     5
#define ELF_DATA_LSB 1
#define ELF_DATA_MSB 2
#define ELF_PT_NOTE  4
#define ELF_SHT_NOTE 7

#define NOTE_HEADER	  12
#define NOTE_GNU_BUILD_ID 3

/* A page for the reader's sake only: that is what reading costs. */
#define PAGE_BITS 12

/* Where the fields of the headers are; offsets and sizes in bytes (gABI, "ELF Header", "Program
 * Header", "Section Header"). */
struct layout {
	__u8 word; /* size of an address or offset */
	__u8 ehdr_size;
	__u8 e_phoff, e_shoff, e_phentsize, e_phnum, e_shentsize, e_shnum;
	__u8 phdr_size;
	__u8 p_offset, p_filesz, p_align;
	__u8 shdr_size;
	__u8 sh_offset, sh_size, sh_addralign;
};

static const struct layout layout_32 = {
	.word = 4,
	.ehdr_size = 52,
	.e_phoff = 28,
	.e_shoff = 32,
	.e_phentsize = 42,
	.e_phnum = 44,
	.e_shentsize = 46,
	.e_shnum = 48,
	.phdr_size = 32,
	.p_offset = 4,
	.p_filesz = 16,
	.p_align = 28,
	.shdr_size = 40,
	.sh_offset = 16,
	.sh_size = 20,
	.sh_addralign = 32,
};

static const struct layout layout_64 = {
	.word = 8,
	.ehdr_size = 64,
	.e_phoff = 32,
	.e_shoff = 40,
	.e_phentsize = 54,
	.e_phnum = 56,
	.e_shentsize = 58,
	.e_shnum = 60,
	.phdr_size = 56,
	.p_offset = 8,
	.p_filesz = 32,
	.p_align = 48,
	.shdr_size = 64,
	.sh_offset = 24,
	.sh_size = 32,
	.sh_addralign = 48,
};

#define HEADER_MAX 64 /* the largest of the sizes above */

struct elf {
	struct reader *reader;
	const struct layout *layout;
	bool big_endian;
	__u32 pages_left;
	__u64 last_page; /* read last: reading it again is free */
	__u8 *id;
	__u32 *id_len;
};

/* A table of headers, of segments or of sections. */
struct table {
	__u64 offset;
	__u32 count;
	__u32 size; /* of an entry */
	__u32 type; /* of the entries that are notes */
	__u8 type_at, offset_at, size_at, align_at;
};

/* Not an error to the caller of build_id_find(): there is no build-id. */
#define NOT_THERE 1

static __u64 field(const struct elf *elf, const __u8 *at, __u32 bytes)
{
	__u64 value = 0;
	__u32 i;

	for (i = 0; i < bytes; i++)
		value |= (__u64)at[i] << 8 * (elf->big_endian ? bytes - 1 - i : i);
	return value;
}

/* Is len at offset inside a range of size? */
static bool inside(__u64 offset, __u64 len, __u64 size)
{
	return offset <= size && len <= size - offset;
}

/* Returns 0; NOT_THERE outside the file or when enough was read; or the reader's error. */
static int elf_read(struct elf *elf, __u64 offset, __u8 *buf, __u32 len)
{
	__u64 first = offset >> PAGE_BITS;
	__u64 last, pages;

	if (!inside(offset, len, elf->reader->size))
		return NOT_THERE;
	last = (offset + len - 1) >> PAGE_BITS;
	pages = last - first + (first != elf->last_page);
	if (pages > elf->pages_left)
		return NOT_THERE;
	elf->pages_left -= pages;
	elf->last_page = last;
	return elf->reader->read(elf->reader, offset, buf, len);
}

static __u64 align_up(__u64 value, __u32 align)
{
	return (value + align - 1) & ~(__u64)(align - 1);
}

/*
 * Looks through the notes in size bytes at offset. Returns 0 when the build-id was found,
 * NOT_THERE, or the reader's error. Bounded by elf_read(): each turn reads further on.
 */
static int find_in_notes(struct elf *elf, __u64 offset, __u64 size, __u64 align)
{
	__u8 header[NOTE_HEADER + 4];
	__u64 name_len, desc_len, desc_at, next;
	int err;

	if (!inside(offset, size, elf->reader->size))
		return NOT_THERE;
	/* Notes are aligned to 4 bytes, in 8-aligned segments to 8; other values are not notes. */
	if (align <= 4)
		align = 4;
	else if (align != 8)
		return NOT_THERE;

	while (size >= NOTE_HEADER + 4) {
		err = elf_read(elf, offset, header, sizeof(header));
		if (err)
			return err;
		/* Each is 32 bits in the file: the sums below do not overflow 64. */
		name_len = field(elf, header, 4);
		desc_len = field(elf, header + 4, 4);
		desc_at = align_up(NOTE_HEADER + name_len, align);
		if (!inside(desc_at, desc_len, size))
			return NOT_THERE;
		if (field(elf, header + 8, 4) == NOTE_GNU_BUILD_ID && name_len == 4 &&
		    !memcmp(header + NOTE_HEADER, "GNU", 4) && desc_len > 0 &&
		    desc_len <= INTERDICT_BUILD_ID_MAX) {
			err = elf_read(elf, offset + desc_at, elf->id, desc_len);
			if (!err)
				*elf->id_len = desc_len;
			return err;
		}
		next = align_up(desc_at + desc_len, align);
		if (next >= size)
			return NOT_THERE;
		offset += next;
		size -= next;
	}
	return NOT_THERE;
}

static int find_in_table(struct elf *elf, const struct table *table)
{
	const __u32 word = elf->layout->word;
	__u8 entry[HEADER_MAX];
	__u64 offset = table->offset;
	__u32 i;
	int err;

	/* At most 65,535 entries, and far fewer within BUILD_ID_PAGES. */
	for (i = 0; i < table->count; i++) {
		err = elf_read(elf, offset, entry, table->size);
		if (err)
			return err;
		offset += table->size;
		if (field(elf, entry + table->type_at, 4) != table->type)
			continue;
		err = find_in_notes(elf, field(elf, entry + table->offset_at, word),
				    field(elf, entry + table->size_at, word),
				    field(elf, entry + table->align_at, word));
		if (err != NOT_THERE)
			return err;
	}
	return NOT_THERE;
}

static int find_in_segments(struct elf *elf, const __u8 *ehdr)
{
	const struct layout *layout = elf->layout;
	const struct table table = {
		.offset = field(elf, ehdr + layout->e_phoff, layout->word),
		.count = field(elf, ehdr + layout->e_phnum, 2),
		.size = layout->phdr_size,
		.type = ELF_PT_NOTE,
		.type_at = 0,
		.offset_at = layout->p_offset,
		.size_at = layout->p_filesz,
		.align_at = layout->p_align,
	};

	/* No loader takes headers of another size. */
	if (field(elf, ehdr + layout->e_phentsize, 2) != layout->phdr_size)
		return NOT_THERE;
	return find_in_table(elf, &table);
}

static int find_in_sections(struct elf *elf, const __u8 *ehdr)
{
	const struct layout *layout = elf->layout;
	const struct table table = {
		.offset = field(elf, ehdr + layout->e_shoff, layout->word),
		.count = field(elf, ehdr + layout->e_shnum, 2),
		.size = layout->shdr_size,
		.type = ELF_SHT_NOTE,
		.type_at = 4,
		.offset_at = layout->sh_offset,
		.size_at = layout->sh_size,
		.align_at = layout->sh_addralign,
	};

	if (field(elf, ehdr + layout->e_shentsize, 2) != layout->shdr_size)
		return NOT_THERE;
	return find_in_table(elf, &table);
}

int build_id_find(struct reader *reader, __u8 *id, __u32 *len)
{
	struct elf elf = {
		.reader = reader,
		.pages_left = BUILD_ID_PAGES,
		.last_page = ~(__u64)0,
		.id = id,
		.id_len = len,
	};
	__u8 ehdr[HEADER_MAX];
	int err;

	*len = 0;
	err = elf_read(&elf, 0, ehdr, ELF_IDENT);
	if (err)
		goto out;
	err = NOT_THERE;
	if (memcmp(ehdr, "\177ELF", 4))
		goto out;
	if (ehdr[ELF_CLASS] == ELF_CLASS_32)
		elf.layout = &layout_32;
	else if (ehdr[ELF_CLASS] == ELF_CLASS_64)
		elf.layout = &layout_64;
	else
		goto out;
	if (ehdr[ELF_DATA] != ELF_DATA_LSB && ehdr[ELF_DATA] != ELF_DATA_MSB)
		goto out;
	elf.big_endian = ehdr[ELF_DATA] == ELF_DATA_MSB;
	err = elf_read(&elf, 0, ehdr, elf.layout->ehdr_size);
	if (err)
		goto out;

	err = find_in_segments(&elf, ehdr);
	if (err == NOT_THERE)
		err = find_in_sections(&elf, ehdr);
out:
	return err == NOT_THERE ? 0 : err;
}
