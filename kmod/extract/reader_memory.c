// SPDX-License-Identifier: GPL-2.0-only
#include "reader_memory.h"

static int read_memory(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	const struct reader_memory *memory = (const struct reader_memory *)reader; /* its first */

	if (!reader_has(reader, offset, len))
		return -EIO;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

void reader_memory_init(struct reader_memory *memory, const void *bytes, __u64 size)
{
	memory->reader.read = read_memory;
	memory->reader.size = size;
	memory->bytes = bytes;
}
