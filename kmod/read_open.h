/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERDICT_READ_OPEN_H
#define INTERDICT_READ_OPEN_H

#include <linux/fs.h>

/* A file of a foreign file system, read through the open struct file. */
struct read_open {
	struct file *file; /* borrowed */
	u8 *buffer;
	u64 offset; /* of what is in the buffer */
	u32 len;
};

/* Returns 0; -EOPNOTSUPP where the file was not opened for reading or cannot be read so; -ENOMEM.
 */
int read_open_init(struct read_open *ro, struct file *file);
void read_open_done(struct read_open *ro);

/*
 * Points *ret at what the file has at offset, and returns how many bytes are there: 1 to max. Valid
 * until the next call. The file's position stays. Returns -EIO at the end of the file (the caller
 * asks within its size), -EINTR on a fatal signal, or the file system's error.
 */
int read_open_get(struct read_open *ro, u64 offset, u32 max, const u8 **ret);

#endif
