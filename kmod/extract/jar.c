// SPDX-License-Identifier: GPL-2.0-only
/* Everything in the file is taken to be hostile: see claims.h. */
#include "jar.h"

#include "inflate.h"
#include "pkcs7.h"
#include "reader_memory.h"

/*
 * Bytes of the directory read from its beginning, and from its end: 16 pages, or 17 where they
 * begin within one, 800 members or so. With a search through a whole comment (17 pages) there are
 * ten of CLAIMS_PAGES left for the signatures.
 */
#define WINDOW (16 * 4096)

/* Signature blocks. Each signer has one; packages with more than two are not known. */
#define BLOCKS_MAX 8

/* Places that are tried as the beginning of an entry, where one is looked for in the middle: names
 * that have the signature in them are made to harm. */
#define PLACES_MAX 8

/* Where so many bytes of entries line up, the place was right, and it is the directory that is
 * not. */
#define LINED_UP 4096

/* Looked through at once for such a place. */
#define CHUNK 256

#define PREFIX	   "META-INF/"
#define PREFIX_LEN (sizeof(PREFIX) - 1)
#define SUFFIX_MAX 4

struct search {
	struct reader *reader;
	struct interdict_claims *claims;
	const struct zip_directory *directory;
	__u32 count; /* of block */
	struct zip_entry block[BLOCKS_MAX];
};

/* Letters of ASCII only: the names that are looked for have no others. */
static bool same(const __u8 *name, const char *capitals, __u32 len)
{
	__u32 i;

	for (i = 0; i < len; i++) {
		__u8 c = name[i] >= 'a' && name[i] <= 'z' ? name[i] - 'a' + 'A' : name[i];

		if (c != (__u8)capitals[i])
			return false;
	}
	return true;
}

/* Is the name of len bytes at offset that of a signature block? Returns 0 or the reader's error. */
static int is_block(struct reader *reader, __u64 offset, __u32 len, bool *yes)
{
	__u8 prefix[PREFIX_LEN];
	__u8 suffix[SUFFIX_MAX];
	int err;

	*yes = false;
	if (len < PREFIX_LEN + SUFFIX_MAX)
		return 0;
	err = reader->read(reader, offset, prefix, sizeof(prefix));
	if (err || !same(prefix, PREFIX, sizeof(prefix)))
		return err;
	err = reader->read(reader, offset + len - sizeof(suffix), suffix, sizeof(suffix));
	*yes = !err &&
	       (same(suffix, ".RSA", 4) || same(suffix, ".DSA", 4) || same(suffix + 1, ".EC", 3));
	return err;
}

/*
 * Keeps the signature blocks among the entries from *at on, until one begins at until or behind it;
 * *at is then where that is, or where it ended otherwise. Returns 0, -EBADMSG where they do not
 * line up, or the reader's error. Bounded by WINDOW: an entry is ZIP_ENTRY_LEN at least.
 */
static int walk(struct search *search, __u64 *at, __u64 until)
{
	struct zip_entry entry;
	bool yes;
	int err;

	for (; *at < until; *at += entry.len) {
		err = zip_entry_read(search->reader, search->directory, *at, &entry);
		if (!err)
			err = is_block(search->reader, *at + ZIP_ENTRY_LEN, entry.name_len, &yes);
		if (err)
			return err;
		if (yes && search->count < BLOCKS_MAX)
			search->block[search->count++] = entry;
		else if (yes)
			claims_note(search->claims, -E2BIG);
	}
	return 0;
}

/*
 * Finds an entry from offset on from which all others to the directory's end line up, and keeps
 * the blocks among them. Where there is none, what was kept before remains, and it is -EBADMSG.
 */
static int walk_back(struct search *search, __u64 offset)
{
	const __u64 end = search->directory->end;
	const __u32 count = search->count;
	__u8 chunk[CHUNK + 3];
	__u32 i, len, places = 0;
	__u64 at;
	int err;

	for (; end - offset > CHUNK; offset += CHUNK) {
		len = end - offset < sizeof(chunk) ? end - offset : sizeof(chunk);
		err = search->reader->read(search->reader, offset, chunk, len);
		if (err)
			return err;
		for (i = 0; i + 4 <= len; i++) {
			if (chunk[i] != 'P' || memcmp(chunk + i, "PK\001\002", 4))
				continue;
			at = offset + i;
			err = walk(search, &at, end);
			if (err != -EBADMSG)
				return err;
			search->count = count;
			if (++places == PLACES_MAX || at - offset > LINED_UP)
				return err;
		}
	}
	return -EBADMSG;
}

static int find_blocks(struct search *search)
{
	const struct zip_directory *directory = search->directory;
	__u64 at = directory->start;
	int err;

	if (directory->end - directory->start <= 2 * WINDOW)
		return walk(search, &at, directory->end);
	err = walk(search, &at, directory->start + WINDOW);
	if (!err && at >= directory->end - WINDOW)
		return walk(search, &at, directory->end);
	err = claims_note(search->claims, err);
	if (err)
		return err;
	claims_note(search->claims, -E2BIG);
	return walk_back(search, directory->end - WINDOW);
}

static int block_claims(struct reader *reader, const struct zip_entry *entry,
			struct interdict_claims *claims)
{
	struct reader_memory memory;
	__u32 bytes_len;
	__u64 offset;
	__u8 *bytes;
	int err;

	err = zip_member_find(reader, entry, &offset);
	if (err)
		return err;
	if (entry->method == ZIP_STORED)
		return pkcs7_claims(reader, offset, entry->packed, INTERDICT_SOURCE_JAR, claims);
	if (entry->method != ZIP_DEFLATED)
		return -EBADMSG;
	err = inflate_open(reader, offset, entry->packed, &bytes, &bytes_len);
	if (err)
		return err;
	reader_memory_init(&memory, bytes, bytes_len);
	err = pkcs7_claims(&memory.reader, 0, bytes_len, INTERDICT_SOURCE_JAR, claims);
	inflate_close(bytes);
	return err;
}

int jar_claims(struct reader *reader, const struct zip_directory *directory,
	       struct interdict_claims *claims)
{
	struct search search = { .reader = reader, .claims = claims, .directory = directory };
	__u32 i;
	int err;

	err = claims_note(claims, find_blocks(&search));
	for (i = 0; !err && i < search.count; i++)
		err = claims_note(claims, block_claims(reader, &search.block[i], claims));
	return err;
}
