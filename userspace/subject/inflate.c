// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmod/extract/inflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "kmod/extract/inflate_all.h"

#define CHUNK 4096

int inflate_open(struct reader *reader, __u64 offset, __u64 len, __u8 **bytes, __u32 *bytes_len)
{
	__u8 in[CHUNK], *out;
	z_stream stream = {};
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
		err = inflate_all(reader, offset, len, &stream, in, sizeof(in), inflate);
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
