/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's state, private to daemon*.c. It has one thread that does everything, and a second
 * one for the time that a policy's text is read and checked (daemon_policy.c), or its package rules
 * are resolved again (daemon_packages.c).
 */
#ifndef INTERDICT_DAEMON_H
#define INTERDICT_DAEMON_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "engine/canary.h"
#include "engine/engine.h"
#include "metrics/metrics.h"
#include "events/event_consume.h"
#include "events/event_line.h"
#include "events/event_ring.h"
#include "notify/notify.h"
#include "packages/package_resolve.h"
#include "policy/policy.h"
#include "record/record.h"
#include "record/record_key.h"
#include "server.h"
#include "progress.h"
#include "keep/boot_note.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "token/protect.h"
#include "token/token_file.h"

#define DAEMON_LOCK "/run/interdict/daemon.lock"

/* Loads that wait for their turn. */
#define DAEMON_LOADS_MAX 16
/* What is recorded in a turn of the loop ends after so long, however slow the disk is: a status is
 * told within a second, and systemd hears of us long before it would end us (WatchdogSec=30). */
#define DAEMON_TURN_NS 100000000ULL
/* The daemon's own events that wait for the record to be writable. */
#define DAEMON_PENDING_MAX 256

/*
 * A load: asked for, then read and checked by the second thread, then switched to. Or, where there
 * is a policy that it resolves, only that: the packages have changed.
 */
struct daemon_load {
	struct daemon_load *next;
	char *path;		 /* NULL where it resolves */
	struct policy *resolves; /* read only; the daemon's, which waits with freeing it */
	uint8_t digest_before[32];
	char *token; /* a file that allows mode: off, or "" */
	bool allow_critical;
	bool last_good;	 /* what was accepted before, as the configured one is missing or bad */
	uint64_t client; /* who is to be told; 0: nobody */
	/* the daemon's own, when the load was asked for */
	char *trust;
	struct store store;
	int64_t now;
	/* results */
	int err;
	struct policy *policy;
	struct policy_errors errs;
	bool copied;   /* the text is in LAST_GOOD ".new" */
	uint64_t mark; /* of the databases, before they were read */
	struct policy_resolution *resolution;
	struct package_report packages;
};

struct daemon {
	const char *config_path;
	struct config config;
	struct config config_before; /* as long as @judged has its labels */
	struct engine_options options;
	sd_event *loop;
	struct server *server;
	struct daemon_outputs *outputs; /* daemon_outputs.c; NULL: there are none */
	int lock_fd;
	struct event_origin origin;
	uint64_t started; /* seconds since 1970 */

	/* the engine and its ring; NULL after an unload */
	struct engine *engine;
	struct event_ring ring;
	struct event_consume consume;
	sd_event_source *ring_source;
	uint32_t instance;
	bool replace_failed; /* programs of the version before run, and stay */

	/* the record; NULL while it cannot be opened */
	struct record *record;
	int record_err;	       /* why it cannot be opened or written, 0 if it can */
	bool record_dirty;     /* not on the disk yet */
	uint64_t record_first; /* seq of the oldest line that is still there */
	char tampered[1024];   /* what was said of it, as long as opening it is tried again */
	int rotate_err;
	/* its key; NULL with a reason while it cannot be had */
	struct record_key *key;
	char key_why[PRIVATE_KEY_WHY_MAX];
	int64_t checkpoint_time; /* of the last one, seconds since 1970 */
	int checkpoint_err;
	sd_event_source *retry;
	uint64_t retry_us;
	json_t *pending; /* own events that wait */
	uint64_t pending_dropped;

	/* the policy */
	struct policy *policy; /* what is active, as far as its text is known; or NULL */
	struct event_orders *words_before; /* of the one before */
	char *policy_path;
	struct engine_switched switched;
	struct policy_device judged; /* what the orders in force were chosen for; @labels are those
				      * of @config, @config_before, or none */
	bool on_last_good;	     /* what is active is the copy of what was last accepted */

	/* dates */
	struct timekeeping clock;
	int64_t said_ahead; /* what was last said about the clock */
	bool follows;	    /* the kernel switches by itself at the next date */
	int boundary_fd, jump_fd;
	sd_event_source *boundary, *jump;

	/* disarming (daemon_protect.c) */
	struct protect protect;
	bool armed;	     /* by us */
	int64_t trust_mark;  /* of the directory of trust anchors, when that was looked at */
	int64_t glass_until; /* the last second of a break-glass token; 0: none */
	unsigned long long tokens_accepted, tokens_refused; /* that are told of */

	/* what must not be forgotten */
	struct store store;
	int store_err; /* why it cannot be written, 0 if it can */

	char last_error[512];  /* of the last load that failed, "" after one that did not */
	uint64_t seen_files;   /* the configured policy's files a second ago, see daemon_policy.c */
	uint64_t tried_files;  /* and as they were last tried */
	struct boot_note boot; /* what the initramfs did */
	bool unloaded;	       /* on request: do not load by ourselves */

	/* loads */
	struct daemon_load *loads, *running;
	size_t n_loads;
	pthread_t thread;
	int done_fd; /* eventfd: the second thread is done */
	sd_event_source *done;

	/* packages (daemon_packages.c) */
	struct package_report packages; /* of the last resolution */
	uint64_t packages_mark;		/* of the databases that it read */
	bool packages_critical;		/* rules for what the device needs were allowed */
	bool packages_due;		/* to be resolved again, whatever has changed */
	uint64_t packages_ended;	/* the last resolution: CLOCK_MONOTONIC, in us */
	int packages_fd;		/* inotify */
	sd_event_source *packages_source, *packages_timer;

	struct daemon_removals *removals; /* daemon_remove.c */

	/* metrics */
	struct metrics_counts metrics;
	struct metrics_server *metrics_server; /* NULL: none is configured */
	int64_t metrics_written;	       /* seconds since 1970 */
	int metrics_err;		       /* of the last write */
	int64_t policy_loaded;		       /* seconds since 1970; 0: by no load of ours */
	struct notify *notify;		       /* tells users what was refused */

	struct daemon_running *found_running; /* daemon_running.c */

	/* daemon_canary.c */
	struct canary canary;
	int64_t canary_fine; /* the last time that it was as it should be, since 1970; 0: never */
	int64_t canary_due;  /* CLOCK_BOOTTIME, seconds */

	/* whether the loop does its work */
	uint64_t watchdog_us; /* 0: nobody asks */
	struct progress progress;

	char degraded[2048]; /* what the last degraded event said */
	bool ready;	     /* systemd was told */
};

/* daemon_events.c: what the daemon itself has to report, and the journal. */

/* A line for the journal (or the terminal): @level as in syslog(3). */
void daemon_log(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Have @event (stolen; NULL: counted as lost) recorded when the record is written next. */
void daemon_queue(struct daemon *d, json_t *event);
/* The same, now if that can be, and send it to the watchers. */
void daemon_emit(struct daemon *d, json_t *event);
void daemon_emit_start(struct daemon *d, bool resumed);
/* @order, @reason may be NULL; @policy: whose name to give, or NULL for none. */
void daemon_emit_policy(struct daemon *d, const char *action, const struct policy *policy,
			const char *order, const char *reason);
/* The active policy was loaded; @allow_critical: without the lint's refusals, as was asked for.
 * @reason may be NULL. */
void daemon_emit_loaded(struct daemon *d, bool allow_critical, const char *reason);
/* Package rules were resolved to something else. */
void daemon_emit_resolved(struct daemon *d, const struct package_report *report);
/* What the canary says, and what is not known of packages. Returns how many reasons there are. */
#define DAEMON_DEGRADED_MAX (PACKAGE_TYPE_COUNT + 1)
size_t daemon_degraded(const struct daemon *d, struct engine_degraded reasons[DAEMON_DEGRADED_MAX]);
/* Say what is degraded where that changed. */
void daemon_check_degraded(struct daemon *d);
/* An event is in the record: send its line to the watchers. */
void daemon_recorded(void *ctx, const json_t *event, const char *line, size_t len);
/* Set the "lost" of an own event that is about to be recorded. Returns 0 or -ENOMEM. */
int daemon_set_lost(struct daemon *d, json_t *event);
/* Open the record if it is not, and take events from the ring. */
void daemon_drain(struct daemon *d);
/* Write the summaries of bursts that are over; with @all, of all. */
void daemon_sum_up(struct daemon *d, bool all);
/* Tell systemd the state. */
void daemon_notify(struct daemon *d);
/* Tell systemd's watchdog that the loop does its work, if it does. */
void daemon_pat_watchdog(struct daemon *d);

/* daemon_record.c */

/* Open the record and find where the last daemon stopped. Returns 0 or -errno. */
int daemon_record_open(struct daemon *d);
void daemon_record_close(struct daemon *d);
/* The record cannot be written: leave the events in the ring and try again, ever more rarely. */
void daemon_record_failed(struct daemon *d, int err);
void daemon_record_works(struct daemon *d);
/* Sign what was recorded since the last checkpoint, if anything was. */
void daemon_checkpoint(struct daemon *d, const char *reason);
/* The same where the configuration's number of events or time has passed. */
void daemon_checkpoint_if_due(struct daemon *d);
void daemon_record_rotate_if_due(struct daemon *d);
/* Somebody renamed the record. */
void daemon_record_reopen(struct daemon *d);

/* daemon_dates.c */

int daemon_dates_init(struct daemon *d);
void daemon_dates_fini(struct daemon *d);
/* Begin to keep time, by the store's mark. */
void daemon_clock_init(struct daemon *d);
/* Write the proved time down, if that was long ago. */
void daemon_mark_time(struct daemon *d);
/* This device, now. */
struct policy_device daemon_device(const struct daemon *d);
/* Make @policy active as of now. Returns as engine_switch(). */
int daemon_switch(struct daemon *d, const struct policy *policy, struct engine_switched *out,
		  struct engine_error *err);
/* d->policy was switched to: see to its next date. */
void daemon_switched(struct daemon *d);
/* Switch to the orders that are in force now, and say which began or ended. */
void daemon_pass_boundary(struct daemon *d);
/* Say which orders began or ended between @before for @then (NULL: nothing was) and d->policy for
 * d->judged. */
void daemon_tell_changes(struct daemon *d, const struct policy *before,
			 const struct policy_device *then);

/* daemon_store.c */

/* Read the store, and ask the record and the copy where it is not whole. Returns 0 or -errno. */
int daemon_store_init(struct daemon *d);
/* Write it, with the proved time of now; says so where that fails. */
void daemon_store_write(struct daemon *d);
/* @policy is active: remember its serial and keep its text (@copied: in LAST_GOOD ".new"). */
void daemon_store_accept(struct daemon *d, const struct policy *policy, bool copied);

/* daemon_policy.c: loads and switches. */

int daemon_policy_init(struct daemon *d);
void daemon_policy_fini(struct daemon *d);
/* Queue a load of @path (NULL: the configured one), with the token in the file @token, or "".
 * Returns 0, -EBUSY or -ENOMEM. */
int daemon_load(struct daemon *d, const char *path, const char *token, bool allow_critical,
		uint64_t client);
/* Queue a load of the policy that was accepted last, if its text was kept. */
void daemon_load_last_good(struct daemon *d);
/* Switch enforcement off, if the token in the file @token ("": none) allows it where that is
 * needed; with one for break-glass, have it only record. Returns the reply for who asked. */
json_t *daemon_unload(struct daemon *d, const char *token);
/* Whether there is a configured policy, be it right or wrong. */
bool daemon_policy_is_there(const struct daemon *d);
/* Load the configured policy if none is active and there is a new one. */
void daemon_look_for_policy(struct daemon *d);
/* The policy that an earlier daemon left active, from the text that it kept. */
void daemon_policy_adopt(struct daemon *d);

/* Queue a resolution of the active policy's package rules. Returns 0, -EBUSY or -ENOMEM. */
int daemon_resolve(struct daemon *d);

/* daemon_protect.c: disarming, which takes a token where trust anchors are sealed. */

/* What happened before we came; and daemon_protect(). */
void daemon_protect_init(struct daemon *d);
/* Seal the trust anchors, if they are not and it can be done, and tell. */
void daemon_protect(struct daemon *d);
/* d->protect, as it is. */
const struct protect *daemon_protect_look(struct daemon *d);
/* Each second: tell of tokens that did not come through here. */
void daemon_protect_tick(struct daemon *d);
/* Whether @policy, loaded from @path, may become active: its mode may be off. Returns 0, or -errno
 * with @why. */
int daemon_allow_off(struct daemon *d, const struct policy *policy, const char *path,
		     const char *token, char why[PROTECT_WHY_MAX]);
/* Whether enforcement may be switched off. Returns NULL, or the reply where that is all. */
json_t *daemon_allow_unload(struct daemon *d, const char *path);
/* The time of a break-glass token is over. */
void daemon_glass_over(struct daemon *d);
/* Somebody tampers: for the record and the log. */
void daemon_emit_tamper(struct daemon *d, const char *reason);

/* daemon_packages.c */

int daemon_packages_init(struct daemon *d);
void daemon_packages_fini(struct daemon *d);
/* In the second thread: resolve the package rules of a policy that is to be loaded. 0 or -ENOMEM.
 */
int daemon_packages_resolve(struct policy *policy, struct package_report *report);
/* In the second thread: the same of the active one, for the first to see what changed. */
void daemon_packages_again(struct daemon_load *load);
/* It has: switch if it came to something else. */
void daemon_packages_done(struct daemon *d, struct daemon_load *load);
/* @load's policy is d->policy now. */
void daemon_packages_loaded(struct daemon *d, struct daemon_load *load);
void daemon_packages_unloaded(struct daemon *d);
/* The policy that an earlier daemon left active: resolve it as that one did, from what was kept. */
void daemon_packages_adopt(struct daemon *d);
/* Each second: have it resolved again where a database changed. */
void daemon_packages_look(struct daemon *d);
/* Room for a reason for each type of packages. */
size_t daemon_packages_degraded(const struct daemon *d, struct engine_degraded *reasons);

/* daemon_outputs.c: where events go beside the record. */

/* Have the outputs that the configuration names: those that it did not change go on, new ones
 * begin, others end. */
void daemon_outputs_configure(struct daemon *d);
/* An event is in the record. Never waits. */
void daemon_outputs_push(struct daemon *d, const char *line, size_t len);
/* Tell the log which began to fail and which ceased to. */
void daemon_outputs_look(struct daemon *d);
/* End them, after what is queued, if that does not take long. */
void daemon_outputs_stop(struct daemon *d);
/* [{type,to,format,queued,sent,dropped,error}] NULL: no memory. */
json_t *daemon_outputs_json(const struct daemon *d);
/* The same for metrics_text(), with strings that last until the next daemon_outputs_configure().
 * Returns their number. */
size_t daemon_outputs_metrics(const struct daemon *d, struct metrics_output v[OUTPUT_MAX]);

/* daemon_running.c: what runs and is banned. */

int daemon_running_init(struct daemon *d);
void daemon_running_fini(struct daemon *d);
/* A generation is active that was not, by d->policy (NULL: its text is not known) and d->judged:
 * look for what runs and is banned by it. */
void daemon_running_switched(struct daemon *d);
/* No policy is active any more. */
void daemon_running_off(struct daemon *d);
/* Each second: who has ended, whose grace is over, whether a search hangs. */
void daemon_running_look(struct daemon *d);
/* See status_json.h. NULL: no memory. */
json_t *daemon_running_json(const struct daemon *d);

/* daemon_canary.c: whether refusing works. */

void daemon_canary_try(struct daemon *d);
/* Each second: where an hour has passed. */
void daemon_canary_look(struct daemon *d);
/* No policy is active any more. */
void daemon_canary_off(struct daemon *d);
/* Room for one reason. */
size_t daemon_canary_degraded(const struct daemon *d, struct engine_degraded *reason);

/* daemon_remove.c */

/* Record what was removed, and start what orders have removed where that is due. */
void daemon_remove_tick(struct daemon *d);
void daemon_remove_fini(struct daemon *d);

/* daemon_status.c: the reply to "status". NULL: no memory. */
json_t *daemon_status(struct daemon *d);

/* daemon_metrics.c */

/* When the active policy was loaded, seconds since 1970; 0: not known. One that an earlier daemon
 * left was accepted when its copy was made. */
int64_t daemon_policy_loaded(const struct daemon *d);
/* Listen for who asks for metrics, if that is configured. A socket that cannot be had is logged. */
void daemon_metrics_open(struct daemon *d);
void daemon_metrics_close(struct daemon *d);
void daemon_metrics_write_if_due(struct daemon *d);

/* daemon.c */

int daemon_engine_open(struct daemon *d, struct engine_error *err);
/* The policy's text or the configuration is another: what events tell of them is. */
void daemon_set_origin(struct daemon *d);
/* Record all that waits in the ring, and tell systemd's watchdog as long as it gets less. Returns
 * how many events could not be. */
uint64_t daemon_drain_all(struct daemon *d);
/*
 * Have the programs of this version take the place of those that run, with @policy active for
 * @device; nothing that is banned runs meanwhile. Returns as engine_switch(); on errors the old
 * ones stay, but where the events of the new ones cannot be had: then d->engine is NULL.
 */
int daemon_engine_replace(struct daemon *d, const struct policy *policy,
			  const struct policy_device *device, struct engine_switched *out,
			  struct engine_error *err);
void daemon_engine_close(struct daemon *d);

/* Run until SIGTERM. Returns an exit status. */
int daemon_run(const char *config_path, const struct engine_options *options);

#endif
