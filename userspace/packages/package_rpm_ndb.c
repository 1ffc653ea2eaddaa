// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * RPM's own database, Packages.db (RPM, "ndb"), little-endian, in blocks of 16 bytes:
 *
 *	block 0, 1	"RpmP", version (0), generation, number of pages of slots; 16 bytes of
 *others to the end of	slots, a block each: "Slot", key (0: free), first block, number of blocks
 *	these pages
 *	blobs		"BlbS", key, generation, length; the header; padding; at the end, Adler-32,
 *the length, "BlbE"
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "package_internal.h"
#include "package_rpm.h"

#define BLOCK	    16U
#define PAGE	    4096U
#define SLOTS_BEGIN 32U
#define MAGIC_FILE  0x506d7052U /* "RpmP" */
#define MAGIC_SLOT  0x746f6c53U /* "Slot" */
#define MAGIC_BLOB  0x53626c42U /* "BlbS" */
#define MAGIC_END   0x45626c42U /* "BlbE" */
#define BLOB_TAIL   12U
/* 256 packages a page. */
#define SLOT_PAGES_MAX (PACKAGES_MAX / 256 + 1)

struct ndb {
	int fd;
	uint64_t size;
	char *why;
};

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int broken(const struct ndb *db)
{
	return package_fail(db->why, -EBADMSG, "Packages.db is broken");
}

static int read_at(const struct ndb *db, uint64_t offset, void *buf, size_t len)
{
	ssize_t n;

	if (offset > db->size || len > db->size - offset)
		return broken(db);
	n = pread(db->fd, buf, len, (off_t)offset);
	if (n < 0)
		return package_fail(db->why, -EBADMSG, "Packages.db: %s", strerror(errno));
	return (size_t)n == len ? 0 : broken(db);
}

static int read_blob(const struct ndb *db, const uint8_t slot[BLOCK], package_rpm_fn fn,
		     void *context)
{
	uint64_t offset = (uint64_t)get32(slot + 8) * BLOCK;
	uint64_t room = (uint64_t)get32(slot + 12) * BLOCK;
	uint8_t head[BLOCK] = { 0 };
	uint8_t tail[BLOB_TAIL] = { 0 };
	uint32_t len;
	uint8_t *blob;
	int ret;

	if (room < BLOCK + BLOB_TAIL || room > db->size || offset > db->size - room)
		return broken(db);
	ret = read_at(db, offset, head, sizeof(head));
	if (!ret)
		ret = read_at(db, offset + room - BLOB_TAIL, tail, sizeof(tail));
	if (ret)
		return ret;
	len = get32(head + 12);
	if (get32(head) != MAGIC_BLOB || memcmp(head + 4, slot + 4, 4) != 0 ||
	    len > room - BLOCK - BLOB_TAIL || get32(tail + 8) != MAGIC_END ||
	    get32(tail + 4) != len)
		return broken(db);
	blob = malloc(len ? len : 1);
	if (!blob)
		return -ENOMEM;
	ret = read_at(db, offset + BLOCK, blob, len);
	if (!ret)
		ret = fn(context, get32(slot + 4), blob, len);
	free(blob);
	return ret;
}

static int read_slots(const struct ndb *db, uint32_t pages, uint64_t key, package_rpm_fn fn,
		      void *context)
{
	size_t size = (size_t)pages * PAGE;
	uint8_t *slots = calloc(pages, PAGE);
	size_t at;
	int ret;

	if (!slots)
		return -ENOMEM;
	ret = read_at(db, 0, slots, size);
	for (at = SLOTS_BEGIN; !ret && at < size; at += BLOCK) {
		const uint8_t *slot = slots + at;

		if (get32(slot) != MAGIC_SLOT)
			ret = broken(db);
		else if (get32(slot + 4) && get32(slot + 8) && (!key || get32(slot + 4) == key))
			ret = read_blob(db, slot, fn, context);
	}
	free(slots);
	return ret;
}

int package_rpm_each_ndb(int dir, uint64_t key, package_rpm_fn fn, void *context,
			 char why[PACKAGE_WHY_MAX])
{
	struct ndb db = { .why = why };
	uint8_t head[BLOCK] = { 0 };
	struct stat st;
	uint32_t pages;
	int ret;

	db.fd = openat(dir, "Packages.db", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (db.fd < 0)
		return package_fail(why, -EBADMSG, "Packages.db: %s", strerror(errno));
	ret = fstat(db.fd, &st) || !S_ISREG(st.st_mode) ? broken(&db) : 0;
	db.size = ret ? 0 : (uint64_t)st.st_size;
	if (!ret)
		ret = read_at(&db, 0, head, sizeof(head));
	if (!ret) {
		pages = get32(head + 12);
		if (get32(head) != MAGIC_FILE || get32(head + 4) || !pages ||
		    pages > SLOT_PAGES_MAX)
			ret = broken(&db);
		else
			ret = read_slots(&db, pages, key, fn, context);
	}
	close(db.fd);
	return ret;
}
