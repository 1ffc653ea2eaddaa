// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify_zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Members at most: what a directory can count without ZIP64, which JARs and packages do without. */
#define MEMBERS_MAX 65535U

#define CHUNK 65536U

/* ---- the directory ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct verify_member *)a)->name,
		      ((const struct verify_member *)b)->name);
}

static int is_named(const void *name, const void *member)
{
	return strcmp(name, ((const struct verify_member *)member)->name);
}

static bool add(struct verify_zip *zip, uint64_t at, const struct zip_entry *entry)
{
	char *name = malloc((size_t)entry->name_len + 1);

	if (!name)
		return false;
	name[entry->name_len] = '\0';
	zip->members[zip->n].name = name;
	zip->members[zip->n++].entry = *entry;
	if (entry->name_len &&
	    zip->reader->read(zip->reader, at + ZIP_ENTRY_LEN, name, entry->name_len))
		return false;
	return strlen(name) == entry->name_len;
}

static const char *read_directory(struct verify_zip *zip, const struct zip_directory *directory)
{
	struct zip_entry entry;

	for (uint64_t at = directory->start; at < directory->end; at += entry.len) {
		if (zip->n == MEMBERS_MAX)
			return "it has too many members";
		if (zip_entry_read(zip->reader, directory, at, &entry) || !add(zip, at, &entry))
			return "its directory cannot be read";
	}
	return NULL;
}

const char *verify_zip_open(struct reader *reader, struct verify_zip *zip)
{
	struct zip_directory directory;
	const char *why;
	uint8_t first[4];

	*zip = (struct verify_zip){ .reader = reader };
	if (zip_find(reader, &directory) || !directory.end)
		return "its directory cannot be read";
	/* Whatever ran it would not look at what is signed. */
	if (directory.base || reader->read(reader, 0, first, sizeof(first)) ||
	    memcmp(first, "PK\003\004", sizeof(first)) != 0)
		return "something is in front of its first member";
	zip->members = calloc(MEMBERS_MAX, sizeof(*zip->members));
	if (!zip->members)
		return "out of memory";
	why = read_directory(zip, &directory);
	if (!why)
		qsort(zip->members, zip->n, sizeof(*zip->members), by_name);
	for (size_t i = 1; !why && i < zip->n; i++)
		if (!by_name(&zip->members[i - 1], &zip->members[i]))
			why = "two of its members have the same name";
	if (why)
		verify_zip_close(zip);
	return why;
}

void verify_zip_close(struct verify_zip *zip)
{
	for (size_t i = 0; i < zip->n; i++)
		free(zip->members[i].name);
	free(zip->members);
	zip->members = NULL;
	zip->n = 0;
}

struct verify_member *verify_zip_find(const struct verify_zip *zip, const char *name)
{
	return bsearch(name, zip->members, zip->n, sizeof(*zip->members), is_named);
}

/* ---- content ---- */

typedef bool (*take_t)(void *context, const uint8_t *bytes, size_t len);

/* All that comes out for what was put in. Returns false on an error; *done: that was the end. */
static bool inflate_some(z_stream *stream, uint8_t *out, take_t take, void *context, bool *done)
{
	int got = Z_OK;

	do {
		stream->next_out = out;
		stream->avail_out = CHUNK;
		got = inflate(stream, Z_NO_FLUSH);
		if (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR)
			return false;
		if (!take(context, out, CHUNK - stream->avail_out))
			return false;
	} while (got == Z_OK && !stream->avail_out);
	*done = got == Z_STREAM_END;
	return true;
}

static bool read_member(const struct verify_zip *zip, const struct zip_entry *entry, take_t take,
			void *context)
{
	z_stream stream = { 0 };
	uint8_t *in = malloc(2 * (size_t)CHUNK);
	uint64_t left = entry->packed;
	__u64 at;
	bool deflated = entry->method == ZIP_DEFLATED, done = !deflated;
	bool ok = in && (deflated || entry->method == ZIP_STORED) &&
		  !zip_member_find(zip->reader, entry, &at) &&
		  (!deflated || inflateInit2(&stream, -MAX_WBITS) == Z_OK);
	bool open = ok && deflated;

	while (ok && left) {
		uint32_t n = left < CHUNK ? (uint32_t)left : CHUNK;

		ok = !zip->reader->read(zip->reader, at, in, n);
		if (ok && deflated) {
			stream.next_in = in;
			stream.avail_in = n;
			/* Nothing may follow the stream: others may read on. */
			ok = !done && inflate_some(&stream, in + CHUNK, take, context, &done) &&
			     !stream.avail_in;
		} else if (ok) {
			ok = take(context, in, n);
		}
		at += n;
		left -= n;
	}
	if (open)
		inflateEnd(&stream);
	free(in);
	return ok && done;
}

struct buffer {
	char *bytes;
	size_t len, max;
};

static bool take_bytes(void *context, const uint8_t *bytes, size_t len)
{
	struct buffer *buffer = context;
	char *grown;

	if (len > buffer->max - buffer->len)
		return false;
	grown = realloc(buffer->bytes, buffer->len + len + 1);
	if (!grown)
		return false;
	buffer->bytes = grown;
	memcpy(grown + buffer->len, bytes, len);
	buffer->len += len;
	grown[buffer->len] = '\0';
	return true;
}

char *verify_zip_read(const struct verify_zip *zip, const struct verify_member *member, size_t max,
		      size_t *len)
{
	struct buffer buffer = { .bytes = calloc(1, 1), .max = max };

	if (!buffer.bytes || !read_member(zip, &member->entry, take_bytes, &buffer)) {
		free(buffer.bytes);
		return NULL;
	}
	*len = buffer.len;
	return buffer.bytes;
}

static bool take_digest(void *context, const uint8_t *bytes, size_t len)
{
	return EVP_DigestUpdate(context, bytes, len) == 1;
}

bool verify_zip_digest(const struct verify_zip *zip, const struct verify_member *member,
		       const EVP_MD *md, uint8_t *digest)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL) &&
		  read_member(zip, &member->entry, take_digest, ctx) &&
		  EVP_DigestFinal_ex(ctx, digest, NULL);

	EVP_MD_CTX_free(ctx);
	return ok;
}
