/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a scan share. Private to scan*.c. */
#ifndef INTERDICT_SCAN_INTERNAL_H
#define INTERDICT_SCAN_INTERNAL_H

#include <pthread.h>

#include "scan.h"
#include "scan_cache.h"
#include "scan_filesystem.h"
#include "scan_links.h"
#include "scan_roots.h"

/* Bytes that getdents64(2) is asked for: some thousand names at a time. */
#define SCAN_ENTRIES_BYTES (64U << 10)

/*
 * Work that one thread gives to another: a directory with all below it, or, where @entries is not
 * NULL, only the files among some of its entries, as getdents64(2) gave them.
 */
struct scan_job {
	int fd; /* of the directory, open for reading; the job's */
	char *path;
	char *entries;
	size_t len;
	struct scan_place place;
	const char *source; /* of the mount; the root's */
};

void scan_job_free(struct scan_job *job);

/* ---- scan_queue.c: jobs, few of them, and who has nothing to do ---- */

struct scan_queue;

struct scan_queue *scan_queue_new(unsigned int threads, size_t roots);
void scan_queue_free(struct scan_queue *queue);
/* Whether somebody would take a job now. A hint, for nothing. */
bool scan_queue_hungry(const struct scan_queue *queue);
/* Give a job away. False: nobody wants it, it stays the caller's. */
bool scan_queue_give(struct scan_queue *queue, const struct scan_job *job);

enum scan_work { SCAN_WORK_NONE, SCAN_WORK_JOB, SCAN_WORK_ROOT };
/*
 * Wait for work: a job, or the root *@root, each once. Who calls it again is done with what it had.
 * NONE: there will be no more, all are done.
 */
enum scan_work scan_queue_take(struct scan_queue *queue, struct scan_job *job, size_t *root);
/* Some threads, @missing of them, could not be started: the others end soon. */
void scan_queue_end(struct scan_queue *queue, unsigned int missing);
/* Wait until all are done, or @ms have passed. Returns whether they are. */
bool scan_queue_wait(struct scan_queue *queue, unsigned int ms);

/* ---- one thread ---- */

struct scan {
	const struct scan_options *options;
	struct scan_counts *counts;
	struct scan_queue *queue;
	struct scan_links *links;
	pthread_mutex_t report; /* held while a callback runs */
};

struct scan_worker {
	struct scan *scan;
	struct scan_cache_reader *reader; /* or NULL */
	struct interdict_identity identity;
	char *path; /* of what is being looked at */
	size_t path_len, path_size;
	char entries[SCAN_ENTRIES_BYTES];
};

/*
 * The path: begin with a root's or a job's, without the slashes at its end ("/" is empty, then);
 * put
 * "/@name" behind it; cut it back to @len bytes. Return 0, or -ENOMEM with the path as it was.
 */
int scan_path_set(struct scan_worker *worker, const char *path);
int scan_path_add(struct scan_worker *worker, const char *name);
void scan_path_cut(struct scan_worker *worker, size_t len);

/*
 * Count and report a finding of an order that only records (@audit) or refuses. @finding is taken
 * over; NULL: there was no memory for it. Returns 0 or -ENOMEM. scan_found() is for threads: one
 * tells at a time, and lack of memory is a problem with the path.
 */
int scan_tell(const struct scan_report *report, struct scan_counts *counts, bool audit,
	      json_t *finding);
void scan_found(struct scan_worker *worker, bool audit, json_t *finding);

/* Report a problem with the path as it is. @why: NULL: what @err, negative, means. */
void scan_problem(struct scan_worker *worker, int err, const char *why);
bool scan_stopped(const struct scan *scan);

/* scan_file.c: look at the file @name in @dir, whose path is the worker's. */
void scan_file(struct scan_worker *worker, int dir, const char *name,
	       const struct scan_place *place);
/* The same of what @fd is open on (O_PATH). */
void scan_file_opened(struct scan_worker *worker, int fd, const struct scan_place *place);

enum scan_package {
	SCAN_PACKAGE_NONE, /* it is no package file */
	SCAN_PACKAGE_PASS, /* of a package that no rule names; or a problem was reported */
	SCAN_PACKAGE_FOUND,
};

/*
 * scan_package.c: whether what @fd (O_PATH) is open on would install a package that a rule names;
 * it is reported then. The worker has its path, and in identity what is known of it already.
 */
enum scan_package scan_package(struct scan_worker *worker, int fd, const struct statx *stx);
/* Whether a file of @size bytes has to be asked about. */
bool scan_package_wanted(const struct scan *scan, uint64_t size);

/* scan_walk.c: do a job, which is taken over, or a root. */
void scan_walk(struct scan_worker *worker, struct scan_job *job);
void scan_walk_root(struct scan_worker *worker, const struct scan_root *root);

static inline void scan_count(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

#endif
