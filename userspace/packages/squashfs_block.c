// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of a squashfs image, unpacked; and its metadata, which is a stream of them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "kmod/extract/little.h"
#include "libraries/library_archive.h"
#include "package_file.h"
#include "package_internal.h"
#include "squashfs_internal.h"

#define METADATA_PLAIN 0x8000U

int squashfs_broken(struct squashfs *fs, const char *what)
{
	return package_fail(fs->why, -EBADMSG, "the squashfs image is broken: %s", what);
}

int squashfs_read_at(struct squashfs *fs, uint64_t offset, void *buf, size_t len)
{
	/* No length here is more than a block's. */
	if (fs->start > INT64_MAX - len || offset > INT64_MAX - len - fs->start)
		return squashfs_broken(fs, "an address is outside of it");
	return package_file_read(fs->fd, fs->start + offset, buf, len, fs->why);
}

/* ---- blocks ---- */

/* xz and zstd are libarchive's to unpack, as in control data. */
static int unpack_stream(struct squashfs *fs, const void *packed, size_t size, uint8_t *out,
			 size_t room, size_t *len)
{
	char missing[LIBRARY_WHY_MAX];
	struct archive_entry *entry;
	struct archive *archive;
	la_ssize_t got = -1;
	size_t n = 0;

	if (library_archive(missing, sizeof(missing)))
		return package_fail(fs->why, -EOPNOTSUPP, "a block cannot be unpacked: %s",
				    missing);
	archive = libarchive.read_new();
	if (!archive)
		return -ENOMEM;
	libarchive.read_support_format_raw(archive);
	libarchive.read_support_filter_xz(archive);
	libarchive.read_support_filter_zstd(archive);
	if (libarchive.read_open_memory(archive, (void *)packed, size) == ARCHIVE_OK &&
	    libarchive.read_next_header(archive, &entry) == ARCHIVE_OK &&
	    libarchive.filter_count(archive) == 2) {
		while ((got = libarchive.read_data(archive, out + n, room - n)) > 0)
			n += (size_t)got;
	}
	libarchive.read_free(archive);
	*len = n;
	return got < 0 ? -EBADMSG : 0;
}

/* Unpack @size bytes to at most @room. */
static int unpack(struct squashfs *fs, const uint8_t *packed, size_t size, uint8_t *out,
		  size_t room, size_t *len)
{
	uLongf n = room;
	int err;

	if (fs->compression == SQUASHFS_GZIP) {
		err = uncompress(out, &n, packed, size);
		*len = n;
		if (err)
			err = err == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	} else {
		err = unpack_stream(fs, packed, size, out, room, len);
	}
	return err == -EBADMSG ? squashfs_broken(fs, "a block cannot be unpacked") : err;
}

int squashfs_read_block(struct squashfs *fs, uint64_t offset, size_t size, bool plain, uint8_t *out,
			size_t room, size_t *len)
{
	uint8_t *packed;
	int err;

	if (plain) {
		if (size > room)
			return squashfs_broken(fs, "a block is too long");
		*len = size;
		return squashfs_read_at(fs, offset, out, size);
	}
	/* What is packed is not longer than what it is made of. */
	if (!size || size > room)
		return squashfs_broken(fs, "a block is too long");
	packed = malloc(size);
	if (!packed)
		return -ENOMEM;
	err = squashfs_read_at(fs, offset, packed, size);
	if (!err)
		err = unpack(fs, packed, size, out, room, len);
	free(packed);
	return err;
}

/* ---- metadata ---- */

static int load(struct squashfs *fs, uint64_t block)
{
	uint8_t head[2] = { 0 };
	uint16_t size;
	int err;

	if (fs->len && fs->block == block)
		return 0;
	fs->len = 0;
	err = squashfs_read_at(fs, block, head, sizeof(head));
	if (err)
		return err;
	size = little_16(head);
	err = squashfs_read_block(fs, block + 2, size & ~METADATA_PLAIN, size & METADATA_PLAIN,
				  fs->bytes, sizeof(fs->bytes), &fs->len);
	if (err) {
		fs->len = 0;
		return err;
	}
	if (!fs->len)
		return squashfs_broken(fs, "a block of metadata is empty");
	fs->block = block;
	fs->next = block + 2 + (size & ~METADATA_PLAIN);
	return 0;
}

int squashfs_get(struct squashfs *fs, struct squashfs_place *place, void *to, size_t len)
{
	while (len) {
		size_t n;
		int err = load(fs, place->block);

		if (err)
			return err;
		if (place->offset > fs->len)
			return squashfs_broken(fs, "a place in the metadata is outside of it");
		n = fs->len - place->offset < len ? fs->len - place->offset : len;
		memcpy(to, fs->bytes + place->offset, n);
		to = (uint8_t *)to + n;
		len -= n;
		place->offset += (uint32_t)n;
		if (place->offset == fs->len && len) {
			place->block = fs->next;
			place->offset = 0;
		}
	}
	return 0;
}
