// SPDX-License-Identifier: GPL-2.0-only
#include "elf.h"

#define ELF_PT_NOTE  4
#define ELF_SHT_NOTE 7

#define NOTE_HEADER 12

struct wanted {
	const char *owner;
	__u32 type;
	__u32 max;
	__u64 *offset;
	__u32 *len;
};

static __u64 align_up(__u64 value, __u32 align)
{
	return (value + align - 1) & ~(__u64)(align - 1);
}

/*
 * Looks through the notes of a segment or section. Bounded by elf_read(): each turn reads further
 * on.
 */
static int find_in_notes(struct elf *elf, const struct elf_entry *entry, const struct wanted *want)
{
	__u8 header[NOTE_HEADER + ELF_NOTE_NAME];
	__u64 offset = entry->offset;
	__u64 size = entry->size;
	__u64 align = entry->align;
	__u64 name_len, desc_len, desc_at, next;
	int err;

	if (!reader_has(elf->reader, offset, size))
		return ELF_NOT_THERE;
	/* Notes are aligned to 4 bytes, in 8-aligned segments to 8; other values are not notes. */
	if (align <= 4)
		align = 4;
	else if (align != 8)
		return ELF_NOT_THERE;

	while (size >= sizeof(header)) {
		err = elf_read(elf, offset, header, sizeof(header));
		if (err)
			return err;
		/* Each is 32 bits in the file: the sums below do not overflow 64. */
		name_len = elf_number(elf, header, 4);
		desc_len = elf_number(elf, header + 4, 4);
		desc_at = align_up(NOTE_HEADER + name_len, align);
		if (desc_at > size || desc_len > size - desc_at)
			return ELF_NOT_THERE;
		if (elf_number(elf, header + 8, 4) == want->type && name_len == ELF_NOTE_NAME &&
		    !memcmp(header + NOTE_HEADER, want->owner, ELF_NOTE_NAME) && desc_len > 0 &&
		    desc_len <= want->max) {
			*want->offset = offset + desc_at;
			*want->len = desc_len;
			return 0;
		}
		next = align_up(desc_at + desc_len, align);
		if (next >= size)
			return ELF_NOT_THERE;
		offset += next;
		size -= next;
	}
	return ELF_NOT_THERE;
}

static int find_in_table(struct elf *elf, const struct elf_table *table, const struct wanted *want)
{
	const __u32 type = table->sections ? ELF_SHT_NOTE : ELF_PT_NOTE;
	struct elf_entry entry;
	__u32 i;
	int err;

	/* At most 65,535 entries, and far fewer within the pages allowed. */
	for (i = 0; i < table->count; i++) {
		err = elf_entry(elf, table, i, &entry);
		if (err)
			return err;
		if (entry.type != type)
			continue;
		err = find_in_notes(elf, &entry, want);
		if (err != ELF_NOT_THERE)
			return err;
	}
	return ELF_NOT_THERE;
}

int elf_note_find(struct elf *elf, const char *owner, __u32 type, __u32 max, __u64 *offset,
		  __u32 *len)
{
	const struct wanted want = {
		.owner = owner, .type = type, .max = max, .offset = offset, .len = len
	};
	struct elf_table table;
	int err;

	err = elf_segments(elf, &table);
	if (!err)
		err = find_in_table(elf, &table, &want);
	if (err != ELF_NOT_THERE)
		return err;
	err = elf_sections(elf, &table);
	if (!err)
		err = find_in_table(elf, &table, &want);
	return err;
}
