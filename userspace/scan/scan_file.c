// SPDX-License-Identifier: GPL-2.0-or-later
/* One file: what is cheap first, so that of most no more is asked than their size. */
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

/* Whether what the cache knows answers @want. */
static bool remembered(struct scan_worker *worker, const struct scan_stat *stat, uint32_t want)
{
	return scan_cache_find(worker->reader, stat, &worker->identity) &&
	       interdict_answered(&worker->identity.ids, want);
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

/* Identify what @fd is open on, into worker->identity. Returns 0, or an error that was reported. */
static int identify(struct scan_worker *worker, int fd, const struct statx *stx, uint32_t want,
		    const struct scan_place *place, const struct scan_stat *stat)
{
	const struct scan_options *options = worker->scan->options;
	struct subject subject = {
		.path = worker->path,
		.fd = fd,
		.size = stx->stx_size,
		.settle = place->kept && options->cache,
	};
	struct timespec began;
	int err;

	clock_gettime(CLOCK_REALTIME, &began);
	err = subject_identify_by(options->control, &subject, want, &worker->identity);
	scan_count(&worker->scan->counts->identified, 1);
	if (worker->identity.ids.have & INTERDICT_ID_SHA256)
		scan_count(&worker->scan->counts->hashed, worker->identity.ids.size);
	if (err)
		scan_problem(worker, err, subject.why);
	else if (subject.settle && subject.settled)
		keep(worker, stat, fd, place, &began);
	return err;
}

static void report(struct scan_worker *worker, const struct statx *stx,
		   const struct scan_verdict *verdict)
{
	struct scan *scan = worker->scan;
	const struct scan_report *report = &scan->options->report;
	json_t *json;

	scan_count(verdict->decision.outcome == DECISION_DENY ? &scan->counts->found :
								&scan->counts->found_audit,
		   1);
	json = scan_finding_file(scan->options->policy, verdict, worker->path, stx,
				 &worker->identity);
	if (!json) {
		scan_problem(worker, -ENOMEM, NULL);
		return;
	}
	pthread_mutex_lock(&scan->report);
	report->found(report->context, json);
	pthread_mutex_unlock(&scan->report);
	json_decref(json);
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
	report(worker, stx, &verdict);
	return true;
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
	if (!known) {
		if (identify(worker, fd, stx, want, &here, &stat) || judge(worker, stx))
			return;
	}
	if (stx->stx_nlink > 1)
		scan_links_add(worker->scan->links, stx);
}

/* Whether nothing has to be read: no rule can match, or it was looked at by another name. */
static bool is_done(struct scan_worker *worker, const struct statx *stx)
{
	if (!wanted(worker->scan, stx->stx_size))
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
