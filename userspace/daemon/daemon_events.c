// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon reports: the events of the ring, its own, the journal, systemd. */
#include "daemon.h"

#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "commands.h"
#include "escape.h"

/* Events taken before others have their turn: a few milliseconds. */
#define DRAIN_MAX    256
#define RETRY_MIN_US 100000ULL
#define RETRY_MAX_US 5000000ULL

void daemon_log(int level, const char *fmt, ...)
{
	char text[2048], *safe;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	safe = escape_name(text, strlen(text), ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", level, safe ? safe : "out of memory");
	else
		fprintf(stderr, "interdict daemon: %s\n", safe ? safe : "out of memory");
	free(safe);
}

static int make_parents(const char *path)
{
	char *copy = strdup(path), *at;
	int err = copy ? 0 : -ENOMEM;

	for (at = copy ? strchr(copy + 1, '/') : NULL; at && !err; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (mkdir(copy, 0750) < 0 && errno != EEXIST)
			err = -errno;
		*at = '/';
	}
	free(copy);
	return err;
}

/* The record cannot be written: leave the events in the ring and try again, ever more rarely. */
static void record_failed(struct daemon *d, int err)
{
	if (d->record_err != err)
		daemon_log(LOG_ERR,
			   "the record %s cannot be written: %s; events wait in the kernel's ring "
			   "buffer, and those that do not fit are lost and counted",
			   d->config.log_file, strerror(-err));
	d->record_err = err;
	d->retry_us = d->retry_us ? d->retry_us * 2 : RETRY_MIN_US;
	if (d->retry_us > RETRY_MAX_US)
		d->retry_us = RETRY_MAX_US;
	if (d->ring_source)
		sd_event_source_set_enabled(d->ring_source, SD_EVENT_OFF);
	sd_event_source_set_time_relative(d->retry, d->retry_us);
	sd_event_source_set_enabled(d->retry, SD_EVENT_ONESHOT);
}

static void record_works(struct daemon *d)
{
	if (d->record_err)
		daemon_log(LOG_NOTICE, "the record %s can be written again", d->config.log_file);
	d->record_err = 0;
	d->retry_us = 0;
	sd_event_source_set_enabled(d->retry, SD_EVENT_OFF);
	if (d->ring_source)
		sd_event_source_set_enabled(d->ring_source, SD_EVENT_ON);
}

void daemon_recorded(void *ctx, const json_t *event, const char *line, size_t len)
{
	struct daemon *d = ctx;

	(void)event;
	d->record_dirty = true;
	if (d->server)
		server_broadcast(d->server, line, len);
}

/* What is no record of ours goes aside, where it can be looked at. */
static int open_aside(struct daemon *d, struct record_found *found)
{
	char *aside;
	int err;

	if (asprintf(&aside, "%s.damaged-%lld", d->config.log_file, (long long)time(NULL)) < 0)
		return -ENOMEM;
	err = rename(d->config.log_file, aside) < 0 ? -errno : 0;
	if (!err) {
		daemon_log(LOG_ERR, "%s is no record: moved to %s", d->config.log_file, aside);
		err = record_open(d->config.log_file, &d->record, found);
	}
	free(aside);
	return err;
}

static void say_damage(struct daemon *d, uint64_t lines)
{
	json_t *event = event_begin(&d->origin, "tamper");

	if (event)
		json_object_set_new(event, "reason",
				    json_sprintf("%llu lines at the end of the record are none",
						 (unsigned long long)lines));
	json_array_append_new(d->pending, event);
}

/* Open the record and find where the last daemon stopped. */
static int open_record(struct daemon *d)
{
	struct record_found found;
	int err = make_parents(d->config.log_file);

	if (err)
		return err;
	err = record_open(d->config.log_file, &d->record, &found);
	if (err == -EFBIG)
		err = open_aside(d, &found);
	if (err)
		return err;
	if (found.torn)
		daemon_log(LOG_NOTICE, "the record ended in %llu bytes of half a line: cut off",
			   (unsigned long long)found.torn);
	if (found.damaged)
		say_damage(d, found.damaged);
	d->consume.record = d->record;
	return 0;
}

/* Returns 0 or the error of the record. */
static int write_own(struct daemon *d, json_t *event)
{
	const char *line;
	size_t len;
	int err;

	json_object_del(event, "lost");
	json_object_del(event, "prev");
	if (json_object_set_new(
		    event, "lost",
		    json_integer(d->engine ? (json_int_t)engine_state(d->engine)->counters.lost :
					     0)) < 0)
		return -ENOMEM;
	err = record_append(d->record, event, &line, &len);
	if (!err)
		daemon_recorded(d, event, line, len);
	return err;
}

static int flush_pending(struct daemon *d)
{
	while (json_array_size(d->pending)) {
		int err = write_own(d, json_array_get(d->pending, 0));

		if (err)
			return err;
		json_array_remove(d->pending, 0);
	}
	return 0;
}

/* Own events and the ring's, in that order: a start stands before the events behind it. */
static int take_events(struct daemon *d)
{
	int n, err;

	if (!d->record) {
		err = open_record(d);
		if (!err && d->engine)
			err = event_consume_begin(&d->consume);
		if (err) {
			record_close(d->record);
			d->record = d->consume.record = NULL;
			return err;
		}
	}
	err = flush_pending(d);
	if (err || !d->engine)
		return err;
	n = event_consume_some(&d->consume, DRAIN_MAX);
	return n < 0 ? n : 0;
}

void daemon_drain(struct daemon *d)
{
	int err = take_events(d);

	if (err)
		record_failed(d, err);
	else if (d->record_err)
		record_works(d);
}

void daemon_emit(struct daemon *d, json_t *event)
{
	if (!event || json_array_size(d->pending) >= DAEMON_PENDING_MAX ||
	    json_array_append(d->pending, event) < 0)
		d->pending_dropped++;
	json_decref(event);
	if (d->record && !d->record_err) {
		int err = flush_pending(d);

		if (err)
			record_failed(d, err);
	}
}

void daemon_emit_start(struct daemon *d, bool resumed)
{
	json_t *event = event_begin(&d->origin, "start");
	struct engine_status status;

	engine_status(d->engine, &status);
	if (event) {
		json_object_set_new(event, "version", json_string(INTERDICT_VERSION));
		json_object_set_new(event, "instance", json_integer(d->instance));
		json_object_set_new(event, "resumed", json_boolean(resumed));
		json_object_set_new(event, "mode",
				    status.policy.generation ?
					    json_string(policy_mode_name(status.mode)) :
					    json_null());
		json_object_set_new(event, "provider", json_string(status.provider));
		json_object_set_new(event, "policy",
				    status.policy.generation ?
					    event_policy_json(status.policy.name,
							      status.policy.serial,
							      status.policy.digest) :
					    json_null());
	}
	daemon_emit(d, event);
}

static json_t *policy_event(struct daemon *d, const char *action, const struct policy *policy,
			    const char *order, const char *reason)
{
	json_t *event = event_begin(&d->origin, "policy");

	if (event) {
		json_object_set_new(event, "action", json_string(action));
		json_object_set_new(event, "order", order ? json_string(order) : json_null());
		json_object_set_new(event, "reason", reason ? json_string(reason) : json_null());
		json_object_set_new(event, "generation",
				    json_integer((json_int_t)d->switched.generation));
		if (policy)
			json_object_set_new(
				event, "policy",
				event_policy_json(policy->name, policy->serial, policy->digest));
		else
			json_object_set_new(event, "policy", json_null());
	}
	return event;
}

void daemon_emit_policy(struct daemon *d, const char *action, const struct policy *policy,
			const char *order, const char *reason)
{
	daemon_emit(d, policy_event(d, action, policy, order, reason));
}

void daemon_emit_loaded(struct daemon *d, bool allow_critical, const char *reason)
{
	json_t *event = policy_event(d, "loaded", d->policy, NULL, reason);

	if (event && allow_critical)
		json_object_set_new(event, "allow_critical", json_true());
	daemon_emit(d, event);
}

void daemon_check_degraded(struct daemon *d)
{
	struct engine_status status;
	json_t *event, *reasons;
	char now[sizeof(d->degraded)] = "";
	size_t used = 0;

	if (!d->engine)
		return;
	engine_status(d->engine, &status);
	for (size_t i = 0; i < status.n_degraded && used < sizeof(now); i++)
		used += (size_t)snprintf(now + used, sizeof(now) - used, "%s\n",
					 status.degraded[i].text);
	if (strcmp(now, d->degraded) == 0)
		return;
	memcpy(d->degraded, now, sizeof(now));
	event = event_begin(&d->origin, "degraded");
	reasons = json_array();
	for (size_t i = 0; i < status.n_degraded; i++) {
		daemon_log(LOG_WARNING, "degraded: %s. %s", status.degraded[i].text,
			   status.degraded[i].remedy);
		json_array_append_new(reasons,
				      json_pack("{s:s, s:s}", "why", status.degraded[i].text, "do",
						status.degraded[i].remedy));
	}
	if (!status.n_degraded)
		daemon_log(LOG_NOTICE, "no longer degraded");
	if (event)
		json_object_set_new(event, "reasons", reasons);
	else
		json_decref(reasons);
	daemon_emit(d, event);
}

void daemon_notify(struct daemon *d)
{
	struct engine_status status = { 0 };
	char text[512];

	if (d->engine)
		engine_status(d->engine, &status);
	if (!status.policy.generation)
		snprintf(text, sizeof(text), "NOT ENFORCING: no policy%s%.200s",
			 *d->last_error ? ": " : "", d->last_error);
	else
		snprintf(text, sizeof(text),
			 "%s%s: policy %s serial %llu, generation %llu, %llu denied%s",
			 status.enforcing ? "" : "NOT ENFORCING, ", policy_mode_name(status.mode),
			 status.policy.name, (unsigned long long)status.policy.serial,
			 (unsigned long long)status.policy.generation,
			 (unsigned long long)status.counters.denied,
			 status.n_degraded ? ", DEGRADED" : "");
	sd_notifyf(0, "%sSTATUS=%s", d->ready ? "READY=1\n" : "", text);
}
