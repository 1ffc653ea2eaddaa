/* SPDX-License-Identifier: GPL-2.0-only */
/* A reader of bytes in memory, which belong to the caller. */
#ifndef INTERDICT_READER_MEMORY_H
#define INTERDICT_READER_MEMORY_H

#include "reader.h"

struct reader_memory {
	struct reader reader;
	const __u8 *bytes;
};

static inline int reader_memory_read(struct reader *reader, __u64 offset, void *buf, __u32 len)
{
	const struct reader_memory *memory = (const struct reader_memory *)reader;

	if (offset > reader->size || len > reader->size - offset)
		return -EIO;
	memcpy(buf, memory->bytes + offset, len);
	return 0;
}

static inline void reader_memory_init(struct reader_memory *memory, const void *bytes, __u64 size)
{
	memory->reader.read = reader_memory_read;
	memory->reader.size = size;
	memory->bytes = bytes;
}

#endif
