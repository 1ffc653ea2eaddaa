// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmod/extract/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#define CHUNK 4096

static int inflate_all(struct reader *reader, __u64 offset, __u64 len, z_stream *stream)
{
	unsigned char in[CHUNK];
	__u32 now;
	int err, got;

	for (; len; len -= now, offset += now) {
		now = len < sizeof(in) ? len : sizeof(in);
		err = reader->read(reader, offset, in, now);
		if (err)
			return err;
		stream->next_in = in;
		stream->avail_in = now;
		got = inflate(stream, Z_SYNC_FLUSH);
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
	z_stream stream = {};
	__u8 *out;
	int err;

	*bytes = NULL;
	*bytes_len = 0;
	out = malloc(INFLATE_MAX);
	if (!out)
		return -ENOMEM;
	stream.next_out = out;
	stream.avail_out = INFLATE_MAX;
	/* Negative: a stream without zlib's header. */
	err = inflateInit2(&stream, -MAX_WBITS) == Z_OK ? 0 : -ENOMEM;
	if (!err) {
		err = inflate_all(reader, offset, len, &stream);
		inflateEnd(&stream);
	}
	if (err) {
		free(out);
		return err;
	}
	*bytes = out;
	*bytes_len = INFLATE_MAX - stream.avail_out;
	return 0;
}

void inflate_close(__u8 *bytes)
{
	free(bytes);
}
