// SPDX-License-Identifier: GPL-2.0-or-later
#include "scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan_internal.h"

/* Files with several names that are remembered during a scan: 32 bytes each. */
#define LINKS_MAX (512U << 10)
/* Between two reports of progress, in ms. */
#define TICK 100

/* ---- what a thread is at ---- */

static int append(struct scan_worker *worker, const char *text, size_t n)
{
	size_t len = worker->path_len + n;
	char *path;

	if (len + 1 > worker->path_size) {
		path = realloc(worker->path, 2 * len + 256);
		if (!path)
			return -ENOMEM;
		worker->path = path;
		worker->path_size = 2 * len + 256;
	}
	memcpy(worker->path + worker->path_len, text, n);
	worker->path[len] = '\0';
	worker->path_len = len;
	return 0;
}

int scan_path_set(struct scan_worker *worker, const char *path)
{
	size_t len = strlen(path);

	while (len && path[len - 1] == '/')
		len--;
	worker->path_len = 0;
	return append(worker, path, len);
}

int scan_path_add(struct scan_worker *worker, const char *name)
{
	const size_t len = worker->path_len;
	int err = append(worker, "/", 1);

	if (!err)
		err = append(worker, name, strlen(name));
	if (err)
		scan_path_cut(worker, len);
	return err;
}

void scan_path_cut(struct scan_worker *worker, size_t len)
{
	worker->path_len = len;
	if (worker->path)
		worker->path[len] = '\0';
}

void scan_problem(struct scan_worker *worker, int err, const char *why)
{
	const struct scan_report *report = &worker->scan->options->report;

	scan_count(&worker->scan->counts->problems, 1);
	pthread_mutex_lock(&worker->scan->report);
	report->problem(report->context, worker->path_len ? worker->path : "/", err,
			why && *why ? why : strerror(-err));
	pthread_mutex_unlock(&worker->scan->report);
}

int scan_tell(const struct scan_report *report, struct scan_counts *counts, bool audit,
	      json_t *finding)
{
	scan_count(audit ? &counts->found_audit : &counts->found, 1);
	if (!finding)
		return -ENOMEM;
	report->found(report->context, finding);
	json_decref(finding);
	return 0;
}

void scan_found(struct scan_worker *worker, bool audit, json_t *finding)
{
	struct scan *scan = worker->scan;
	int err;

	pthread_mutex_lock(&scan->report);
	err = scan_tell(&scan->options->report, scan->counts, audit, finding);
	pthread_mutex_unlock(&scan->report);
	if (err)
		scan_problem(worker, err, NULL);
}

bool scan_stopped(const struct scan *scan)
{
	return scan->options->stop &&
	       atomic_load_explicit(scan->options->stop, memory_order_relaxed);
}

/* ---- threads ---- */

static void *work(void *context)
{
	struct scan_worker *worker = context;
	const struct scan *scan = worker->scan;
	struct scan_job job;
	size_t root;

	for (;;) {
		switch (scan_queue_take(scan->queue, &job, &root)) {
		case SCAN_WORK_JOB:
			scan_walk(worker, &job);
			break;
		case SCAN_WORK_ROOT:
			if (!scan_stopped(scan))
				scan_walk_root(worker, &scan->options->roots->v[root]);
			break;
		case SCAN_WORK_NONE:
			return NULL;
		}
	}
}

static struct scan_worker *worker_new(struct scan *scan)
{
	struct scan_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	worker->scan = scan;
	if (scan->options->cache)
		worker->reader = scan_cache_reader_new(scan->options->cache);
	return worker;
}

static void worker_free(struct scan_worker *worker)
{
	if (!worker)
		return;
	scan_cache_reader_free(worker->reader);
	free(worker->path);
	free(worker);
}

/* Have @n threads do it, and tell how far they are. */
static int run(struct scan *scan, unsigned int n)
{
	const struct scan_report *report = &scan->options->report;
	struct scan_worker *workers[SCAN_THREADS_MAX] = { NULL };
	pthread_t threads[SCAN_THREADS_MAX];
	unsigned int started = 0;
	int err = 0;

	for (unsigned int i = 0; i < n && !err; i++) {
		workers[i] = worker_new(scan);
		if (!workers[i])
			err = -ENOMEM;
	}
	for (unsigned int i = 0; i < n && !err; i++) {
		err = -pthread_create(&threads[i], NULL, work, workers[i]);
		started += !err;
	}
	/* With fewer than the queue waits for it would never be over. */
	if (err)
		scan_queue_end(scan->queue, n - started);
	while (!scan_queue_wait(scan->queue, TICK)) {
		pthread_mutex_lock(&scan->report);
		report->progress(report->context, scan->counts);
		pthread_mutex_unlock(&scan->report);
	}
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < n; i++)
		worker_free(workers[i]);
	return err;
}

int scan_run(const struct scan_options *options, struct scan_counts *counts)
{
	struct scan scan = { .options = options, .counts = counts };
	unsigned int threads = options->threads;
	int err = -ENOMEM;

	if (!threads || threads > SCAN_THREADS_MAX)
		return -EINVAL;
	pthread_mutex_init(&scan.report, NULL);
	scan.queue = scan_queue_new(threads, options->roots->n);
	scan.links = scan_links_new(LINKS_MAX);
	if (scan.queue && scan.links)
		err = run(&scan, threads);
	scan_queue_free(scan.queue);
	scan_links_free(scan.links);
	pthread_mutex_destroy(&scan.report);
	return err;
}
