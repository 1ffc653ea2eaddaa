// SPDX-License-Identifier: GPL-2.0-only
#include "package_note.h"

#include "elf.h"

#define NOTE_PACKAGE 0xcafe1a7e

int package_note_find(struct reader *reader, char *json, __u32 size, __u32 *len)
{
	struct elf elf;
	__u64 offset = 0;
	__u32 found = 0;
	__u32 i;
	int err;

	*len = 0;
	err = elf_open(&elf, reader, PACKAGE_NOTE_PAGES);
	if (!err)
		err = elf_note_find(&elf, "FDO", NOTE_PACKAGE, PACKAGE_NOTE_MAX, &offset, &found);
	if (!err && found > size)
		return -E2BIG;
	if (!err)
		err = elf_read(&elf, offset, json, found);
	if (err)
		return err == ELF_NOT_THERE ? 0 : err;
	for (i = 0; i < found && json[i]; i++)
		;
	*len = i;
	return 0;
}
