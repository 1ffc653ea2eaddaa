/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sort of file system it is, and whether what was found out about its files can be kept. */
#ifndef INTERDICT_SCAN_FILESYSTEM_H
#define INTERDICT_SCAN_FILESYSTEM_H

#include <stdbool.h>
#include <stdint.h>

enum scan_filesystem {
	SCAN_LOCAL,   /* on a device, or in memory, of this machine; also what is not known */
	SCAN_OVERLAY, /* shows files of others, which lie there */
	SCAN_NETWORK,
	SCAN_FUSE,   /* a program of some user's answers */
	SCAN_PSEUDO, /* has no files of anybody: the kernel's own */
	SCAN_FILESYSTEM_COUNT
};

/* "local", "overlay", "network", "fuse", "pseudo". */
const char *scan_filesystem_name(enum scan_filesystem type);

/* By its magic number, f_type of statfs(2). */
enum scan_filesystem scan_filesystem_type(uint64_t magic);
/* By its name in mountinfo (proc(5)), without asking it: one whose server is gone would not answer.
 */
enum scan_filesystem scan_filesystem_named(const char *name);

/*
 * Where a directory lies, as far as it matters for what is kept: identifiers are, of files on ext4
 * (and 2 and 3), xfs and btrfs on disks that are built in, because others can be changed elsewhere:
 * a stick in another machine, an image by who owns its file. Within these a file's times do not
 * stay the same when it is changed (scan_cache.h).
 */
struct scan_place {
	uint32_t dev_major, dev_minor; /* st_dev of its files */
	uint64_t fsid;		       /* f_fsid of statfs(2): the same after a reboot */
	bool kept;
};

/*
 * Fill *@place for the directory or file that @fd is open on (O_PATH will do). @source: of the
 * mount, "/dev/..."; it tells the disk of a file system whose device number is its own, and may be
 * NULL. Returns 0 or -errno.
 */
int scan_place_of(int fd, const char *source, struct scan_place *place);

/* Whether a block device is a disk that is built in, or lies on such only (device mapper, md).
 * @sys: "/sys", or in tests another directory. */
bool scan_device_is_fixed(const char *sys, uint32_t dev_major, uint32_t dev_minor);

#endif
