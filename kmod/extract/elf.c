// SPDX-License-Identifier: GPL-2.0-only
#include "elf.h"

#define ELF_IDENT    16
#define ELF_CLASS    4
#define ELF_CLASS_32 1
#define ELF_CLASS_64 2
#define ELF_DATA     5
#define ELF_DATA_LSB 1
#define ELF_DATA_MSB 2

/* A page for the reader's sake only: that is what reading costs. */
#define PAGE_BITS 12

/* Where the fields of the headers are; offsets and sizes in bytes (gABI, "ELF Header", "Program
 * Header", "Section Header"). */
struct elf_layout {
	__u8 word; /* size of an address or offset */
	__u8 ehdr_size;
	__u8 e_phoff, e_shoff, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
	__u8 phdr_size;
	__u8 p_offset, p_filesz, p_align;
	__u8 shdr_size;
	__u8 sh_offset, sh_size, sh_addralign;
};

static const struct elf_layout layout_32 = {
	.word = 4,
	.ehdr_size = 52,
	.e_phoff = 28,
	.e_shoff = 32,
	.e_phentsize = 42,
	.e_phnum = 44,
	.e_shentsize = 46,
	.e_shnum = 48,
	.e_shstrndx = 50,
	.phdr_size = 32,
	.p_offset = 4,
	.p_filesz = 16,
	.p_align = 28,
	.shdr_size = 40,
	.sh_offset = 16,
	.sh_size = 20,
	.sh_addralign = 32,
};

static const struct elf_layout layout_64 = {
	.word = 8,
	.ehdr_size = 64,
	.e_phoff = 32,
	.e_shoff = 40,
	.e_phentsize = 54,
	.e_phnum = 56,
	.e_shentsize = 58,
	.e_shnum = 60,
	.e_shstrndx = 62,
	.phdr_size = 56,
	.p_offset = 8,
	.p_filesz = 32,
	.p_align = 48,
	.shdr_size = 64,
	.sh_offset = 24,
	.sh_size = 32,
	.sh_addralign = 48,
};

__u64 elf_number(const struct elf *elf, const __u8 *at, __u32 bytes)
{
	__u64 value = 0;
	__u32 i;

	for (i = 0; i < bytes; i++)
		value |= (__u64)at[i] << 8 * (elf->big_endian ? bytes - 1 - i : i);
	return value;
}

int elf_read(struct elf *elf, __u64 offset, void *buf, __u32 len)
{
	__u64 first = offset >> PAGE_BITS;
	__u64 last, pages;

	if (!len || !reader_has(elf->reader, offset, len))
		return ELF_NOT_THERE;
	last = (offset + len - 1) >> PAGE_BITS;
	pages = last - first + (first != elf->last_page);
	if (pages > elf->pages_left)
		return ELF_NOT_THERE;
	elf->pages_left -= pages;
	elf->last_page = last;
	return elf->reader->read(elf->reader, offset, buf, len);
}

int elf_open(struct elf *elf, struct reader *reader, __u32 pages)
{
	__u8 *header = elf->header;
	int err;

	elf->reader = reader;
	elf->pages_left = pages;
	elf->last_page = ~(__u64)0;
	err = elf_read(elf, 0, header, ELF_IDENT);
	if (err)
		return err;
	if (memcmp(header, "\177ELF", 4))
		return ELF_NOT_THERE;
	if (header[ELF_CLASS] == ELF_CLASS_32)
		elf->layout = &layout_32;
	else if (header[ELF_CLASS] == ELF_CLASS_64)
		elf->layout = &layout_64;
	else
		return ELF_NOT_THERE;
	if (header[ELF_DATA] != ELF_DATA_LSB && header[ELF_DATA] != ELF_DATA_MSB)
		return ELF_NOT_THERE;
	elf->big_endian = header[ELF_DATA] == ELF_DATA_MSB;
	return elf_read(elf, 0, header, elf->layout->ehdr_size);
}

int elf_segments(const struct elf *elf, struct elf_table *table)
{
	const struct elf_layout *layout = elf->layout;

	table->offset = elf_number(elf, elf->header + layout->e_phoff, layout->word);
	table->count = elf_number(elf, elf->header + layout->e_phnum, 2);
	table->sections = false;
	if (elf_number(elf, elf->header + layout->e_phentsize, 2) != layout->phdr_size)
		return ELF_NOT_THERE;
	return 0;
}

int elf_sections(const struct elf *elf, struct elf_table *table)
{
	const struct elf_layout *layout = elf->layout;

	table->offset = elf_number(elf, elf->header + layout->e_shoff, layout->word);
	table->count = elf_number(elf, elf->header + layout->e_shnum, 2);
	table->sections = true;
	if (elf_number(elf, elf->header + layout->e_shentsize, 2) != layout->shdr_size)
		return ELF_NOT_THERE;
	return 0;
}

int elf_entry(struct elf *elf, const struct elf_table *table, __u32 i, struct elf_entry *entry)
{
	const struct elf_layout *layout = elf->layout;
	const __u32 size = table->sections ? layout->shdr_size : layout->phdr_size;
	const __u64 at = (__u64)i * size;
	__u8 bytes[ELF_HEADER_MAX];
	int err;

	/* at is below 2^22: i is below 65,535. */
	if (table->offset > elf->reader->size || at > elf->reader->size - table->offset)
		return ELF_NOT_THERE;
	err = elf_read(elf, table->offset + at, bytes, size);
	if (err)
		return err;
	if (table->sections) {
		entry->name = elf_number(elf, bytes, 4);
		entry->type = elf_number(elf, bytes + 4, 4);
		entry->offset = elf_number(elf, bytes + layout->sh_offset, layout->word);
		entry->size = elf_number(elf, bytes + layout->sh_size, layout->word);
		entry->align = elf_number(elf, bytes + layout->sh_addralign, layout->word);
	} else {
		entry->name = 0;
		entry->type = elf_number(elf, bytes, 4);
		entry->offset = elf_number(elf, bytes + layout->p_offset, layout->word);
		entry->size = elf_number(elf, bytes + layout->p_filesz, layout->word);
		entry->align = elf_number(elf, bytes + layout->p_align, layout->word);
	}
	return 0;
}

int elf_section_by_name(struct elf *elf, const char *name, struct elf_entry *section)
{
	const __u32 len = strlen(name) + 1;
	char found[ELF_SECTION_NAME];
	struct elf_table table;
	struct elf_entry names;
	__u32 i;
	int err;

	err = elf_sections(elf, &table);
	if (err)
		return err;
	i = elf_number(elf, elf->header + elf->layout->e_shstrndx, 2);
	if (i >= table.count || len > sizeof(found))
		return ELF_NOT_THERE;
	err = elf_entry(elf, &table, i, &names);
	if (err)
		return err;
	if (!reader_has(elf->reader, names.offset, names.size))
		return ELF_NOT_THERE;
	/* At most 65,535 of them, and as many as the pages allow. */
	for (i = 0; i < table.count; i++) {
		err = elf_entry(elf, &table, i, section);
		if (err)
			return err;
		if (section->name > names.size || len > names.size - section->name)
			continue;
		err = elf_read(elf, names.offset + section->name, found, len);
		if (err)
			return err;
		if (!memcmp(found, name, len))
			return 0;
	}
	return ELF_NOT_THERE;
}
