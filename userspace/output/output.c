// SPDX-License-Identifier: GPL-2.0-or-later
/* The queue and the thread of an output. */
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct output_line {
	atomic_uint refs;
	size_t len;
	char text[];
};

struct output {
	struct output_config config;
	const struct output_ops *ops;
	pthread_t thread;
	int stop_fd; /* readable when the thread has to end */

	pthread_mutex_t lock; /* of what follows; never held while anything is waited for */
	pthread_cond_t changed;
	struct output_line *queue[OUTPUT_QUEUE_EVENTS]; /* a ring; the first may be in work */
	size_t first, n, bytes;
	uint64_t sent, dropped;
	bool failing;
	char error[OUTPUT_WHY_MAX];
	bool reopen; /* before the next event */
	bool stopping;
	int64_t deadline; /* when stopping: of what is queued */
	bool ended;	  /* the thread is through */
	bool abandoned;	  /* nobody else has it any more: it frees itself */
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct timespec timespec_of(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
}

int64_t output_deadline(void)
{
	return now_ms() + OUTPUT_PATIENCE_MS;
}

int output_wait(struct output *output, int fd, short events, int64_t deadline)
{
	struct pollfd fds[] = { { .fd = fd, .events = events },
				{ .fd = output->stop_fd, .events = POLLIN } };

	for (;;) {
		int64_t left = deadline - now_ms();
		int n = poll(fds, 2, left > 0 ? (int)left : 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && fds[1].revents)
			return -ECANCELED;
		if (n > 0)
			return 0;
		if (left <= 0)
			return -ETIMEDOUT;
	}
}

/* ---- lines ---- */

struct output_line *output_line_new(const char *text, size_t len)
{
	struct output_line *line = malloc(sizeof(*line) + len + 1);

	if (!line)
		return NULL;
	atomic_init(&line->refs, 1);
	line->len = len;
	memcpy(line->text, text, len);
	line->text[len] = '\0';
	return line;
}

void output_line_unref(struct output_line *line)
{
	if (line && atomic_fetch_sub(&line->refs, 1) == 1)
		free(line);
}

void output_push(struct output *output, struct output_line *line)
{
	pthread_mutex_lock(&output->lock);
	if (!line || output->stopping || output->n == OUTPUT_QUEUE_EVENTS ||
	    output->bytes + line->len > OUTPUT_QUEUE_BYTES) {
		output->dropped++;
	} else {
		atomic_fetch_add(&line->refs, 1);
		output->queue[(output->first + output->n++) % OUTPUT_QUEUE_EVENTS] = line;
		output->bytes += line->len;
		pthread_cond_signal(&output->changed);
	}
	pthread_mutex_unlock(&output->lock);
}

/* ---- the thread ---- */

/* The first of the queue, which stays there; NULL: the thread has to end. @reopen: output_reopen()
 * was called. */
static struct output_line *wait_for_line(struct output *output, bool *reopen)
{
	struct output_line *line = NULL;

	pthread_mutex_lock(&output->lock);
	while (!output->n && !output->stopping)
		pthread_cond_wait(&output->changed, &output->lock);
	if (output->n && !(output->stopping && now_ms() >= output->deadline))
		line = output->queue[output->first];
	*reopen = output->reopen;
	output->reopen = false;
	pthread_mutex_unlock(&output->lock);
	return line;
}

/* The first of the queue is done with. */
static void take_line(struct output *output, bool sent, const char *why)
{
	struct output_line *line;

	pthread_mutex_lock(&output->lock);
	line = output->queue[output->first];
	output->first = (output->first + 1) % OUTPUT_QUEUE_EVENTS;
	output->n--;
	output->bytes -= line->len;
	if (sent) {
		output->sent++;
		output->failing = false;
	} else {
		output->dropped++;
		snprintf(output->error, sizeof(output->error), "%s", why);
	}
	pthread_mutex_unlock(&output->lock);
	output_line_unref(line);
}

static void set_failing(struct output *output, const char *why)
{
	pthread_mutex_lock(&output->lock);
	output->failing = true;
	snprintf(output->error, sizeof(output->error), "%s", why);
	pthread_mutex_unlock(&output->lock);
}

/* Returns false when the output has to end. */
static bool pause_for(struct output *output, unsigned int ms)
{
	int64_t until = now_ms() + ms;
	bool go_on;

	pthread_mutex_lock(&output->lock);
	while (now_ms() < until) {
		struct timespec ts;

		if (output->stopping && output->deadline < until)
			until = output->deadline;
		ts = timespec_of(until);
		pthread_cond_timedwait(&output->changed, &output->lock, &ts);
	}
	go_on = !output->stopping || now_ms() < output->deadline;
	pthread_mutex_unlock(&output->lock);
	return go_on;
}

static int send_line(struct output *output, void *state, const struct output_line *line,
		     char why[OUTPUT_WHY_MAX])
{
	json_t *event = json_loadb(line->text, line->len, 0, NULL);
	int err;

	if (!event) {
		snprintf(why, OUTPUT_WHY_MAX, "a line is no JSON, or there is no memory");
		return -EBADMSG;
	}
	err = output->ops->send(state, event, line->text, line->len, why);
	json_decref(event);
	return err;
}

static void serve(struct output *output)
{
	unsigned int pause = OUTPUT_RETRY_MIN_MS;
	const struct output_line *line;
	bool is_open = false, reopen;
	void *state = NULL;

	while ((line = wait_for_line(output, &reopen))) {
		char why[OUTPUT_WHY_MAX] = "";
		int err;

		if (is_open && reopen) {
			output->ops->close(state);
			is_open = false;
		}
		err = is_open ? 0 : output->ops->open(output, &state, why);
		is_open = !err;
		if (!err)
			err = send_line(output, state, line, why);
		if (!err || err == -EMSGSIZE || err == -EBADMSG) {
			take_line(output, !err, why);
			pause = OUTPUT_RETRY_MIN_MS;
			continue;
		}
		if (is_open)
			output->ops->close(state);
		is_open = false;
		if (err == -ECANCELED)
			break;
		set_failing(output, *why ? why : strerror(-err));
		if (!pause_for(output, pause))
			break;
		pause = pause * 2 < OUTPUT_RETRY_MAX_MS ? pause * 2 : OUTPUT_RETRY_MAX_MS;
	}
	if (is_open)
		output->ops->close(state);
}

static void destroy(struct output *output)
{
	for (size_t i = 0; i < output->n; i++)
		output_line_unref(output->queue[(output->first + i) % OUTPUT_QUEUE_EVENTS]);
	pthread_mutex_destroy(&output->lock);
	pthread_cond_destroy(&output->changed);
	close(output->stop_fd);
	output_config_clear(&output->config);
	free(output);
}

static void *run(void *data)
{
	struct output *output = data;
	bool abandoned;

	serve(output);
	pthread_mutex_lock(&output->lock);
	output->ended = true;
	abandoned = output->abandoned;
	pthread_cond_broadcast(&output->changed);
	pthread_mutex_unlock(&output->lock);
	if (abandoned)
		destroy(output);
	return NULL;
}

/* ---- begin and end ---- */

/* No signal is the thread's: the daemon takes them from the loop, and a peer that hangs up is an
 * error of write. */
static int start_thread(struct output *output)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&output->thread, NULL, run, output);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

int output_new_with(const struct output_config *config, const struct output_ops *ops,
		    struct output **ret)
{
	struct output *output = calloc(1, sizeof(*output));
	pthread_condattr_t attr;
	int err;

	if (!output)
		return -ENOMEM;
	output->ops = ops;
	output->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&output->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&output->changed, &attr);
	pthread_condattr_destroy(&attr);
	err = output->stop_fd < 0 ? -errno : output_config_copy(&output->config, config);
	if (!err)
		err = start_thread(output);
	if (err)
		destroy(output);
	else
		*ret = output;
	return err;
}

int output_new(const struct output_config *config, struct output **ret)
{
	static const struct output_ops *const ops[] = {
		[OUTPUT_JOURNALD] = &output_journald_ops,
		[OUTPUT_AUDIT] = &output_audit_ops,
		[OUTPUT_SYSLOG] = &output_syslog_ops,
		[OUTPUT_FILE] = &output_file_ops,
	};
	_Static_assert(sizeof(ops) / sizeof(*ops) == OUTPUT_TYPE_COUNT, "operations each");

	return output_new_with(config, ops[config->type], ret);
}

void output_reopen(struct output *output)
{
	pthread_mutex_lock(&output->lock);
	output->reopen = true;
	pthread_mutex_unlock(&output->lock);
}

void output_get_stats(struct output *output, struct output_stats *stats)
{
	pthread_mutex_lock(&output->lock);
	*stats = (struct output_stats){
		.queued = output->n,
		.sent = output->sent,
		.dropped = output->dropped,
		.failing = output->failing,
	};
	memcpy(stats->error, output->error, sizeof(stats->error));
	pthread_mutex_unlock(&output->lock);
}

const struct output_config *output_config(const struct output *output)
{
	return &output->config;
}

void output_stop(struct output *output)
{
	pthread_mutex_lock(&output->lock);
	if (!output->stopping)
		output->deadline = now_ms() + OUTPUT_DRAIN_MS;
	output->stopping = true;
	pthread_cond_broadcast(&output->changed);
	pthread_mutex_unlock(&output->lock);
}

/* With the lock: until the thread is through, or @until. */
static void wait_for_end(struct output *output, int64_t until)
{
	struct timespec ts = timespec_of(until);

	while (!output->ended &&
	       pthread_cond_timedwait(&output->changed, &output->lock, &ts) != ETIMEDOUT)
		;
}

uint64_t output_free(struct output *output, bool wait)
{
	uint64_t left;
	bool ended;

	if (!output)
		return 0;
	output_stop(output);
	pthread_mutex_lock(&output->lock);
	if (wait) {
		wait_for_end(output, output->deadline);
		if (!output->ended)
			eventfd_write(output->stop_fd, 1);
		wait_for_end(output, output->deadline + OUTPUT_END_MS);
	}
	ended = output->ended;
	left = output->n;
	output->abandoned = !ended;
	if (!ended)
		pthread_detach(output->thread);
	pthread_mutex_unlock(&output->lock);
	if (ended) {
		pthread_join(output->thread, NULL);
		destroy(output);
	}
	return left;
}
