/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to squashfs*.c; errors as squashfs.h has them. */
#ifndef INTERDICT_SQUASHFS_INTERNAL_H
#define INTERDICT_SQUASHFS_INTERNAL_H

#include "squashfs.h"

enum {
	SQUASHFS_GZIP = 1,
	SQUASHFS_LZMA = 2,
	SQUASHFS_LZO = 3,
	SQUASHFS_XZ = 4,
	SQUASHFS_LZ4 = 5,
	SQUASHFS_ZSTD = 6,
};

/* A place in the metadata: in the block that begins at an address, so many unpacked bytes further.
 */
struct squashfs_place {
	uint64_t block;
	uint32_t offset;
};

/* Say that the image is broken: -EBADMSG. */
int squashfs_broken(struct squashfs *fs, const char *what);
/* Read @len bytes at @offset in the image. */
int squashfs_read_at(struct squashfs *fs, uint64_t offset, void *buf, size_t len);
/* Read @size packed bytes at @offset, and unpack them to at most @room, unless they are @plain. */
int squashfs_read_block(struct squashfs *fs, uint64_t offset, size_t size, bool plain, uint8_t *out,
			size_t room, size_t *len);
/* Copy @len bytes of metadata from @place, which goes on behind them. */
int squashfs_get(struct squashfs *fs, struct squashfs_place *place, void *to, size_t len);

#endif
