// SPDX-License-Identifier: GPL-2.0-or-later
/* What the daemon reports: the events of the ring, its own, the journal, systemd. */
#include "daemon.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "commands.h"
#include "escape.h"

#define DEGRADED_MAX (ENGINE_DEGRADED_MAX + DAEMON_DEGRADED_MAX)
/* Events taken before others have their turn: a few milliseconds, and DAEMON_TURN_NS where each
 * takes long. */
#define DRAIN_MAX 256

/* Whether standard error is the journal's, which takes a level in front (systemd.exec(5),
 * $JOURNAL_STREAM): the variable alone is handed down to whatever a service starts. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev && st.st_ino == ino;
}

void daemon_log(int level, const char *fmt, ...)
{
	char text[2048], *safe;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	safe = escape_text(text);
	if (is_journal())
		fprintf(stderr, "<%d>%s\n", level, safe ? safe : "out of memory");
	else
		fprintf(stderr, "interdict daemon: %s\n", safe ? safe : "out of memory");
	free(safe);
}

void daemon_recorded(void *ctx, const json_t *event, const char *line, size_t len)
{
	struct daemon *d = ctx;
	const struct notify_ways ways = { d->config.notify_terminal, d->config.notify_desktop };

	metrics_count(&d->metrics, event);
	d->record_dirty = true;
	daemon_outputs_push(d, line, len);
	if (d->server)
		server_broadcast(d->server, line, len);
	if (d->notify)
		notify_event(d->notify, &ways, d->policy, event);
}

int daemon_set_lost(struct daemon *d, json_t *event)
{
	json_int_t lost = d->engine ? (json_int_t)engine_state(d->engine)->counters.lost : 0;

	json_object_del(event, "lost");
	json_object_del(event, "prev");
	return json_object_set_new(event, "lost", json_integer(lost)) < 0 ? -ENOMEM : 0;
}

/* Returns 0 or the error of the record. */
static int write_own(struct daemon *d, json_t *event)
{
	const char *line;
	size_t len;
	int err;

	err = daemon_set_lost(d, event);
	if (!err)
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
		err = daemon_record_open(d);
		if (!err && d->engine)
			err = event_consume_begin(&d->consume);
		if (err) {
			record_close(d->record);
			d->record = d->consume.record = NULL;
			return err;
		}
		d->tampered[0] = '\0';
	}
	err = flush_pending(d);
	if (err || !d->engine)
		return err;
	n = event_consume_some(&d->consume, DRAIN_MAX);
	if (n > 0)
		daemon_checkpoint_if_due(d);
	return n < 0 ? n : 0;
}

void daemon_drain(struct daemon *d)
{
	int err = take_events(d);

	if (err)
		daemon_record_failed(d, err);
	else if (d->record_err)
		daemon_record_works(d);
}

void daemon_sum_up(struct daemon *d, bool all)
{
	struct timespec now = { 0 };
	int err;

	if (!d->record || d->record_err || !d->engine)
		return;
	clock_gettime(CLOCK_BOOTTIME, &now);
	err = event_consume_sum_up(&d->consume,
				   (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec, all);
	if (err)
		daemon_record_failed(d, err);
}

void daemon_queue(struct daemon *d, json_t *event)
{
	if (!event || json_array_size(d->pending) >= DAEMON_PENDING_MAX ||
	    json_array_append(d->pending, event) < 0)
		d->pending_dropped++;
	json_decref(event);
}

void daemon_emit(struct daemon *d, json_t *event)
{
	daemon_queue(d, event);
	if (d->record && !d->record_err) {
		int err = flush_pending(d);

		if (err)
			daemon_record_failed(d, err);
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
	enum policy_mode mode = policy ? policy->mode : POLICY_MODE_OFF;

	if (d->judged.record_only && mode == POLICY_MODE_ENFORCE)
		mode = POLICY_MODE_AUDIT;
	if (event) {
		json_object_set_new(event, "action", json_string(action));
		json_object_set_new(event, "order", order ? json_string(order) : json_null());
		json_object_set_new(event, "reason", reason ? json_string(reason) : json_null());
		json_object_set_new(event, "generation",
				    json_integer((json_int_t)d->switched.generation));
		/* What a policy that was let go asked for does not hold any more. */
		json_object_set_new(event, "mode",
				    policy && strcmp(action, "unloaded") != 0 ?
					    json_string(policy_mode_name(mode)) :
					    json_null());
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

void daemon_emit_resolved(struct daemon *d, const struct package_report *report)
{
	json_t *event = policy_event(d, "resolved", d->policy, NULL, NULL);

	if (event)
		json_object_set_new(event, "packages",
				    json_pack("{s:I, s:I, s:I, s:I}", "matched",
					      (json_int_t)report->packages, "files",
					      (json_int_t)report->files, "rules",
					      (json_int_t)report->rules, "left_out",
					      (json_int_t)report->left_out));
	daemon_emit(d, event);
}

size_t daemon_degraded(const struct daemon *d, struct engine_degraded reasons[DAEMON_DEGRADED_MAX])
{
	size_t n = daemon_canary_degraded(d, reasons);

	return n + daemon_packages_degraded(d, reasons + n);
}

/* With what the engine lacks. Returns how many there are. */
static size_t collect_degraded(const struct daemon *d, struct engine_degraded reasons[DEGRADED_MAX])
{
	struct engine_status status;

	engine_status(d->engine, &status);
	memcpy(reasons, status.degraded, status.n_degraded * sizeof(*reasons));
	return status.n_degraded + daemon_degraded(d, reasons + status.n_degraded);
}

void daemon_check_degraded(struct daemon *d)
{
	struct engine_degraded degraded[DEGRADED_MAX];
	json_t *event, *reasons;
	char now[sizeof(d->degraded)] = "";
	size_t used = 0, n;

	if (!d->engine)
		return;
	n = collect_degraded(d, degraded);
	for (size_t i = 0; i < n && used < sizeof(now); i++)
		used += (size_t)snprintf(now + used, sizeof(now) - used, "%s\n", degraded[i].text);
	if (strcmp(now, d->degraded) == 0)
		return;
	memcpy(d->degraded, now, sizeof(now));
	event = event_begin(&d->origin, "degraded");
	reasons = json_array();
	for (size_t i = 0; i < n; i++) {
		daemon_log(LOG_WARNING, "degraded: %s. %s", degraded[i].text, degraded[i].remedy);
		json_array_append_new(reasons, json_pack("{s:s, s:s}", "why", degraded[i].text,
							 "do", degraded[i].remedy));
	}
	if (!n)
		daemon_log(LOG_NOTICE, "no longer degraded");
	if (event)
		json_object_set_new(event, "reasons", reasons);
	else
		json_decref(reasons);
	if (event && d->canary.exec == CANARY_LET_THROUGH)
		json_object_set_new(event, "enforcing", json_false());
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
			 status.enforcing && d->canary.exec != CANARY_LET_THROUGH ?
				 "" :
				 "NOT ENFORCING, ",
			 policy_mode_name(status.mode), status.policy.name,
			 (unsigned long long)status.policy.serial,
			 (unsigned long long)status.policy.generation,
			 (unsigned long long)status.counters.denied,
			 status.n_degraded ? ", DEGRADED" : "");
	sd_notifyf(0, "%sSTATUS=%s", d->ready ? "READY=1\n" : "", text);
}

void daemon_pat_watchdog(struct daemon *d)
{
	uint64_t position = d->engine ? event_ring_position(&d->ring) : 0;
	size_t waiting = d->engine ? event_ring_waiting(&d->ring) : 0;

	if (progress_made(&d->progress, position, waiting, d->record_err != 0) && d->watchdog_us)
		sd_notify(0, "WATCHDOG=1");
}
