// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What runs when a generation begins: found, reported, ended where its order says so. In which
 * order, and why nothing slips through: running/running_end.h.
 */
#include "daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "running/running_end.h"
#include "running/running_event.h"
#include "running/running_job.h"

/* Searches in a row that had nothing new, after which all was found. */
#define QUIET_ENOUGH 2
/* Between searches while decisions of older generations go on: doubled until it is this. */
#define WAIT_MS_MAX 60000
/* A step of a search that takes longer hangs: to read a very large file takes less. */
#define HANGS_MS 120000
/* Searches that were given up, each with a thread that hangs; and whom they hang at. */
#define GIVEN_UP_MAX 16
/* What the end of the daemon waits for a search. */
#define END_MS 2000

struct daemon_running {
	struct daemon *daemon;
	struct running_end *end;
	struct running_rules *rules; /* NULL: nothing is in force */
	struct running_job *job;     /* NULL: no search is under way */
	sd_event_source *job_source, *timer;
	int64_t due; /* of the next search, ms of CLOCK_BOOTTIME; INT64_MAX: none */
	/* since the last switch */
	unsigned int quiet;   /* searches in a row that had nothing new */
	unsigned int waiting; /* and such that decisions were waited for */
	size_t found_before;
	struct running_skip skip[GIVEN_UP_MAX];
	size_t n_skip;
	/* of the last search */
	int64_t begun, searched; /* ms of CLOCK_BOOTTIME, seconds since 1970 */
	int64_t took;		 /* ms */
	struct running_counts counts;
	int err;
	const char *why; /* no search is made */
};

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static size_t told(const struct daemon_running *r)
{
	struct running_end_counts counts;
	size_t n = 0;

	running_end_count(r->end, &counts);
	for (int outcome = 0; outcome < RUNNING_OUTCOME_COUNT; outcome++)
		n += counts.outcomes[outcome];
	return n;
}

/* ---- what becomes of a process ---- */

static int send_signal(void *ctx, const struct running_found *found, int signal)
{
	(void)ctx;
	return running_signal(found, signal);
}

static void tell(void *ctx, const struct running_found *found, enum running_outcome outcome,
		 uint32_t left, const char *why)
{
	struct daemon_running *r = ctx;

	daemon_emit(r->daemon, running_event(&r->daemon->origin, found, outcome, left, why));
}

/* ---- searches ---- */

static void stop_search(struct daemon_running *r)
{
	r->job_source = sd_event_source_disable_unref(r->job_source);
	running_job_give_up(r->job);
	r->job = NULL;
}

/* Search at @at, or earlier if that was asked for. */
static void search_at(struct daemon_running *r, int64_t at)
{
	int64_t now = now_ms();
	uint64_t us;

	if (at >= r->due)
		return;
	r->due = at;
	us = at > now ? (uint64_t)(at - now) * 1000 : 0;
	/* Where that fails, or the device sleeps, the daemon's tick does it. */
	if (sd_event_source_set_time_relative(r->timer, us) >= 0)
		sd_event_source_set_enabled(r->timer, SD_EVENT_ONESHOT);
}

static void search_over(struct daemon_running *r)
{
	struct daemon *d = r->daemon;
	int64_t now = now_ms(), wait = RUNNING_SETTLE_MS;
	bool decisions;

	r->due = INT64_MAX;
	r->took = now - r->begun;
	if (r->err) {
		daemon_log(LOG_ERR, "banned processes are looked for again: %s", strerror(-r->err));
		search_at(r, now + WAIT_MS_MAX / 10);
		return;
	}
	r->searched = (int64_t)time(NULL);
	running_end_searched(r->end, now);
	decisions = r->counts.entering || (d->engine && engine_older_inflight(d->engine));
	r->quiet = decisions || told(r) != r->found_before ? 0 : r->quiet + 1;
	r->waiting = decisions ? r->waiting + 1 : 0;
	for (unsigned int i = 0; i < r->waiting && wait < WAIT_MS_MAX; i++)
		wait *= 2;
	if (r->quiet < QUIET_ENOUGH)
		search_at(r, now + wait);
	search_at(r, running_end_due(r->end, now));
}

static int on_found(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon_running *r = data;
	struct running_found *found;

	(void)source;
	(void)fd;
	(void)revents;
	while ((found = running_job_next(r->job)))
		running_end_found(r->end, found, now_ms());
	if (running_job_over(r->job, &r->err, &r->counts)) {
		stop_search(r);
		search_over(r);
	}
	return 0;
}

static void search(struct daemon_running *r)
{
	int err;

	r->due = INT64_MAX;
	if (r->job || !r->rules || r->why)
		return;
	r->begun = now_ms();
	r->found_before = told(r);
	running_end_begin(r->end);
	err = running_job_new(r->rules, r->skip, r->n_skip, &r->job);
	if (!err)
		err = sd_event_add_io(r->daemon->loop, &r->job_source, running_job_fd(r->job),
				      EPOLLIN, on_found, r);
	if (err >= 0)
		return;
	stop_search(r);
	r->err = err;
	daemon_log(LOG_ERR, "banned processes cannot be looked for: %s; trying again",
		   strerror(-err));
	search_at(r, now_ms() + WAIT_MS_MAX / 10);
}

static int on_due(sd_event_source *source, uint64_t now, void *data)
{
	struct daemon_running *r = data;

	(void)source;
	(void)now;
	if (!r->job)
		search(r);
	return 0;
}

/* A search hangs at a process: others must not wait for it. */
static void look_at_search(struct daemon_running *r)
{
	struct running_skip who;

	if (!r->job || !running_job_hangs(r->job, HANGS_MS, &who))
		return;
	daemon_log(LOG_WARNING,
		   "process %d cannot be looked at: its memory is locked, or a file that it has "
		   "mapped cannot be read; the others are looked at without it",
		   (int)who.pid);
	stop_search(r);
	r->skip[r->n_skip++] = who;
	if (r->n_skip == GIVEN_UP_MAX) {
		r->why = "too many searches hang: the daemon has to be restarted";
		daemon_log(LOG_ERR, "banned processes are not looked for any more: %s", r->why);
	}
	search(r);
}

/* ---- the daemon's calls ---- */

int daemon_running_init(struct daemon *d)
{
	struct daemon_running *r = calloc(1, sizeof(*r));
	const struct running_end_calls calls = { .signal = send_signal, .tell = tell, .ctx = r };
	int err;

	if (!r)
		return -ENOMEM;
	d->found_running = r;
	r->daemon = d;
	r->due = INT64_MAX;
	r->end = running_end_new(&calls);
	if (!r->end)
		return -ENOMEM;
	err = sd_event_add_time_relative(d->loop, &r->timer, CLOCK_MONOTONIC, 0, 1000, on_due, r);
	if (err >= 0)
		err = sd_event_source_set_enabled(r->timer, SD_EVENT_OFF);
	return err < 0 ? err : 0;
}

void daemon_running_fini(struct daemon *d)
{
	struct daemon_running *r = d->found_running;

	if (!r)
		return;
	sd_event_source_disable_unref(r->job_source);
	sd_event_source_disable_unref(r->timer);
	running_job_end(r->job, END_MS);
	running_end_free(r->end);
	running_rules_unref(r->rules);
	free(r);
	d->found_running = NULL;
}

static void set_rules(struct daemon_running *r, struct running_rules *rules)
{
	stop_search(r);
	running_rules_unref(r->rules);
	r->rules = rules;
	running_end_rules(r->end, rules);
}

void daemon_running_switched(struct daemon *d)
{
	struct daemon_running *r = d->found_running;
	struct running_rules *rules = NULL;
	struct engine_error why = { .text = "out of memory" };
	struct compile_image image;
	int err = engine_image(d->engine, &image, &why);

	if (!err)
		err = running_rules_new(&image, engine_image_free, d->policy, &d->judged, &rules);
	if (err) {
		daemon_log(LOG_ERR, "banned processes are not looked for: %s", why.text);
		r->err = err;
		return;
	}
	set_rules(r, rules);
	r->quiet = r->waiting = 0;
	search(r);
}

void daemon_running_off(struct daemon *d)
{
	set_rules(d->found_running, NULL);
	d->found_running->due = INT64_MAX;
}

void daemon_running_look(struct daemon *d)
{
	struct daemon_running *r = d->found_running;
	int64_t now = now_ms();

	look_at_search(r);
	if (!r->rules || r->job)
		return;
	search_at(r, running_end_due(r->end, now));
	if (r->due <= now)
		search(r);
}

json_t *daemon_running_json(const struct daemon *d)
{
	const struct daemon_running *r = d->found_running;
	const struct running_counts *c = &r->counts;
	const char *why = r->why ? r->why : r->err ? strerror(-r->err) : NULL;
	struct running_end_counts counts;
	char time[21];
	json_t *json;

	running_end_count(r->end, &counts);
	policy_format_time(r->searched, time);
	json = json_pack("{s:s?, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:s?}", "searched",
			 r->searched ? time : NULL, "took_ms", (json_int_t)r->took, "settled",
			 r->rules && r->quiet >= QUIET_ENOUGH, "processes",
			 (json_int_t)c->processes, "files", (json_int_t)c->files, "unidentified",
			 (json_int_t)c->unidentified, "unread", (json_int_t)c->unread, "going_on",
			 (json_int_t)counts.reported, "waiting", (json_int_t)counts.waiting,
			 "error", why);
	for (int outcome = 0; json && outcome < RUNNING_OUTCOME_COUNT; outcome++)
		json_object_set_new(json, running_outcome_name((enum running_outcome)outcome),
				    json_integer((json_int_t)counts.outcomes[outcome]));
	return json;
}
