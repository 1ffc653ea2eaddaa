/* SPDX-License-Identifier: GPL-2.0-only */
/* How both zlibs are fed, the kernel's and the usual one. To be included behind the one's header:
 * it has z_stream. */
#ifndef INTERDICT_INFLATE_ALL_H
#define INTERDICT_INFLATE_ALL_H

#include "reader.h"

/* Reads the len bytes at offset, through in of in_size bytes, to where stream has room. step is the
 * one's inflate(). Returns as inflate_open(). */
static inline int inflate_all(struct reader *reader, __u64 offset, __u64 len, z_stream *stream,
			      __u8 *in, __u32 in_size, int (*step)(z_stream *stream, int flush))
{
	__u32 now;
	int err, got;

	for (; len; len -= now, offset += now) {
		now = len < in_size ? len : in_size;
		err = reader->read(reader, offset, in, now);
		if (err)
			return err;
		stream->next_in = in;
		stream->avail_in = now;
		got = step(stream, Z_SYNC_FLUSH);
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

#endif
