/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was found out about files, kept from one scan to the next: identifiers, never verdicts, in a
 * SQLite database. A file is the same as long as all of struct scan_stat is: its times of change
 * and of birth are the kernel's, nobody can set them. That is sound only with what the caller has
 * to see to, see scan_stat_settled() and subject.settled:
 *
 *  - Two changes within a tick of the kernel's clock have one time. So nothing is kept of a file
 *    that was changed less than SCAN_CACHE_TICK before it was read: what comes after has another.
 *  - A store through a writable mapping, to a page that was written to before and is not on the
 * disk yet, leaves no trace. So nothing is kept of a file that somebody could write to just before
 * or just after it was read. Who comes between them has to open it, and to fault the page in anew,
 *    and that is a change with a time.
 *  - A disk in another machine, and an image that its owner writes to: scan_place_of().
 *
 * Whoever can set the clock or write to the disk below its file system is root.
 *
 * The database is a cache: one that is damaged, of another version of this program or of the
 * module, or not its owner's alone, is made anew. It has a size at which it stops growing.
 */
#ifndef INTERDICT_SCAN_CACHE_H
#define INTERDICT_SCAN_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <linux/stat.h>

#include "kmod/abi.h"
#include "scan_filesystem.h"

#define SCAN_CACHE_FILE "/var/lib/interdict/scan.db"
#define SCAN_CACHE_WHY	160
/* Bytes of the database: two million files that nobody signed. */
#define SCAN_CACHE_SIZE_MAX (512ULL << 20)
/* In seconds: more than any file system rounds its times by (ext3 and vfat: 1 and 2). */
#define SCAN_CACHE_TICK 2

/* All zero but for these, so that two can be compared as bytes. */
struct scan_stat {
	uint64_t fsid, ino, size;
	int64_t mtime, ctime, btime;
	uint32_t mtime_nsec, ctime_nsec, btime_nsec;
	uint32_t verity; /* whether it has fs-verity, which is switched on without a change of time
			  */
};

void scan_stat_of(const struct scan_place *place, const struct statx *stx, struct scan_stat *stat);
/* Whether what is read from @now on is what has these times. */
bool scan_stat_settled(const struct scan_stat *stat, const struct timespec *now);

struct scan_cache;

/*
 * Open the database at @path, or make it. @maker: whose work is in it, for programs that identify
 * differently. Returns 0 and sets *@ret; -ELIBACC: there is no SQLite; -errno. @why: a sentence about an error, or why it was
 * made anew, or "".
 */
int scan_cache_open(const char *path, const char *maker, struct scan_cache **ret,
		    char why[SCAN_CACHE_WHY]);
/* What was put goes to the disk. @cache may be NULL. Returns 0, or -errno where something did not
 * (-ENOSPC: it is full), with a sentence in @why. */
int scan_cache_close(struct scan_cache *cache, char why[SCAN_CACHE_WHY]);

/* One for each thread that looks things up. NULL: it cannot be had; nothing is found then. */
struct scan_cache_reader;
struct scan_cache_reader *scan_cache_reader_new(struct scan_cache *cache);
void scan_cache_reader_free(struct scan_cache_reader *reader);

/* Whether the file is there as it is now, with *@identity then filled whole. @reader may be NULL.
 */
bool scan_cache_find(struct scan_cache_reader *reader, const struct scan_stat *stat,
		     struct interdict_identity *identity);
/* Keep it. By any thread. */
void scan_cache_put(struct scan_cache *cache, const struct scan_stat *stat,
		    const struct interdict_identity *identity);

/* Of this program, and the module where there is one: what identifies differently has another.
 * @maker takes 160 bytes. */
void scan_cache_maker(char maker[160]);

#endif
