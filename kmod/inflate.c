// SPDX-License-Identifier: GPL-2.0-only
#include "extract/inflate.h"

#include <linux/mm.h>
#include <linux/zlib.h>

#include "extract/inflate_all.h"

/* Read of the file at once. */
#define CHUNK 512

/* All that one stream needs: what comes out, and what zlib keeps (its window and its tables). */
struct inflation {
	u8 out[INFLATE_MAX];
	u8 in[CHUNK];
	u8 workspace[];
};

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
		err = inflate_all(reader, offset, len, &stream, inflation->in,
				  sizeof(inflation->in), zlib_inflate);
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
