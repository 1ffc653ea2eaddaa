// SPDX-License-Identifier: GPL-2.0-or-later
/* The extraction code that runs in the kernel, on any content. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "kmod/abi.h"
#include "kmod/extract/build_id.h"
#include "kmod/extract/magic.h"

struct memory {
	struct reader reader;
	const uint8_t *bytes;
	uint64_t last;
	unsigned int pages;
};

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	struct memory *memory = (struct memory *)reader;

	/* The promises to a reader: inside of the file, and not for ever. */
	if (offset > reader->size || len > reader->size - offset)
		abort();
	memory->pages += offset >> 12 != memory->last;
	memory->last = (offset + len - 1) >> 12;
	if (memory->pages > BUILD_ID_PAGES)
		abort();
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory memory = { .reader = { .read = read_memory, .size = size },
				 .bytes = data,
				 .last = UINT64_MAX };
	uint8_t id[INTERDICT_BUILD_ID_MAX];
	uint32_t len;

	if (build_id_find(&memory.reader, id, &len) || len > sizeof(id))
		abort();
	magic_is_software(data, size < MAGIC_HEAD ? size : MAGIC_HEAD);
	return 0;
}
