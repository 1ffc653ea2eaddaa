/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_CONTENT_H
#define INTERDICT_CONTENT_H

#include <linux/fs.h>

#include "page_cache.h"
#include "read_open.h"
#include "extract/reader.h"

/* A file's content of a given size, from the page cache or through the open file. */
struct content {
	struct reader reader; /* for the extraction code */
	bool foreign;	      /* which of the two below it is read by */
	union {
		struct {
			struct page_cache pc;
			struct folio *folio; /* of the last short read */
			pgoff_t index;	     /* of the page asked for then */
			bool have;	     /* folio (NULL: a hole) is what is at index */
		};
		struct read_open ro;
	};
};

/*
 * size in bytes: what is read is exactly that much. foreign: through the file, which is open.
 * Errors of page_cache_init() and read_open_init().
 */
int content_open(struct content *content, struct file *file, struct inode *inode, bool foreign,
		 u64 size);
void content_close(struct content *content);

/* Whether a page that was read may be written to by somebody who needs no mapping for it. */
static inline bool content_pinned(const struct content *content)
{
	return !content->foreign && content->pc.pinned;
}

/* SHA-256 of the content. Errors of page_cache_get() and read_open_get(). */
int content_sha256(struct content *content, u8 *sha256);

#endif
