/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A search in a thread of its own: to identify a file may take long, and what /proc says of a
 * process waits for a lock of that process. Whoever began it can give it up at any time, also where
 * it hangs: the thread then ends by itself, when it can.
 */
#ifndef INTERDICT_RUNNING_JOB_H
#define INTERDICT_RUNNING_JOB_H

#include "running.h"

struct running_job;

/* Begin to search by @rules; of @skip, @n_skip of them are copied. Returns 0 and sets *@ret
 * (running_job_give_up()), or -errno. */
int running_job_new(struct running_rules *rules, const struct running_skip *skip, size_t n_skip,
		    struct running_job **ret);
/* What it found since is lost. @job may be NULL. */
void running_job_give_up(struct running_job *job);

/* Readable while there is something to be had. The job's. */
int running_job_fd(const struct running_job *job);

/* The next that was found, which is the caller's then, or NULL. Never waits. */
struct running_found *running_job_next(struct running_job *job);

/* Whether it is over and everything that it found was had: then *@err is what running_find()
 * returned, and *@counts is filled. */
bool running_job_over(struct running_job *job, int *err, struct running_counts *counts);

/* Whether one step has taken @ms or more; then *@who is of whom. */
bool running_job_hangs(const struct running_job *job, int64_t ms, struct running_skip *who);

/* Wait until the thread has ended, up to @ms. Gives it up. */
void running_job_end(struct running_job *job, int64_t ms);

#endif
