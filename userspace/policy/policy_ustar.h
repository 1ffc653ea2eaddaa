/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive of a policy's files, which a bundle signs and of which a policy's digest is: ustar
 * (POSIX.1-1988 10.1.1, "ustar Interchange Format" of pax(1) in POSIX.1-2017), byte for byte what
 * GNU tar writes:
 *
 *	cd DIR && find policy.yaml orders lists -type f -print0 | LC_ALL=C sort -z |
 *	tar --null --no-recursion -T - --format=ustar --owner=0 --group=0 --numeric-owner \
 *		--mtime=@0 --mode=0644 -cf -
 *
 * Regular files only, sorted by the bytes of their names, with fixed metadata (mode 0644, owner and
 * group 0 without names, time 0); padded with zeros to blocks, two blocks of zeros at the end, and
 * more up to a multiple of a record. So a set of files has one archive. Private to policy_*.c.
 */
#ifndef INTERDICT_POLICY_USTAR_H
#define INTERDICT_POLICY_USTAR_H

#include <assert.h>
#include <stdint.h>

#include "policy.h"

#define USTAR_BLOCK 512U
/* tar's record: 20 blocks. */
#define USTAR_RECORD (20U * USTAR_BLOCK)

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char linkname[100];
	char magic[6];
	char version[2];
	char uname[32];
	char gname[32];
	char devmajor[8];
	char devminor[8];
	char prefix[155];
	char pad[12];
};
static_assert(sizeof(struct ustar) == USTAR_BLOCK, "a header is a block");
static_assert(sizeof(((struct ustar *)0)->name) == POLICY_PATH_MAX, "paths need no prefix");

/* The one header that a file at @path, of at most POLICY_PATH_MAX bytes, has; @size in bytes, less
 * than 8 GiB. */
void ustar_fill(struct ustar *h, const char *path, uint64_t size);

/* From the end of a file of @size bytes to that of its last block. */
size_t ustar_padding(uint64_t size);

#endif
