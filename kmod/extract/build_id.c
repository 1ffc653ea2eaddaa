// SPDX-License-Identifier: GPL-2.0-only
#include "build_id.h"

#include "../abi.h"
#include "elf.h"

#define NOTE_GNU_BUILD_ID 3

int build_id_find(struct reader *reader, __u8 *id, __u32 *len)
{
	struct elf elf;
	__u64 offset = 0;
	__u32 found = 0;
	int err;

	*len = 0;
	err = elf_open(&elf, reader, BUILD_ID_PAGES);
	if (!err)
		err = elf_note_find(&elf, "GNU", NOTE_GNU_BUILD_ID, INTERDICT_BUILD_ID_MAX, &offset,
				    &found);
	if (!err)
		err = elf_read(&elf, offset, id, found);
	if (!err)
		*len = found;
	return err == ELF_NOT_THERE ? 0 : err;
}
