// SPDX-License-Identifier: GPL-2.0-only
#include "extract/inflate.h"

#include <linux/mm.h>
#include <linux/zlib.h>

/* Read of the file at once. */
#define CHUNK 512

/* All that one stream needs: what comes out, and what zlib keeps (its window and its tables). */
struct inflation {
	u8 out[INFLATE_MAX];
	u8 in[CHUNK];
	u8 workspace[];
};

static int inflate_all(struct reader *reader, u64 offset, u64 len, z_stream *stream, u8 *in)
{
	u32 now;
	int err, got;

	for (; len; len -= now, offset += now) {
		now = min_t(u64, len, CHUNK);
		err = reader->read(reader, offset, in, now);
		if (err)
			return err;
		stream->next_in = in;
		stream->avail_in = now;
		got = zlib_inflate(stream, Z_SYNC_FLUSH);
		if (got == Z_STREAM_END)
			return 0;
		if (got != Z_OK && got != Z_BUF_ERROR)
			return -EBADMSG;
		/* What it does not take finds no room. */
		if (stream->avail_in)
			break;
	}
	return stream->avail_out ? -EBADMSG : -E2BIG;
}

int inflate_open(struct reader *reader, __u64 offset, __u64 len, __u8 **bytes, __u32 *bytes_len)
{
	struct inflation *inflation;
	z_stream stream = {};
	int err;

	*bytes = NULL;
	*bytes_len = 0;
	inflation = kvmalloc(sizeof(*inflation) + zlib_inflate_workspacesize(), GFP_KERNEL);
	if (!inflation)
		return -ENOMEM;
	stream.workspace = inflation->workspace;
	stream.next_out = inflation->out;
	stream.avail_out = sizeof(inflation->out);
	/* Negative: a stream without zlib's header. */
	err = zlib_inflateInit2(&stream, -MAX_WBITS) == Z_OK ? 0 : -EIO;
	if (!err) {
		err = inflate_all(reader, offset, len, &stream, inflation->in);
		zlib_inflateEnd(&stream);
	}
	if (err) {
		kvfree(inflation);
		return err;
	}
	*bytes = inflation->out;
	*bytes_len = sizeof(inflation->out) - stream.avail_out;
	return 0;
}

/* out is at the beginning of what was allocated. */
static_assert(offsetof(struct inflation, out) == 0);

void inflate_close(__u8 *bytes)
{
	kvfree(bytes);
}
