// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each thread walks what it has depth first, and gives a part of it away whenever another has
 * nothing to do. So there are never more jobs than threads, whatever the tree is like.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "scan_internal.h"

struct scan_queue {
	pthread_mutex_t lock;
	pthread_cond_t work; /* there is some, or there will be no more */
	pthread_cond_t done;
	unsigned int threads;
	_Atomic int hungry; /* those that wait, less the jobs that are there */
	unsigned int waiting, jobs;
	struct scan_job *job; /* of threads elements */
	size_t next_root, roots;
	bool over;
};

void scan_job_free(struct scan_job *job)
{
	if (job->fd >= 0)
		close(job->fd);
	free(job->path);
	free(job->entries);
	*job = (struct scan_job){ .fd = -1 };
}

struct scan_queue *scan_queue_new(unsigned int threads, size_t roots)
{
	struct scan_queue *queue = calloc(1, sizeof(*queue));
	pthread_condattr_t monotonic;

	if (queue)
		queue->job = calloc(threads, sizeof(*queue->job));
	if (!queue || !queue->job) {
		free(queue);
		return NULL;
	}
	queue->threads = threads;
	queue->roots = roots;
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->work, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&queue->done, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return queue;
}

void scan_queue_free(struct scan_queue *queue)
{
	if (!queue)
		return;
	for (unsigned int i = 0; i < queue->jobs; i++)
		scan_job_free(&queue->job[i]);
	pthread_cond_destroy(&queue->work);
	pthread_cond_destroy(&queue->done);
	pthread_mutex_destroy(&queue->lock);
	free(queue->job);
	free(queue);
}

/* With the lock. */
static void update(struct scan_queue *queue)
{
	atomic_store_explicit(&queue->hungry, (int)queue->waiting - (int)queue->jobs,
			      memory_order_relaxed);
}

bool scan_queue_hungry(const struct scan_queue *queue)
{
	return atomic_load_explicit(&queue->hungry, memory_order_relaxed) > 0;
}

bool scan_queue_give(struct scan_queue *queue, const struct scan_job *job)
{
	bool taken = false;

	pthread_mutex_lock(&queue->lock);
	if (queue->jobs < queue->waiting) {
		queue->job[queue->jobs++] = *job;
		update(queue);
		pthread_cond_signal(&queue->work);
		taken = true;
	}
	pthread_mutex_unlock(&queue->lock);
	return taken;
}

enum scan_work scan_queue_take(struct scan_queue *queue, struct scan_job *job, size_t *root)
{
	enum scan_work work = SCAN_WORK_NONE;

	pthread_mutex_lock(&queue->lock);
	queue->waiting++;
	update(queue);
	for (;;) {
		if (queue->jobs) {
			*job = queue->job[--queue->jobs];
			work = SCAN_WORK_JOB;
			break;
		}
		if (queue->next_root < queue->roots) {
			*root = queue->next_root++;
			work = SCAN_WORK_ROOT;
			break;
		}
		/* All of them wait, and there is nothing. */
		if (queue->over || queue->waiting == queue->threads) {
			queue->over = true;
			pthread_cond_broadcast(&queue->work);
			pthread_cond_broadcast(&queue->done);
			break;
		}
		pthread_cond_wait(&queue->work, &queue->lock);
	}
	/* Who leaves for good goes on counting as one that waits: the last one finds all. */
	if (work != SCAN_WORK_NONE)
		queue->waiting--;
	update(queue);
	pthread_mutex_unlock(&queue->lock);
	return work;
}

void scan_queue_end(struct scan_queue *queue, unsigned int missing)
{
	pthread_mutex_lock(&queue->lock);
	queue->next_root = queue->roots;
	queue->threads -= missing;
	queue->over = queue->over || queue->waiting == queue->threads;
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
}

bool scan_queue_wait(struct scan_queue *queue, unsigned int ms)
{
	struct timespec until;
	bool over;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)ms * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&queue->lock);
	while (!queue->over &&
	       pthread_cond_timedwait(&queue->done, &queue->lock, &until) != ETIMEDOUT)
		;
	over = queue->over;
	pthread_mutex_unlock(&queue->lock);
	return over;
}
