/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few small files out of a squashfs image, version 4.0 (Linux, Documentation/filesystems/
 * squashfs.rst): what snaps are, and what AppImages have behind their program. Everything in it is
 * taken to be hostile: what is read is bounded, and nothing is followed twice.
 *
 * Compressed by gzip (zlib), xz or zstd. LZO, which some snaps have, LZMA and LZ4 are not read:
 * -EOPNOTSUPP.
 *
 * Errors of all of them: -EBADMSG with a sentence in @why: the image is broken; -EOPNOTSUPP with a
 * sentence; -ENOMEM; another -errno: it could not be read.
 */
#ifndef INTERDICT_SQUASHFS_H
#define INTERDICT_SQUASHFS_H

#include "package.h"

#define SQUASHFS_MAGIC "hsqs"
/* Unpacked bytes of a block of metadata. */
#define SQUASHFS_METADATA 8192U

struct squashfs {
	int fd;
	uint64_t start; /* of the image in the file, in bytes */
	uint64_t inodes, directories, fragments, root;
	uint32_t block_size, fragments_count;
	uint16_t compression;
	char *why; /* the caller's, of PACKAGE_WHY_MAX bytes */
	/* The block of metadata that was unpacked last: where it begins, and the next one. */
	uint64_t block, next;
	size_t len;
	uint8_t bytes[SQUASHFS_METADATA];
};

enum squashfs_type { SQUASHFS_OTHER, SQUASHFS_DIRECTORY, SQUASHFS_FILE, SQUASHFS_LINK };

struct squashfs_node {
	enum squashfs_type type;
	uint64_t size; /* bytes: of the file, of the directory's list, of the link's target */
	/* private */
	uint64_t block;
	uint32_t offset, fragment;
	uint64_t at; /* where in the metadata what follows the inode begins */
	uint32_t at_offset;
};

/* Open the image at @start bytes in the file @fd, which stay the caller's. Fills *@fs, also on
 * errors. Nothing has to be closed. */
int squashfs_open(struct squashfs *fs, int fd, uint64_t start, char why[PACKAGE_WHY_MAX]);

/*
 * The file at @path, relative to the root, of plain components: links are not followed. -ENOENT:
 * there is no such file.
 */
int squashfs_find(struct squashfs *fs, const char *path, struct squashfs_node *node);

/* Call @fn with each name in the root directory, at most @max. Returns what @fn returns, if that is
 * not 0, which ends it. */
int squashfs_names(struct squashfs *fs, uint32_t max, int (*fn)(void *context, const char *name),
		   void *context);

/* The content of a file, or the target of a link, of at most @max bytes; *@text is to be freed, and
 * has a NUL behind its *@len bytes. -EFBIG: it is longer. */
int squashfs_read(struct squashfs *fs, const struct squashfs_node *node, size_t max, char **text,
		  size_t *len);

#endif
