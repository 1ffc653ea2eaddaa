// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <systemd/sd-daemon.h>

#include "commands.h"

/* Connections, maps, programs and files; the usual limit of 1024 is less than SERVER_CLIENTS_MAX
 * and what else is open. */
#define FILES_MAX 4096

/* Turns of events that are recorded before a status is told. */
#define STATUS_DRAINS 8

void daemon_set_origin(struct daemon *d)
{
	/* Each event asks which row it was. Without memory for it rows are found, but slowly. */
	for (size_t i = 0; d->policy && i < d->policy->n_lists; i++)
		if (!d->policy->lists[i]->index)
			policy_list_index(d->policy->lists[i]);
	d->origin.policy = d->policy;
	d->origin.before = d->words_before;
	d->origin.labels = d->config.labels;
	d->origin.n_labels = d->config.n_labels;
	d->origin.arguments = d->config.arguments;
}

/* ---- the engine ---- */

static int on_ring(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	(void)source;
	(void)fd;
	(void)revents;
	daemon_drain(data);
	return 0;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

/* Begin to take events of d->engine. */
static int begin_events(struct daemon *d, struct engine_error *err)
{
	const struct burst_limits limits = {
		.events = d->config.burst_events,
		.within_ns = d->config.burst_within * 1000000000ULL,
	};
	bool resumed;
	int ret = event_ring_open(engine_ring_fd(d->engine), &d->ring);

	if (!ret)
		ret = sd_event_add_io(d->loop, &d->ring_source, engine_ring_fd(d->engine), EPOLLIN,
				      on_ring, d);
	d->consume.ring = &d->ring;
	d->consume.consumer = &engine_state(d->engine)->consumer;
	d->consume.lost = (const uint64_t *)&engine_state(d->engine)->counters.lost;
	d->consume.bursts = bursts_new(d->consume.consumer->bursts, &limits);
	if (ret >= 0 && !d->consume.bursts)
		ret = -ENOMEM;
	if (ret < 0) {
		snprintf(err->text, sizeof(err->text), "the ring buffer of the events: %s",
			 strerror(-ret));
		err->exit_status = EXIT_FAILED;
		daemon_engine_close(d);
		return ret;
	}
	d->instance = map_id(engine_ring_fd(d->engine));
	resumed = event_consume_resumed(&d->consume);
	/* With a record that is open already nobody else finds out what is in it. */
	if (d->record)
		event_consume_begin(&d->consume);
	daemon_emit_start(d, resumed);
	return 0;
}

int daemon_engine_open(struct daemon *d, struct engine_error *err)
{
	int ret = engine_open(&d->options, &d->engine, err);

	if (ret)
		return ret;
	if (engine_replaces(d->engine))
		daemon_log(LOG_WARNING, "the programs that run are of another version: they go on "
					"until a policy is active in those of this one; events "
					"that they kept are lost");
	return begin_events(d, err);
}

uint64_t daemon_drain_all(struct daemon *d)
{
	const struct interdict_state *state;

	do {
		daemon_drain(d);
		daemon_pat_watchdog(d);
	} while (!d->record_err && event_ring_waiting(&d->ring));
	daemon_sum_up(d, true);
	state = engine_state(d->engine);
	return state->counters.emitted - state->consumer.recorded - state->consumer.summarised -
	       state->consumer.dropped;
}

/* There was no gap between these programs and those before. */
static void keep_since(const struct interdict_state *before, struct interdict_state *now)
{
	const uint32_t mode = INTERDICT_HEAD_AUDIT | INTERDICT_HEAD_OFF;

	now->since.attached = before->since.attached;
	if (before->active && !((before->heads[INTERDICT_ACTIVE_SLOT(before->active)].flags ^
				 now->heads[INTERDICT_ACTIVE_SLOT(now->active)].flags) &
				mode))
		now->since.mode = before->since.mode;
}

int daemon_engine_replace(struct daemon *d, const struct policy *policy,
			  const struct policy_device *device, struct engine_switched *out,
			  struct engine_error *err)
{
	struct engine_options options = d->options;
	struct engine *engine;
	uint64_t left;
	int ret;

	options.flags |= ENGINE_REPLACE;
	ret = engine_open(&options, &engine, err);
	if (ret)
		return ret;
	ret = engine_switch(engine, policy, device, out, err);
	if (ret) {
		engine_close(engine);
		return ret;
	}
	keep_since(engine_state(d->engine), engine_state(engine));
	/* Nothing comes into the old ring any more. */
	left = daemon_drain_all(d);
	if (left)
		daemon_log(LOG_ERR,
			   "%llu events of the programs before could not be recorded and "
			   "are lost",
			   (unsigned long long)left);
	d->pending_dropped += left;
	daemon_engine_close(d);
	d->engine = engine;
	daemon_log(LOG_NOTICE, "the programs of this version took the place of those before");
	return begin_events(d, err);
}

void daemon_engine_close(struct daemon *d)
{
	d->ring_source = sd_event_source_disable_unref(d->ring_source);
	bursts_free(d->consume.bursts);
	d->consume.bursts = NULL;
	d->consume.lost = NULL;
	event_ring_close(&d->ring);
	engine_close(d->engine);
	d->engine = NULL;
	d->consume.consumer = NULL;
	d->degraded[0] = '\0';
}

/* ---- what happens ---- */

static void on_request(void *ctx, struct server *server, uint64_t client,
		       const struct request *request)
{
	struct daemon *d = ctx;
	int err;

	switch (request->kind) {
	case REQUEST_STATUS:
		/* What waits in the ring is recorded first, so that the numbers are of one moment.
		 */
		for (int i = 0; i < STATUS_DRAINS && !d->record_err; i++)
			daemon_drain(d);
		server_reply(server, client, daemon_status(d));
		break;
	case REQUEST_LOAD:
		err = daemon_load(d, *request->path ? request->path : NULL, request->token,
				  request->allow_critical, client);
		if (err)
			server_reply(server, client,
				     server_error(EXIT_FAILED, "%s",
						  err == -EBUSY ? "too many loads are waiting" :
								  "out of memory"));
		break;
	case REQUEST_UNLOAD:
		server_reply(server, client, daemon_unload(d, request->token));
		break;
	default:
		break;
	}
}

static int on_term(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	(void)data;
	return sd_event_exit(sd_event_source_get_event(source), (int)info->ssi_signo);
}

/* Takes over @config. */
static void replace_config(struct daemon *d, const struct config *config)
{
	/* The labels that the orders in force were chosen for are compared with the new ones. */
	if (d->judged.labels == d->config.labels) {
		config_free(&d->config_before);
		d->config_before = d->config;
	} else {
		config_free(&d->config);
	}
	d->config = *config;
}

/* Labels and the policy's place may be new; the socket and the record stay where they are. */
static void reload_config(struct daemon *d)
{
	struct policy_errors errs = { 0 };
	struct config config;

	if (config_load(d->config_path, &config, &errs) == 0) {
		if (strcmp(config.socket, d->config.socket) != 0 ||
		    strcmp(config.log_file, d->config.log_file) != 0)
			daemon_log(LOG_WARNING, "another socket or log file takes a restart");
		else {
			replace_config(d, &config);
			memset(&config, 0, sizeof(config));
			daemon_set_origin(d);
			daemon_metrics_close(d);
			daemon_metrics_open(d);
			daemon_outputs_configure(d);
		}
		if (config.arena)
			config_free(&config);
	} else {
		daemon_log(LOG_ERR, "%s:%u: %s; the old configuration stays",
			   errs.n ? errs.v[0].file : d->config_path, errs.n ? errs.v[0].line : 0,
			   errs.n ? errs.v[0].text : "cannot be read");
	}
	policy_errors_free(&errs);
}

static int on_hup(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	struct daemon *d = data;

	(void)source;
	(void)info;
	sd_notify(0, "RELOADING=1");
	reload_config(d);
	daemon_record_reopen(d);
	daemon_protect(d);
	if (daemon_load(d, NULL, "", false, 0))
		daemon_log(LOG_ERR, "too many loads are waiting");
	return 0;
}

static int on_tick(sd_event_source *source, uint64_t now, void *data)
{
	struct daemon *d = data;

	(void)now;
	daemon_drain(d);
	daemon_sum_up(d, false);
	if (d->record && d->record_dirty && record_sync(d->record) == 0)
		d->record_dirty = false;
	if (d->record && !d->record_err)
		daemon_checkpoint_if_due(d);
	daemon_record_rotate_if_due(d);
	daemon_look_for_policy(d);
	daemon_remove_tick(d);
	daemon_packages_look(d);
	daemon_canary_look(d);
	daemon_check_degraded(d);
	daemon_outputs_look(d);
	daemon_mark_time(d);
	daemon_protect_tick(d);
	daemon_running_look(d);
	daemon_notify(d);
	daemon_metrics_write_if_due(d);
	daemon_pat_watchdog(d);
	sd_event_source_set_time_relative(source, 1000000);
	return 0;
}

static int on_retry(sd_event_source *source, uint64_t now, void *data)
{
	(void)source;
	(void)now;
	daemon_drain(data);
	return 0;
}

/* ---- begin and end ---- */

/* Two daemons would take events from each other. */
static int lock(struct daemon *d)
{
	if (mkdir("/run/interdict", 0755) < 0 && errno != EEXIST)
		return -errno;
	d->lock_fd = open(DAEMON_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->lock_fd < 0)
		return -errno;
	return flock(d->lock_fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int add_signal(struct daemon *d, int signal, sd_event_signal_handler_t handler)
{
	return sd_event_add_signal(d->loop, NULL, signal | SD_EVENT_SIGNAL_PROCMASK, handler, d);
}

static int block_sigchld(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

static int make_loop(struct daemon *d)
{
	int err = sd_event_default(&d->loop);

	if (err >= 0)
		err = add_signal(d, SIGTERM, on_term);
	if (err >= 0)
		err = add_signal(d, SIGINT, on_term);
	if (err >= 0)
		err = add_signal(d, SIGHUP, on_hup);
	if (err >= 0)
		err = sd_watchdog_enabled(0, &d->watchdog_us);
	/* So that the end of a process is an event; in the second thread, too. */
	if (err >= 0)
		err = block_sigchld();
	if (err >= 0)
		err = notify_new(d->loop, &d->notify);
	if (err >= 0)
		err = sd_event_add_time_relative(d->loop, &d->retry, CLOCK_MONOTONIC, 0, 0,
						 on_retry, d);
	if (err >= 0)
		err = sd_event_source_set_enabled(d->retry, SD_EVENT_OFF);
	if (err >= 0)
		err = daemon_running_init(d);
	if (err >= 0)
		err = daemon_policy_init(d);
	return err < 0 ? err : 0;
}

static int add_tick(struct daemon *d)
{
	sd_event_source *tick = NULL;
	int err =
		sd_event_add_time_relative(d->loop, &tick, CLOCK_MONOTONIC, 1000000, 0, on_tick, d);

	if (err >= 0)
		err = sd_event_source_set_enabled(tick, SD_EVENT_ON);
	if (err >= 0)
		err = sd_event_source_set_floating(tick, true);
	sd_event_source_unref(tick);
	return err < 0 ? err : 0;
}

static int start(struct daemon *d)
{
	struct rlimit files = { FILES_MAX, FILES_MAX };
	struct engine_error err = { 0 };
	int ret = lock(d);

	if (ret) {
		daemon_log(LOG_ERR, "%s: %s", DAEMON_LOCK,
			   ret == -EWOULDBLOCK ? "another daemon is running" : strerror(-ret));
		return EXIT_FAILED;
	}
	setrlimit(RLIMIT_NOFILE, &files);
	daemon_outputs_configure(d);
	ret = event_origin_init(&d->origin);
	daemon_set_origin(d);
	if (!ret)
		ret = make_loop(d);
	if (ret) {
		daemon_log(LOG_ERR, "cannot start: %s", strerror(-ret));
		return EXIT_FAILED;
	}
	ret = daemon_engine_open(d, &err);
	if (ret) {
		daemon_log(LOG_ERR, "%s%s", ret == -EACCES ? "" : "NOT ENFORCING: ", err.text);
		return err.exit_status ? err.exit_status : EXIT_FAILED;
	}
	ret = server_open(d->loop, d->config.socket, on_request, d, &d->server);
	if (!ret)
		ret = add_tick(d);
	if (ret) {
		daemon_log(LOG_ERR, "cannot listen at %s: %s", d->config.socket, strerror(-ret));
		return EXIT_FAILED;
	}
	daemon_metrics_open(d);
	ret = daemon_store_init(d);
	if (ret) {
		daemon_log(LOG_ERR, STORE_DIR "/store cannot be read: %s", strerror(-ret));
		return EXIT_FAILED;
	}
	daemon_clock_init(d);
	daemon_check_degraded(d);
	daemon_protect_init(d);
	daemon_policy_adopt(d);
	daemon_canary_look(d);
	daemon_drain(d);
	/* A policy that is configured is tried, also to say what is wrong with it. */
	if (daemon_policy_is_there(d)) {
		ret = daemon_load(d, NULL, "", false, 0);
		if (ret)
			daemon_log(LOG_ERR, "%s cannot be loaded: %s", d->config.policy,
				   strerror(-ret));
		return ret ? EXIT_FAILED : EXIT_DONE;
	}
	if (!d->switched.generation) {
		daemon_log(LOG_WARNING, "NOT ENFORCING: there is no policy in %s",
			   d->config.policy);
		daemon_load_last_good(d);
	}
	/* What waits for us waits for what is being loaded, too. */
	d->ready = !d->running;
	daemon_notify(d);
	return EXIT_DONE;
}

static void say_start(struct daemon *d)
{
	struct engine_status status;

	engine_status(d->engine, &status);
	daemon_log(LOG_NOTICE, "started: provider %s, %s%s, %s", status.provider,
		   status.policy.generation ? "took over policy " : "no policy yet",
		   status.policy.generation ? status.policy.name : "",
		   status.n_degraded ? "DEGRADED" : "nothing is degraded");
}

static void stop(struct daemon *d, int signal)
{
	struct engine_status status = { 0 };
	json_t *event;

	if (d->engine)
		engine_status(d->engine, &status);
	sd_notifyf(0, "STOPPING=1\nSTATUS=%s",
		   status.enforcing ? "stopped; the kernel goes on enforcing" : "stopped");
	daemon_log(LOG_NOTICE, status.enforcing ?
				       "stopped; the kernel goes on enforcing, and keeps "
				       "events for the next start" :
				       "stopped; nothing is enforced");
	/* The less waits for the next one, which may be of another version. */
	for (int i = 0; i < STATUS_DRAINS && !d->record_err; i++)
		daemon_drain(d);
	daemon_sum_up(d, true);
	event = event_begin(&d->origin, "stop");
	if (event) {
		json_object_set_new(event, "reason", json_string(strsignal(signal)));
		json_object_set_new(
			event, "enforcing",
			json_boolean(status.enforcing && d->canary.exec != CANARY_LET_THROUGH));
	}
	daemon_emit(d, event);
	if (!d->record_err)
		daemon_checkpoint(d, "stop");
	if (d->record)
		record_sync(d->record);
	daemon_store_write(d);
	daemon_outputs_stop(d);
}

static void daemon_free(struct daemon *d)
{
	daemon_policy_fini(d);
	daemon_running_fini(d);
	daemon_remove_fini(d);
	daemon_metrics_close(d);
	server_close(d->server);
	daemon_engine_close(d);
	daemon_record_close(d);
	daemon_outputs_stop(d);
	json_decref(d->pending);
	event_origin_close(&d->origin);
	event_orders_free(d->words_before);
	notify_free(d->notify);
	sd_event_source_disable_unref(d->retry);
	sd_event_unref(d->loop);
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	config_free(&d->config);
	config_free(&d->config_before);
}

int daemon_run(const char *config_path, const struct engine_options *options)
{
	struct daemon d = {
		.config_path = config_path,
		.options = *options,
		.lock_fd = -1,
		.boundary_fd = -1,
		.jump_fd = -1,
		.done_fd = -1,
		.packages_fd = -1,
		.started = (uint64_t)time(NULL),
	};
	struct policy_errors errs = { 0 };
	int status = EXIT_FAILED, signal;

	d.origin.cgroup_fd = -1;
	if (config_load(config_path, &d.config, &errs)) {
		policy_errors_print(&errs, stderr);
		policy_errors_free(&errs);
		return EXIT_FAILED;
	}
	policy_errors_free(&errs);
	d.pending = json_array();
	d.consume.origin = &d.origin;
	d.consume.recorded = daemon_recorded;
	d.consume.ctx = &d;
	d.consume.turn_ns = DAEMON_TURN_NS;
	if (d.pending)
		status = start(&d);
	if (status == EXIT_DONE) {
		say_start(&d);
		signal = sd_event_loop(d.loop);
		if (signal < 0) {
			daemon_log(LOG_ERR, "the event loop failed: %s", strerror(-signal));
			status = EXIT_FAILED;
		}
		stop(&d, signal < 0 ? 0 : signal);
	}
	daemon_free(&d);
	return status;
}
