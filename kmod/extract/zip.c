// SPDX-License-Identifier: GPL-2.0-only
/* Everything in the file is taken to be hostile: see claims.h. */
#include "zip.h"

#include "little.h"

#define SIGNATURE_LEN 4

#define END_LEN	    22 /* end of central directory record, without its comment (4.3.16) */
#define COMMENT_MAX 0xffff

#define END64_LEN     56 /* ZIP64 end of central directory record (4.3.14) */
#define LOCATOR64_LEN 20 /* ZIP64 end of central directory locator (4.3.15) */

#define LOCAL_LEN 30 /* local file header, without name and extra field (4.3.7) */

/* The numbers that say: see the ZIP64 record or extra field (4.4.1.4). */
#define ZIP64_16 0xffff
#define ZIP64_32 0xffffffffU

#define EXTRA_ZIP64 0x0001 /* extra field of ZIP64 numbers (4.5.3) */

/* Extra fields of an entry: Java, Android's zipalign and Info-ZIP write one to four. */
#define EXTRAS_MAX 16

/* Looked through at once. It divides a page, so that the search reads each page once. */
#define BLOCK 256

struct end {
	__u64 at; /* where the directory has to end */
	__u64 size;
	__u64 offset;
	bool zip64;
};

static bool inside(__u64 offset, __u64 len, __u64 size)
{
	return offset <= size && len <= size - offset;
}

static bool is(const __u8 *at, const char *signature)
{
	return !memcmp(at, signature, SIGNATURE_LEN);
}

/* Takes the record at offset. Its comment may be shorter than what follows, not longer. */
static bool end_parse(const __u8 *record, __u64 offset, __u64 size, struct end *end, bool *exact)
{
	__u64 behind = size - offset - END_LEN;
	__u16 comment;

	if (!is(record, "PK\005\006"))
		return false;
	comment = little_16(record + 20);
	if (comment > behind)
		return false;
	*exact = comment == behind;
	end->at = offset;
	end->size = little_32(record + 12);
	end->offset = little_32(record + 16);
	end->zip64 = end->size == ZIP64_32 || end->offset == ZIP64_32 ||
		     little_16(record + 10) == ZIP64_16;
	return true;
}

/*
 * Looks for the record through as much as a comment can be, from the end of the file. Blocks are
 * read once each: the beginning of the one behind is kept, as a record may lie in both. Returns 0,
 * *found saying whether, or the reader's error. Bounded by COMMENT_MAX.
 */
static int end_search(struct reader *reader, struct end *end, bool *found)
{
	__u8 block[BLOCK + END_LEN - 1];
	__u64 limit = reader->size - END_LEN; /* the last place of a record */
	__u64 from = limit > COMMENT_MAX ? limit - COMMENT_MAX : 0;
	__u64 start = (reader->size - 1) & ~(__u64)(BLOCK - 1);
	__u64 next = reader->size;
	struct end candidate;
	__u32 i, len;
	bool exact;
	int err;

	memset(block, 0, sizeof(block));
	for (;;) {
		memmove(block + (next - start), block, END_LEN - 1);
		err = reader->read(reader, start, block, next - start);
		if (err)
			return err;
		len = next - start;
		for (i = len; i-- > 0;) {
			if (start + i > limit || start + i < from || block[i] != 'P' ||
			    !end_parse(block + i, start + i, reader->size, &candidate, &exact))
				continue;
			if (exact || !*found)
				*end = candidate;
			*found = true;
			if (exact)
				return 0;
		}
		if (start <= from)
			return 0;
		next = start;
		start -= BLOCK;
	}
}

/* Sets *found, or leaves it. */
static int end_find(struct reader *reader, struct end *end, bool *found)
{
	__u8 record[END_LEN];
	__u8 head[SIGNATURE_LEN];
	bool exact;
	int err;

	if (reader->size < END_LEN)
		return 0;
	err = reader->read(reader, reader->size - END_LEN, record, END_LEN);
	if (err)
		return err;
	*found = end_parse(record, reader->size - END_LEN, reader->size, end, &exact);
	if (*found)
		return 0;
	err = reader->read(reader, 0, head, SIGNATURE_LEN);
	if (err || !is(head, "PK\003\004"))
		return err;
	return end_search(reader, end, found);
}

/* Where the record says so, and its locator is in front of it, the numbers are those of ZIP64. */
static int end_zip64(struct reader *reader, struct end *end)
{
	__u8 locator[LOCATOR64_LEN];
	__u8 record[END64_LEN];
	__u64 at;
	int err;

	if (!end->zip64 || end->at < LOCATOR64_LEN + END64_LEN)
		return 0;
	err = reader->read(reader, end->at - LOCATOR64_LEN, locator, LOCATOR64_LEN);
	if (err || !is(locator, "PK\006\007"))
		return err;
	at = little_64(locator + 8);
	/* With something in front of the archive its offset is another: then it is next to it. */
	if (!inside(at, END64_LEN, end->at - LOCATOR64_LEN))
		return -EBADMSG;
	err = reader->read(reader, at, record, END64_LEN);
	if (!err && !is(record, "PK\006\006")) {
		at = end->at - LOCATOR64_LEN - END64_LEN;
		err = reader->read(reader, at, record, END64_LEN);
		if (!err && !is(record, "PK\006\006"))
			err = -EBADMSG;
	}
	if (err)
		return err;
	end->at = at;
	end->size = little_64(record + 40);
	end->offset = little_64(record + 48);
	return 0;
}

static int begins_with_entry(struct reader *reader, __u64 offset, __u64 end, bool *yes)
{
	__u8 signature[SIGNATURE_LEN];
	int err;

	*yes = false;
	if (!inside(offset, ZIP_ENTRY_LEN, end))
		return 0;
	err = reader->read(reader, offset, signature, SIGNATURE_LEN);
	*yes = !err && is(signature, "PK\001\002");
	return err;
}

int zip_find(struct reader *reader, struct zip_directory *directory)
{
	struct end end = {};
	bool found = false;
	int err;

	memset(directory, 0, sizeof(*directory));
	err = end_find(reader, &end, &found);
	if (err || !found)
		return err;
	err = end_zip64(reader, &end);
	if (err)
		return err;
	if (end.size > end.at || !inside(end.offset, end.size, end.at))
		return -EBADMSG;
	/* As Android reads it: by the offset. */
	directory->start = end.offset;
	if (end.at - end.size != end.offset) {
		/* As Java does, where something is in front of the archive: by the size. */
		err = begins_with_entry(reader, end.offset, end.at, &found);
		if (err)
			return err;
		if (!found) {
			directory->start = end.at - end.size;
			directory->base = directory->start - end.offset;
		}
	}
	directory->end = directory->start + end.size;
	return 0;
}

/* The numbers of 64 bits that the entry's own say are in the extra field, in this order (4.5.3). */
static int entry_zip64(struct reader *reader, __u64 offset, __u32 extra_len, const __u8 *raw,
		       struct zip_entry *entry, __u64 *local)
{
	__u8 header[4], number[24];
	__u32 i, len, used = little_32(raw + 24) == ZIP64_32 ? 8 : 0;
	bool packed = little_32(raw + 20) == ZIP64_32;
	bool where = little_32(raw + 42) == ZIP64_32;
	int err;

	if (!packed && !where)
		return 0;
	for (i = 0; i < EXTRAS_MAX && extra_len >= sizeof(header); i++) {
		err = reader->read(reader, offset, header, sizeof(header));
		if (err)
			return err;
		len = little_16(header + 2);
		offset += sizeof(header);
		extra_len -= sizeof(header);
		if (len > extra_len)
			return 0;
		if (little_16(header) != EXTRA_ZIP64) {
			offset += len;
			extra_len -= len;
			continue;
		}
		if (len > sizeof(number))
			len = sizeof(number);
		err = reader->read(reader, offset, number, len);
		if (err)
			return err;
		if (packed && used + 8 <= len) {
			entry->packed = little_64(number + used);
			used += 8;
		}
		if (where && used + 8 <= len)
			*local = little_64(number + used);
		return 0;
	}
	return 0;
}

int zip_entry_read(struct reader *reader, const struct zip_directory *directory, __u64 offset,
		   struct zip_entry *entry)
{
	__u8 raw[ZIP_ENTRY_LEN];
	__u64 local;
	__u32 extra;
	int err;

	if (offset < directory->start || !inside(offset, ZIP_ENTRY_LEN, directory->end))
		return -EBADMSG;
	err = reader->read(reader, offset, raw, sizeof(raw));
	if (err)
		return err;
	entry->method = little_16(raw + 10);
	entry->packed = little_32(raw + 20);
	entry->name_len = little_16(raw + 28);
	extra = little_16(raw + 30);
	entry->len = ZIP_ENTRY_LEN + entry->name_len + extra + little_16(raw + 32);
	if (!is(raw, "PK\001\002") || !inside(offset, entry->len, directory->end))
		return -EBADMSG;
	local = little_32(raw + 42);
	err = entry_zip64(reader, offset + ZIP_ENTRY_LEN + entry->name_len, extra, raw, entry,
			  &local);
	if (err)
		return err;
	/* Behind the file's end if it says so: zip_member_find() compares. */
	entry->local = local <= ~directory->base ? directory->base + local : ~(__u64)0;
	return 0;
}

int zip_member_find(struct reader *reader, const struct zip_entry *entry, __u64 *offset)
{
	__u8 raw[LOCAL_LEN];
	__u64 skip;
	int err;

	if (!reader_has(reader, entry->local, LOCAL_LEN))
		return -EBADMSG;
	err = reader->read(reader, entry->local, raw, sizeof(raw));
	if (err)
		return err;
	/* The lengths here are those that count: the extra field differs from the directory's. */
	skip = LOCAL_LEN + (__u64)little_16(raw + 26) + little_16(raw + 28);
	if (!is(raw, "PK\003\004") || !reader_has(reader, entry->local, skip) ||
	    !reader_has(reader, entry->local + skip, entry->packed))
		return -EBADMSG;
	*offset = entry->local + skip;
	return 0;
}
