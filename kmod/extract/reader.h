/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the extraction code reads a file: the same code is compiled into the module, into user space
 * and into the fuzzers, each with a reader of its own.
 */
#ifndef INTERDICT_READER_H
#define INTERDICT_READER_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#endif

struct reader {
	/*
	 * Copies the len bytes at offset to buf. Returns 0; -EIO where the file is shorter than its
	 * size says or cannot be read; -EINTR on a fatal signal; or another error of the file's
	 * own. The extraction code asks only for what lies within size.
	 */
	int (*read)(struct reader *reader, __u64 offset, void *buf, __u32 len);
	__u64 size; /* bytes */
};

/* Are len bytes at offset inside the file? */
static inline bool reader_has(const struct reader *reader, __u64 offset, __u64 len)
{
	return offset <= reader->size && len <= reader->size - offset;
}

#endif
