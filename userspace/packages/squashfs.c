// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/extract/little.h"
#include "package_internal.h"
#include "squashfs_internal.h"

#define SUPERBLOCK     96U
#define BLOCK_SIZE_MAX (1U << 20)
#define DATA_PLAIN     (1U << 24)
#define NO_FRAGMENT    0xffffffffU
#define FRAGMENT_ENTRY 16U
#define PER_BLOCK      (SQUASHFS_METADATA / FRAGMENT_ENTRY)
/* Bytes of a directory's list that are looked at: some ten thousand names. */
#define DIRECTORY_MAX (1U << 20)
/* Entries behind one header of a list, and bytes of a name: the format's own limits. */
#define RUN_MAX	   256U
#define NAME_BYTES 256U

enum { DIR = 1, REG = 2, SYMLINK = 3, LONG_DIR = 8, LONG_REG = 9, LONG_SYMLINK = 10 };

/* ---- inodes ---- */

/* A directory, file or link; what differs is where its fields are. */
static int read_fields(struct squashfs *fs, uint16_t type, struct squashfs_place *place,
		       struct squashfs_node *node)
{
	uint8_t f[40];
	size_t len = type == DIR      ? 16 :
		     type == LONG_DIR ? 24 :
		     type == REG      ? 16 :
		     type == LONG_REG ? 40 :
					8;
	int err = squashfs_get(fs, place, f, len);

	if (err)
		return err;
	switch (type) {
	case DIR:
		node->block = little_32(f);
		node->size = little_16(f + 8);
		node->offset = little_16(f + 10);
		break;
	case LONG_DIR:
		node->size = little_32(f + 4);
		node->block = little_32(f + 8);
		node->offset = little_16(f + 18);
		break;
	case REG:
		node->block = little_32(f);
		node->fragment = little_32(f + 4);
		node->offset = little_32(f + 8);
		node->size = little_32(f + 12);
		break;
	case LONG_REG:
		node->block = little_64(f);
		node->size = little_64(f + 8);
		node->fragment = little_32(f + 28);
		node->offset = little_32(f + 32);
		break;
	default:
		node->size = little_32(f + 4);
	}
	return 0;
}

/* @ref: the address of its block behind the table's, and 16 bits of where in it. */
static int read_inode(struct squashfs *fs, uint64_t ref, struct squashfs_node *ret)
{
	struct squashfs_place place = { .block = fs->inodes + (ref >> 16), .offset = ref & 0xffff };
	struct squashfs_node node = { .fragment = NO_FRAGMENT };
	uint8_t head[16];
	uint16_t type;
	int err;

	if (ref >> 48)
		return squashfs_broken(fs, "an inode is outside of it");
	err = squashfs_get(fs, &place, head, sizeof(head));
	if (err)
		return err;
	type = little_16(head);
	if (type == DIR || type == LONG_DIR)
		node.type = SQUASHFS_DIRECTORY;
	else if (type == REG || type == LONG_REG)
		node.type = SQUASHFS_FILE;
	else if (type == SYMLINK || type == LONG_SYMLINK)
		node.type = SQUASHFS_LINK;
	if (node.type)
		err = read_fields(fs, type, &place, &node);
	node.at = place.block;
	node.at_offset = place.offset;
	if (!err)
		*ret = node;
	return err;
}

/* ---- directories ---- */

struct listing {
	int (*fn)(void *context, const char *name);
	void *context;
	uint32_t max;
	const char *wanted; /* or NULL; then @fn */
	size_t wanted_len;
	uint64_t ref; /* of the one that is wanted */
};

/* The entries behind one header. Returns 1 where the one that is wanted was found. */
static int list_run(struct squashfs *fs, struct squashfs_place *place, uint64_t *left,
		    struct listing *listing)
{
	uint8_t head[12];
	int err = squashfs_get(fs, place, head, sizeof(head));
	uint32_t count = little_32(head);

	if (err)
		return err;
	if (count >= RUN_MAX || *left < sizeof(head))
		return squashfs_broken(fs, "a directory has too many entries");
	*left -= sizeof(head);
	for (uint32_t i = 0; i <= count; i++) {
		char name[NAME_BYTES + 1];
		uint8_t entry[8];
		size_t len;

		err = squashfs_get(fs, place, entry, sizeof(entry));
		if (err)
			return err;
		len = little_16(entry + 6) + 1U;
		if (len > NAME_BYTES || *left < sizeof(entry) + len)
			return squashfs_broken(fs, "a name is too long");
		err = squashfs_get(fs, place, name, len);
		if (err)
			return err;
		name[len] = '\0';
		*left -= sizeof(entry) + len;
		if (!listing->wanted) {
			if (!listing->max--)
				return squashfs_broken(fs, "a directory has too many entries");
			err = listing->fn(listing->context, name);
			if (err)
				return err;
		} else if (len == listing->wanted_len && !memcmp(name, listing->wanted, len)) {
			listing->ref = (uint64_t)little_32(head + 4) << 16 | little_16(entry);
			return 1;
		}
	}
	return 0;
}

static int list(struct squashfs *fs, const struct squashfs_node *node, struct listing *listing)
{
	struct squashfs_place place = { .block = fs->directories + node->block,
					.offset = node->offset };
	/* The size counts three bytes more, for "." and "..". */
	uint64_t left = node->size > 3 ? node->size - 3 : 0;
	int err = 0;

	if (left > DIRECTORY_MAX)
		return squashfs_broken(fs, "a directory is too long");
	while (!err && left)
		err = list_run(fs, &place, &left, listing);
	return err;
}

int squashfs_find(struct squashfs *fs, const char *path, struct squashfs_node *ret)
{
	struct squashfs_node node = { 0 };
	int err = read_inode(fs, fs->root, &node);

	while (!err && *path) {
		struct listing listing = { .wanted = path, .wanted_len = strcspn(path, "/") };

		if (node.type != SQUASHFS_DIRECTORY)
			return -ENOENT;
		err = list(fs, &node, &listing);
		if (err != 1)
			return err ? err : -ENOENT;
		err = read_inode(fs, listing.ref, &node);
		path += listing.wanted_len;
		path += *path == '/';
	}
	if (!err)
		*ret = node;
	return err;
}

int squashfs_names(struct squashfs *fs, uint32_t max, int (*fn)(void *context, const char *name),
		   void *context)
{
	struct listing listing = { .fn = fn, .context = context, .max = max };
	struct squashfs_node node = { 0 };
	int err = read_inode(fs, fs->root, &node);

	if (err)
		return err;
	return node.type == SQUASHFS_DIRECTORY ? list(fs, &node, &listing) :
						 squashfs_broken(fs, "its root is no directory");
}

/* ---- files ---- */

/* The last bytes of a file, or all of a short one, are in a block with others'. */
static int read_fragment(struct squashfs *fs, const struct squashfs_node *node, uint8_t *block,
			 char *to, size_t len)
{
	uint8_t at[8], entry[FRAGMENT_ENTRY];
	struct squashfs_place place = { .offset = node->fragment % PER_BLOCK * FRAGMENT_ENTRY };
	uint32_t size;
	size_t got;
	int err;

	if (node->fragment >= fs->fragments_count)
		return squashfs_broken(fs, "a fragment is outside of it");
	err = squashfs_read_at(fs,
			       fs->fragments + (uint64_t)(node->fragment / PER_BLOCK) * sizeof(at),
			       at, sizeof(at));
	if (err)
		return err;
	place.block = little_64(at);
	err = squashfs_get(fs, &place, entry, sizeof(entry));
	if (err)
		return err;
	size = little_32(entry + 8);
	err = squashfs_read_block(fs, little_64(entry), size & (DATA_PLAIN - 1), size & DATA_PLAIN,
				  block, fs->block_size, &got);
	if (err)
		return err;
	if (node->offset > got || len > got - node->offset)
		return squashfs_broken(fs, "a fragment is too short");
	memcpy(to, block + node->offset, len);
	return 0;
}

/* @block has room for one. */
static int read_content(struct squashfs *fs, const struct squashfs_node *node, uint8_t *block,
			char *to)
{
	struct squashfs_place place = { .block = node->at, .offset = node->at_offset };
	uint64_t offset = node->block, left = node->size;

	while (left && (node->fragment == NO_FRAGMENT || left >= fs->block_size)) {
		size_t want = left < fs->block_size ? left : fs->block_size, got;
		uint8_t field[4];
		uint32_t size;
		int err = squashfs_get(fs, &place, field, sizeof(field));

		if (err)
			return err;
		size = little_32(field);
		if (size) {
			err = squashfs_read_block(fs, offset, size & (DATA_PLAIN - 1),
						  size & DATA_PLAIN, block, fs->block_size, &got);
			if (!err && got != want)
				err = squashfs_broken(fs,
						      "a block has another size than it should");
			if (err)
				return err;
			memcpy(to, block, want);
		} else {
			memset(to, 0, want); /* a hole */
		}
		offset += size & (DATA_PLAIN - 1);
		to += want;
		left -= want;
	}
	return left ? read_fragment(fs, node, block, to, left) : 0;
}

int squashfs_read(struct squashfs *fs, const struct squashfs_node *node, size_t max, char **ret,
		  size_t *ret_len)
{
	struct squashfs_place place = { .block = node->at, .offset = node->at_offset };
	uint8_t *block;
	char *text;
	int err;

	if (node->type != SQUASHFS_FILE && node->type != SQUASHFS_LINK)
		return -ENOENT;
	if (node->size > max)
		return -EFBIG;
	text = calloc(1, node->size + 1);
	block = malloc(fs->block_size);
	if (!text || !block)
		err = -ENOMEM;
	else if (node->type == SQUASHFS_LINK)
		err = squashfs_get(fs, &place, text, node->size);
	else
		err = read_content(fs, node, block, text);
	free(block);
	if (err) {
		free(text);
		return err;
	}
	*ret = text;
	*ret_len = node->size;
	return 0;
}

int squashfs_open(struct squashfs *fs, int fd, uint64_t start, char why[PACKAGE_WHY_MAX])
{
	static const char *const names[] = {
		[SQUASHFS_LZMA] = "LZMA", [SQUASHFS_LZO] = "LZO", [SQUASHFS_LZ4] = "LZ4"
	};
	uint8_t super[SUPERBLOCK];
	int err;

	memset(fs, 0, sizeof(*fs));
	fs->fd = fd;
	fs->start = start;
	fs->why = why;
	err = squashfs_read_at(fs, 0, super, sizeof(super));
	if (err)
		return err;
	if (memcmp(super, SQUASHFS_MAGIC, 4) != 0 || little_16(super + 28) != 4)
		return package_fail(why, -EBADMSG, "there is no squashfs image of version 4");
	fs->block_size = little_32(super + 12);
	fs->fragments_count = little_32(super + 16);
	fs->compression = little_16(super + 20);
	fs->root = little_64(super + 32);
	fs->inodes = little_64(super + 64);
	fs->directories = little_64(super + 72);
	fs->fragments = little_64(super + 80);
	if (fs->block_size < 4096 || fs->block_size > BLOCK_SIZE_MAX)
		return squashfs_broken(fs, "its block size");
	if (fs->compression == SQUASHFS_GZIP || fs->compression == SQUASHFS_XZ ||
	    fs->compression == SQUASHFS_ZSTD)
		return 0;
	if (fs->compression >= sizeof(names) / sizeof(names[0]) || !names[fs->compression])
		return squashfs_broken(fs, "its compression");
	return package_fail(why, -EOPNOTSUPP,
			    "a squashfs image compressed by %s, which is not read",
			    names[fs->compression]);
}
