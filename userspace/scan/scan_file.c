// SPDX-License-Identifier: GPL-2.0-or-later
/* One file: what is cheap first, so that of most no more is asked than their size. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "scan_finding.h"
#include "scan_internal.h"
#include "remove/quarantine.h"
#include "subject/subject.h"

#define STATX_WANTED                                                                     \
	(STATX_TYPE | STATX_INO | STATX_NLINK | STATX_SIZE | STATX_MTIME | STATX_CTIME | \
	 STATX_BTIME)

/* A file that is replaced between being seen and being opened is seen once more. */
#define TRIES 3

static uint32_t wanted(const struct scan *scan, uint64_t size)
{
	return interdict_wanted(&scan->options->policy->image.tables, size);
}

/* In the cache, of INTERDICT_ID_*: it was looked for a package, and is none. */
#define NO_PACKAGE (1U << 30)
static_assert(!(NO_PACKAGE & (INTERDICT_ID_SHA256 | INTERDICT_ID_SHA256_BY_MAGIC |
			      INTERDICT_ID_BUILD_ID | INTERDICT_ID_CLAIMS | INTERDICT_ID_OPENED)),
	      "a bit of its own");

/* Whether what the cache knows answers @want. */
static bool remembered(struct scan_worker *worker, const struct scan_stat *stat, uint32_t want)
{
	return scan_cache_find(worker->reader, stat, &worker->identity) &&
	       interdict_answered(&worker->identity.ids, want) &&
	       (worker->identity.ids.have & NO_PACKAGE ||
		!scan_package_wanted(worker->scan, stat->size));
}

static void keep(struct scan_worker *worker, const struct scan_stat *before, int fd,
		 const struct scan_place *place, const struct timespec *began)
{
	struct scan_stat after;
	struct statx stx;

	if (!scan_stat_settled(before, began) || statx(fd, "", AT_EMPTY_PATH, STATX_WANTED, &stx))
		return;
	scan_stat_of(place, &stx, &after);
	if (!memcmp(before, &after, sizeof(after)))
		scan_cache_put(worker->scan->options->cache, before, &worker->identity);
}

/* Identify what @subject is, into worker->identity. Returns 0, or an error that was reported. */
static int identify(struct scan_worker *worker, struct subject *subject, uint32_t want)
{
	int err;

	if (!want && !subject->settle) {
		memset(&worker->identity, 0, sizeof(worker->identity));
		worker->identity.ids.size = subject->size;
		return 0;
	}
	err = subject_identify_by(worker->scan->options->control, subject, want, &worker->identity);
	scan_count(&worker->scan->counts->identified, 1);
	if (worker->identity.ids.have & INTERDICT_ID_SHA256)
		scan_count(&worker->scan->counts->hashed, worker->identity.ids.size);
	if (err)
		scan_problem(worker, err, subject->why);
	return err;
}

/* Judge what is in worker->identity, by the size that the file had then. Returns whether something
 * was found. */
static bool judge(struct scan_worker *worker, const struct statx *stx)
{
	const struct interdict_ids *ids = &worker->identity.ids;
	bool missing = !interdict_answered(ids, wanted(worker->scan, ids->size));
	struct scan_verdict verdict;

	/* That the header refuses a whole file system is said of no file in it. */
	worker->identity.ids.flags &= ~INTERDICT_FILE_FOREIGN;
	if (missing)
		scan_count(&worker->scan->counts->unidentified, 1);
	if (!scan_judge(worker->scan->options->policy, &worker->identity, missing, &verdict))
		return false;
	/* What was taken away is not there. */
	if (quarantine_has(QUARANTINE_DIR, worker->path))
		return true;
	scan_found(worker, verdict.decision.outcome != DECISION_DENY,
		   scan_finding_file(worker->scan->options->policy, &verdict, worker->path, stx,
				     &worker->identity));
	return true;
}

/* Read what is to be known. Returns whether it was found, or a problem. */
static bool examine(struct scan_worker *worker, int fd, const struct statx *stx,
		    const struct scan_place *place, const struct scan_stat *stat)
{
	struct subject subject = {
		.path = worker->path,
		.fd = fd,
		.size = stx->stx_size,
		.settle = place->kept && worker->scan->options->cache,
	};
	enum scan_package package = SCAN_PACKAGE_PASS;
	struct timespec began;

	clock_gettime(CLOCK_REALTIME, &began);
	if (identify(worker, &subject, wanted(worker->scan, stx->stx_size)) || judge(worker, stx))
		return true;
	/* It may be opened, then. */
	if (scan_package_wanted(worker->scan, stx->stx_size))
		package = scan_package(worker, fd, stx);
	if (package == SCAN_PACKAGE_NONE)
		worker->identity.ids.have |= NO_PACKAGE;
	if (subject.settle && subject.settled)
		keep(worker, stat, fd, place, &began);
	return package == SCAN_PACKAGE_FOUND;
}

/* A file that is opened already, of which something is to be known. */
static void look(struct scan_worker *worker, int fd, const struct statx *stx,
		 const struct scan_place *place)
{
	const uint32_t want = wanted(worker->scan, stx->stx_size);
	/* A file that is mounted here alone lies elsewhere. */
	const struct scan_place here = {
		.dev_major = place->dev_major,
		.dev_minor = place->dev_minor,
		.fsid = place->fsid,
		.kept = place->kept && place->dev_major == stx->stx_dev_major &&
			place->dev_minor == stx->stx_dev_minor,
	};
	struct scan_verdict verdict;
	struct scan_stat stat;
	bool known = false;

	scan_stat_of(&here, stx, &stat);
	if (here.kept && remembered(worker, &stat, want)) {
		/* What is found is found in the file itself, not in what is remembered of it. */
		known = !scan_judge(worker->scan->options->policy, &worker->identity, false,
				    &verdict);
		scan_count(&worker->scan->counts->remembered, known);
	}
	if (!known && examine(worker, fd, stx, &here, &stat))
		return;
	if (stx->stx_nlink > 1)
		scan_links_add(worker->scan->links, stx);
}

/* Whether nothing has to be read: no rule can match, or it was looked at by another name. */
static bool is_done(struct scan_worker *worker, const struct statx *stx)
{
	if (!wanted(worker->scan, stx->stx_size) &&
	    !scan_package_wanted(worker->scan, stx->stx_size))
		return true;
	if (stx->stx_nlink < 2 || !scan_links_seen(worker->scan->links, stx))
		return false;
	scan_count(&worker->scan->counts->linked, 1);
	return true;
}

void scan_file_opened(struct scan_worker *worker, int fd, const struct scan_place *place)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_WANTED, &stx)) {
		scan_problem(worker, -errno, NULL);
	} else if (S_ISREG(stx.stx_mode)) {
		scan_count(&worker->scan->counts->files, 1);
		if (!is_done(worker, &stx))
			look(worker, fd, &stx, place);
	}
}

/* The same, where its name has to be looked at first. Returns 0; -EAGAIN: it was replaced; else
 * -errno. */
static int try_file(struct scan_worker *worker, int dir, const char *name,
		    const struct scan_place *place)
{
	struct statx seen, stx;
	int fd, err = 0;

	if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_WANTED, &seen))
		return -errno;
	if (!S_ISREG(seen.stx_mode) || is_done(worker, &seen))
		return 0;
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_WANTED, &stx))
		err = -errno;
	else if (!S_ISREG(stx.stx_mode) || stx.stx_ino != seen.stx_ino ||
		 stx.stx_size != seen.stx_size)
		err = -EAGAIN;
	else
		look(worker, fd, &stx, place);
	close(fd);
	return err;
}

void scan_file(struct scan_worker *worker, int dir, const char *name,
	       const struct scan_place *place)
{
	const size_t len = worker->path_len;
	int err = scan_path_add(worker, name), tries = 0;

	scan_count(&worker->scan->counts->files, 1);
	while (!err) {
		err = try_file(worker, dir, name, place);
		if (err != -EAGAIN || ++tries == TRIES)
			break;
		err = 0;
	}
	if (err == -ENOENT)
		scan_count(&worker->scan->counts->vanished, 1);
	else if (err)
		scan_problem(worker, err, err == -EAGAIN ? "it is replaced again and again" : NULL);
	scan_path_cut(worker, len);
}
