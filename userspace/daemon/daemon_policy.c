// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and switches.
 *
 * A second thread reads, checks and copies the text (a million hashes take a while); the switch is
 * made by the first one. One load runs at a time, the others wait in the order in which they came.
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "commands.h"
#include "keep/boot_note.h"
#include "keep/last_good.h"
#include "lint/lint.h"

/* Bytes of problems in one reply; a person reads fewer. */
#define PROBLEMS_BYTES_MAX (256U << 10)

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static void load_free(struct daemon_load *load)
{
	if (!load)
		return;
	policy_free(load->policy);
	policy_errors_free(&load->errs);
	policy_resolution_free(load->resolution);
	package_report_free(&load->packages);
	free(load->path);
	free(load->trust);
	free(load->token);
	free(load);
}

/* ---- the second thread ---- */

static void read_text(struct daemon_load *load)
{
	unsigned int flags = load->allow_critical ? LINT_ALLOW_CRITICAL : 0;

	if (load->last_good)
		load->err = last_good_load(&load->store, load->trust, &load->policy, &load->errs);
	else
		load->err = policy_load_to_enforce(load->path, load->trust, load->now,
						   &load->policy, &load->errs);
	if (!load->err)
		load->err = daemon_packages_resolve(load->policy, &load->packages);
	if (!load->err)
		load->err = lint_policy(load->policy, flags, load->now, &load->errs);
	if (!load->err && load->errs.count[POLICY_REFUSED])
		load->err = -EPERM;
	if (!load->err && !load->last_good)
		load->copied = last_good_copy(load->store.dir, load->policy, load->path,
					      load->trust, load->now) == 0;
	policy_errors_sort(&load->errs);
}

static void *read_policy(void *data)
{
	struct daemon *d = data;
	struct daemon_load *load = d->running;
	uint64_t one = 1;

	load->mark = package_databases_mark("");
	if (load->resolves)
		daemon_packages_again(load);
	else
		read_text(load);
	if (write(d->done_fd, &one, sizeof(one)) != sizeof(one))
		abort(); /* an eventfd takes 8 bytes; the watchdog would find us otherwise */
	return NULL;
}

static void start_next(struct daemon *d)
{
	struct daemon_load *load = d->loads;
	sigset_t all, old;
	int err;

	if (d->running || !load)
		return;
	d->loads = load->next;
	d->n_loads--;
	/* A resolution of a policy that is active no more. */
	if (!load->path && !load->resolves) {
		load_free(load);
		start_next(d);
		return;
	}
	d->running = load;
	/* Signals are the first thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&d->thread, NULL, read_policy, d);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		return;
	d->running = NULL;
	if (load->resolves) {
		daemon_log(LOG_ERR, "packages could not be resolved: %s", strerror(err));
		d->packages_due = true;
		load_free(load);
		return;
	}
	daemon_log(LOG_ERR, "%s was not loaded: %s", load->path, strerror(err));
	server_reply(d->server, load->client, server_error(EXIT_FAILED, "%s", strerror(err)));
	load_free(load);
	start_next(d);
}

static void append(struct daemon *d, struct daemon_load *load)
{
	struct daemon_load **at = &d->loads;

	while (*at)
		at = &(*at)->next;
	*at = load;
	d->n_loads++;
	start_next(d);
}

static int queue(struct daemon *d, const char *path, const char *token, bool allow_critical,
		 bool last_good, uint64_t client)
{
	struct daemon_load *load;

	if (d->n_loads >= DAEMON_LOADS_MAX)
		return -EBUSY;
	load = calloc(1, sizeof(*load));
	if (load) {
		load->path = strdup(path ? path : d->config.policy);
		load->trust = strdup(d->config.trust);
		load->token = strdup(token);
		load->store = d->store;
		load->now = daemon_device(d).late;
	}
	if (!load || !load->path || !load->trust || !load->token) {
		load_free(load);
		return -ENOMEM;
	}
	load->allow_critical = allow_critical;
	load->last_good = last_good;
	load->client = client;
	append(d, load);
	return 0;
}

int daemon_resolve(struct daemon *d)
{
	struct daemon_load *load;

	if (d->n_loads >= DAEMON_LOADS_MAX)
		return -EBUSY;
	load = calloc(1, sizeof(*load));
	if (!load)
		return -ENOMEM;
	load->resolves = d->policy;
	load->allow_critical = d->packages_critical;
	memcpy(load->digest_before, d->packages.digest, sizeof(load->digest_before));
	append(d, load);
	return 0;
}

/* The second thread may still read @policy. */
static void drop_policy(struct daemon *d, struct policy *policy)
{
	for (struct daemon_load *load = d->loads; load; load = load->next)
		if (load->resolves == policy)
			load->resolves = NULL;
	if (policy && d->running && d->running->resolves == policy)
		d->running->policy = policy;
	else
		policy_free(policy);
}

int daemon_load(struct daemon *d, const char *path, const char *token, bool allow_critical,
		uint64_t client)
{
	return queue(d, path, token, allow_critical, false, client);
}

void daemon_load_last_good(struct daemon *d)
{
	struct stat st;
	int err;

	if (lstat(LAST_GOOD, &st) < 0)
		return;
	daemon_log(LOG_WARNING, "trying the policy that was accepted last, " LAST_GOOD);
	/* What was critical then was allowed then. */
	err = queue(d, LAST_GOOD, "", true, true, 0);
	if (err)
		daemon_log(LOG_ERR, LAST_GOOD " was not loaded: %s", strerror(-err));
}

/* ---- the first thread ---- */

/* Add the problems of a load to a reply, as lines. */
static void add_problems(json_t *reply, const struct policy_errors *errs)
{
	json_t *lines = json_array();
	size_t bytes = 0, i;
	char *text = NULL;

	for (i = 0; i < errs->n && bytes < PROBLEMS_BYTES_MAX; i++) {
		const struct policy_error *e = &errs->v[i];
		int len = e->line ? asprintf(&text, "%s:%u:%u: %s: %s", e->file, e->line, e->col,
					     policy_severity_name(e->severity), e->text) :
				    asprintf(&text, "%s: %s: %s", e->file,
					     policy_severity_name(e->severity), e->text);

		if (len < 0)
			break;
		json_array_append_new(lines, json_string(text));
		free(text);
		bytes += (size_t)len;
	}
	if (i < errs->n || errs->dropped)
		json_array_append_new(lines, json_sprintf("%zu more problems are not shown",
							  errs->n - i + errs->dropped));
	json_object_set_new(reply, "problems", lines);
}

static void first_problem(const struct daemon_load *load, char *text, size_t size)
{
	const struct policy_errors *errs = &load->errs;

	for (size_t i = 0; i < errs->n; i++) {
		if (errs->v[i].severity == POLICY_WARNING)
			continue;
		if (errs->v[i].line)
			snprintf(text, size, "%s:%u:%u: %s", errs->v[i].file, errs->v[i].line,
				 errs->v[i].col, errs->v[i].text);
		else
			snprintf(text, size, "%s: %s", errs->v[i].file, errs->v[i].text);
		return;
	}
	snprintf(text, size, "%s: %s", load->path, strerror(-load->err));
}

static void refuse(struct daemon *d, struct daemon_load *load, int exit_status, const char *why)
{
	bool kept = d->engine && engine_state(d->engine)->active;
	json_t *reply = server_error(exit_status, "%s; %s", why,
				     kept ? "the active policy stays" : "no policy is active");

	snprintf(d->last_error, sizeof(d->last_error), "%s", why);
	daemon_log(LOG_ERR, "%s was not loaded: %s; %s", load->path, why,
		   kept ? "the active policy stays" : "NOT ENFORCING");
	daemon_emit_policy(d, "refused", load->policy, NULL, why);
	if (reply)
		add_problems(reply, &load->errs);
	server_reply(d->server, load->client, reply);
	/* Nothing is enforced: what was accepted last is better than that. */
	if (!kept && !load->last_good && !d->unloaded)
		daemon_load_last_good(d);
}

/* What the kernel command line asks for of d->policy. */
static void tell_boot_override(struct daemon *d)
{
	if (!d->policy->boot_asked)
		return;
	daemon_log(LOG_WARNING, "%s", d->policy->boot_asked);
	daemon_emit_policy(d, "override", d->policy, NULL, d->policy->boot_asked);
}

/* What @policy refused may still wait in the ring when its text is gone. */
static void keep_words(struct daemon *d, const struct policy *policy, const struct policy *next)
{
	struct event_orders *orders;

	if (!policy || !memcmp(policy->digest, next->digest, sizeof(policy->digest)))
		return;
	orders = event_orders_new(policy);
	if (!orders)
		return;
	event_orders_free(d->words_before);
	d->words_before = orders;
}

/* @then: what d->policy, if there is one, was judged for. */
static void accept_load(struct daemon *d, struct daemon_load *load,
			const struct engine_switched *switched, const struct policy_device *then)
{
	json_t *reply;
	struct policy *before = d->policy;

	/* While all of the text is known that they were made under. */
	if (!d->record_err)
		daemon_drain(d);
	keep_words(d, before, load->policy);
	free(d->policy_path);
	d->policy = load->policy;
	d->policy_path = load->path;
	daemon_set_origin(d);
	load->policy = NULL;
	load->path = NULL;
	d->switched = *switched;
	d->unloaded = false;
	d->on_last_good = load->last_good;
	d->policy_loaded = load->last_good ? 0 : now_s();
	daemon_packages_loaded(d, load);
	if (!load->last_good) {
		*d->last_error = '\0';
		daemon_store_accept(d, d->policy, load->copied);
	}
	daemon_log(LOG_NOTICE, "policy %s serial %llu, mode %s: %zu orders in force, %zu rules",
		   d->policy->name, (unsigned long long)d->policy->serial,
		   policy_mode_name(d->policy->mode), switched->orders, switched->rules);
	daemon_emit_loaded(d, load->allow_critical,
			   load->last_good ? "the last one accepted: the configured one is missing "
					     "or bad" :
					     NULL);
	tell_boot_override(d);
	daemon_tell_changes(d, before, then);
	drop_policy(d, before);
	daemon_switched(d);
	daemon_protect(d);
	reply = json_pack("{s:b, s:o, s:s, s:I, s:I, s:I, s:I}", "ok", 1, "policy",
			  event_policy_json(d->policy->name, d->policy->serial, d->policy->digest),
			  "mode", policy_mode_name(d->policy->mode), "generation",
			  (json_int_t)switched->generation, "orders", (json_int_t)switched->orders,
			  "rules", (json_int_t)switched->rules, "memory",
			  (json_int_t)switched->memory);
	if (reply)
		add_problems(reply, &load->errs);
	server_reply(d->server, load->client, reply);
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	struct daemon *d = data;
	struct daemon_load *load = d->running;
	struct engine_switched switched;
	struct engine_error err = { 0 };
	const struct policy_device then = d->judged;
	char why[STORE_WHY_MAX], off_why[PROTECT_WHY_MAX];
	uint64_t n;
	int status;

	(void)source;
	(void)revents;
	if (read(fd, &n, sizeof(n)) < 0 || !load)
		return 0;
	pthread_join(d->thread, NULL);
	d->running = NULL;
	if (load->resolves) {
		daemon_packages_done(d, load);
		load_free(load);
		start_next(d);
		return 0;
	}
	if (load->err) {
		status = policy_errors_status(&load->errs);
		first_problem(load, why, sizeof(why));
		refuse(d, load, status ? status : EXIT_FAILED, why);
	} else if (store_check(&d->store, load->policy, why)) {
		refuse(d, load, EXIT_REFUSED, why);
	} else if (daemon_allow_off(d, load->policy, load->path, load->token, off_why)) {
		refuse(d, load, EXIT_REFUSED, off_why);
	} else if ((!d->engine && daemon_engine_open(d, &err)) ||
		   daemon_switch(d, load->policy, &switched, &err)) {
		refuse(d, load, err.exit_status ? err.exit_status : EXIT_FAILED, err.text);
	} else {
		accept_load(d, load, &switched, &then);
	}
	if (load->copied)
		last_good_remove_copy(d->store.dir);
	load_free(load);
	start_next(d);
	/* The one accepted last may be tried now, as the configured one was bad. */
	if (!d->running)
		d->ready = true;
	daemon_check_degraded(d);
	daemon_notify(d);
	return 0;
}

json_t *daemon_unload(struct daemon *d, const char *token)
{
	struct engine_error err = { 0 };
	uint64_t left;
	json_t *reply;

	if (!d->engine)
		return server_error(EXIT_FAILED, "nothing is loaded");
	reply = daemon_allow_unload(d, token);
	if (reply)
		return reply;
	if (engine_off(d->engine, &err))
		return server_error(err.exit_status ? err.exit_status : EXIT_FAILED, "%s",
				    err.text);
	/* Nothing comes into the ring any more. */
	left = daemon_drain_all(d);
	if (left)
		daemon_log(LOG_ERR, "%llu events could not be recorded and are lost",
			   (unsigned long long)left);
	d->switched.generation = 0;
	daemon_running_off(d);
	daemon_canary_off(d);
	daemon_emit_policy(d, "unloaded", d->policy, NULL, NULL);
	daemon_engine_close(d);
	drop_policy(d, d->policy);
	daemon_packages_unloaded(d);
	d->policy = NULL;
	daemon_set_origin(d);
	free(d->policy_path);
	d->policy_path = NULL;
	d->unloaded = true;
	last_good_remove(d->store.dir);
	daemon_log(LOG_WARNING, "NOT ENFORCING: switched off by request");
	daemon_notify(d);
	return json_pack("{s:b, s:I}", "ok", 1, "unrecorded", (json_int_t)left);
}

/* Mixes the times and sizes of the configured policy's files into one number; 0: there is none. */
static uint64_t look_at_files(const struct config *config)
{
	char path[PATH_MAX];
	uint64_t mark;
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (stat(config->policy, &st) == 0 && S_ISREG(st.st_mode))
		return ((uint64_t)st.st_mtim.tv_sec * 1000000000U + (uint64_t)st.st_mtim.tv_nsec) ^
		       (uint64_t)st.st_size << 1 ^ st.st_ino << 32 ^ 1;
	if (snprintf(path, sizeof(path), "%s/policy.yaml", config->policy) >= (int)sizeof(path) ||
	    stat(path, &st) < 0)
		return 0;
	mark = (uint64_t)st.st_mtim.tv_sec * 1000000000U + (uint64_t)st.st_mtim.tv_nsec;
	snprintf(path, sizeof(path), "%s/orders", config->policy);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
			mark = mark * 31 + (uint64_t)st.st_mtim.tv_sec * 1000000000U +
			       (uint64_t)st.st_mtim.tv_nsec + (uint64_t)st.st_size;
	if (dir)
		closedir(dir);
	return mark ? mark : 1;
}

bool daemon_policy_is_there(const struct daemon *d)
{
	return look_at_files(&d->config) != 0;
}

void daemon_look_for_policy(struct daemon *d)
{
	uint64_t mark, before = d->seen_files;

	if ((d->policy && !d->on_last_good) || d->unloaded || d->running || d->loads)
		return;
	mark = look_at_files(&d->config);
	d->seen_files = mark;
	/* Not while somebody is still writing them: they are to be the same as a second ago. */
	if (!mark || mark != before || mark == d->tried_files)
		return;
	d->tried_files = mark;
	daemon_load(d, NULL, "", false, 0);
}

/* What the initramfs did, once a boot. */
static void tell_boot_note(struct daemon *d)
{
	boot_note_read(&d->boot);
	if (!d->boot.text[0] || d->boot.told)
		return;
	daemon_log(d->boot.enforced ? LOG_NOTICE : LOG_WARNING, "in the initramfs: %s",
		   d->boot.text);
	if (!d->boot.enforced)
		daemon_emit_policy(d, "refused", NULL, NULL, d->boot.text);
	d->boot.told = true;
	boot_note_write(&d->boot);
}

void daemon_policy_adopt(struct daemon *d)
{
	struct policy_errors errs = { 0 };
	struct engine_status status;
	struct policy *policy;

	engine_status(d->engine, &status);
	tell_boot_note(d);
	if (!status.policy.generation)
		return;
	d->switched.generation = status.policy.generation;
	if (last_good_load(&d->store, d->config.trust, &policy, &errs) == 0) {
		if (memcmp(policy->digest, status.policy.digest, 32) == 0) {
			d->policy = policy;
			daemon_set_origin(d);
			d->policy_path = strdup(LAST_GOOD);
			d->judged = daemon_device(d);
			tell_boot_override(d);
			daemon_packages_adopt(d);
			/* Dates that fell due while no daemon ran. */
			daemon_pass_boundary(d);
		} else {
			policy_free(policy);
		}
	}
	policy_errors_free(&errs);
	if (d->policy)
		return;
	/* Nobody knows what its orders say: what runs and is banned is reported. */
	daemon_running_switched(d);
	/* The initramfs may have been made before the policy that was accepted last. */
	if (last_good_serial(&d->store, d->config.trust) > status.policy.serial)
		daemon_load_last_good(d);
}

int daemon_policy_init(struct daemon *d)
{
	int err;

	d->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->done_fd < 0)
		return -errno;
	err = sd_event_add_io(d->loop, &d->done, d->done_fd, EPOLLIN, on_done, d);
	if (err >= 0)
		err = daemon_packages_init(d);
	return err < 0 ? err : daemon_dates_init(d);
}

void daemon_policy_fini(struct daemon *d)
{
	struct daemon_load *load;

	if (d->running) {
		pthread_join(d->thread, NULL);
		load_free(d->running);
		d->running = NULL;
	}
	while ((load = d->loads)) {
		d->loads = load->next;
		load_free(load);
	}
	sd_event_source_disable_unref(d->done);
	if (d->done_fd >= 0)
		close(d->done_fd);
	daemon_dates_fini(d);
	daemon_packages_fini(d);
	policy_free(d->policy);
	free(d->policy_path);
}
