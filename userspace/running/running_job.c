// SPDX-License-Identifier: GPL-2.0-or-later
#include "running_job.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* What may wait to be had; each has two descriptors. The search waits then. */
#define QUEUE_MAX 64

struct running_job {
	atomic_uint refs; /* of who began it, and of the thread */
	struct running_rules *rules;
	struct running_skip *skip;
	struct running_options options;
	struct running_progress progress;
	int event_fd;
	pthread_mutex_t lock;
	pthread_cond_t room; /* in the queue, or given up */
	struct running_found *queue[QUEUE_MAX];
	size_t first, n;
	bool over;
	int err;
	struct running_counts counts;
};

static void job_unref(struct running_job *job)
{
	if (atomic_fetch_sub(&job->refs, 1) != 1)
		return;
	while (job->n--)
		running_found_free(job->queue[job->first++ % QUEUE_MAX]);
	running_rules_unref(job->rules);
	pthread_cond_destroy(&job->room);
	pthread_mutex_destroy(&job->lock);
	if (job->event_fd >= 0)
		close(job->event_fd);
	free(job->skip);
	free(job);
}

static void ring(const struct running_job *job)
{
	const uint64_t one = 1;

	/* An eventfd takes 8 bytes, unless it counts to 2^64. */
	if (write(job->event_fd, &one, sizeof(one)) != sizeof(one))
		abort();
}

static bool is_given_up(struct running_job *job)
{
	return atomic_load(&job->progress.cancel);
}

static int push(void *ctx, struct running_found *found)
{
	struct running_job *job = ctx;
	bool taken = false;

	pthread_mutex_lock(&job->lock);
	while (job->n == QUEUE_MAX && !is_given_up(job))
		pthread_cond_wait(&job->room, &job->lock);
	if (!is_given_up(job)) {
		job->queue[(job->first + job->n++) % QUEUE_MAX] = found;
		taken = true;
	}
	pthread_mutex_unlock(&job->lock);
	if (!taken) {
		running_found_free(found);
		return -ECANCELED;
	}
	ring(job);
	return 0;
}

static void *search(void *data)
{
	struct running_job *job = data;
	struct running_counts counts = { 0 };
	int err = running_find(job->rules, &job->options, push, job, &counts);

	pthread_mutex_lock(&job->lock);
	job->err = err;
	job->counts = counts;
	job->over = true;
	pthread_mutex_unlock(&job->lock);
	ring(job);
	job_unref(job);
	return NULL;
}

/* Signals are another thread's. */
static int start_thread(struct running_job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int err;

	if (pthread_attr_init(&attr))
		return -ENOMEM;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	atomic_fetch_add(&job->refs, 1);
	err = pthread_create(&thread, &attr, search, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (err)
		atomic_fetch_sub(&job->refs, 1);
	return -err;
}

int running_job_new(struct running_rules *rules, const struct running_skip *skip, size_t n_skip,
		    struct running_job **ret)
{
	struct running_job *job = calloc(1, sizeof(*job));
	int err = 0;

	if (!job)
		return -ENOMEM;
	atomic_init(&job->refs, 1);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->room, NULL);
	job->rules = running_rules_ref(rules);
	job->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->event_fd < 0)
		err = -errno;
	job->skip = calloc(n_skip + 1, sizeof(*skip));
	if (!job->skip)
		err = -ENOMEM;
	else if (n_skip)
		memcpy(job->skip, skip, n_skip * sizeof(*skip));
	job->options = (struct running_options){ .progress = &job->progress,
						 .skip = job->skip,
						 .n_skip = n_skip };
	if (!err)
		err = start_thread(job);
	if (err)
		job_unref(job);
	else
		*ret = job;
	return err;
}

static void cancel(struct running_job *job)
{
	pthread_mutex_lock(&job->lock);
	atomic_store(&job->progress.cancel, true);
	pthread_cond_signal(&job->room);
	pthread_mutex_unlock(&job->lock);
}

void running_job_give_up(struct running_job *job)
{
	if (!job)
		return;
	cancel(job);
	job_unref(job);
}

int running_job_fd(const struct running_job *job)
{
	return job->event_fd;
}

struct running_found *running_job_next(struct running_job *job)
{
	struct running_found *found = NULL;
	uint64_t times;

	/* Before the queue is looked at: what comes later rings again. */
	if (read(job->event_fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
		abort();
	pthread_mutex_lock(&job->lock);
	if (job->n) {
		found = job->queue[job->first];
		job->first = (job->first + 1) % QUEUE_MAX;
		job->n--;
		pthread_cond_signal(&job->room);
	}
	pthread_mutex_unlock(&job->lock);
	return found;
}

bool running_job_over(struct running_job *job, int *err, struct running_counts *counts)
{
	bool over;

	pthread_mutex_lock(&job->lock);
	over = job->over && !job->n;
	if (over) {
		*err = job->err;
		*counts = job->counts;
	}
	pthread_mutex_unlock(&job->lock);
	return over;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool running_job_hangs(const struct running_job *job, int64_t ms, struct running_skip *who)
{
	int64_t since = atomic_load(&job->progress.since);

	if (!since || now_ms() - since < ms)
		return false;
	*who = (struct running_skip){ .pid = atomic_load(&job->progress.pid),
				      .start = atomic_load(&job->progress.start),
				      .exe = atomic_load(&job->progress.exe) };
	return true;
}

void running_job_end(struct running_job *job, int64_t ms)
{
	const struct timespec poll = { .tv_nsec = 5000000 };
	int64_t end = now_ms() + ms;

	if (!job)
		return;
	cancel(job);
	while (atomic_load(&job->refs) > 1 && now_ms() < end)
		nanosleep(&poll, NULL);
	job_unref(job);
}
