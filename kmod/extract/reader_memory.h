/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes in memory for the extraction code. */
#ifndef INTERDICT_READER_MEMORY_H
#define INTERDICT_READER_MEMORY_H

#include "reader.h"

struct reader_memory {
	struct reader reader;
	const __u8 *bytes; /* the caller's */
};

/* Read size bytes at bytes, from now on through memory->reader. What is outside is -EIO. */
void reader_memory_init(struct reader_memory *memory, const void *bytes, __u64 size);

#endif
