// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict load DIR`: check a policy, and make it the active one. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "keep/last_good.h"
#include "lint/lint.h"
#include "lint/lint_needed.h"
#include "packages/package_resolve.h"
#include "policy/policy.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "verb.h"

enum { OPTION_ALLOW_CRITICAL = VERB_OWN, OPTION_BPF_OBJECT, OPTION_WITHOUT_MODULE };

struct arguments {
	struct verb_arguments common;
	bool allow_critical;
	struct engine_options engine;
};

static const struct argp_option options[] = {
	{ "allow-critical", OPTION_ALLOW_CRITICAL, NULL, 0,
	  "Load also rules that match what this system needs", 0 },
	{ "bpf-object", OPTION_BPF_OBJECT, "FILE", 0,
	  "Use the BPF programs in FILE, where none are running yet", 0 },
	{ "without-module", OPTION_WITHOUT_MODULE, NULL, 0,
	  "Do without the kernel module: exec and map only, by IMA", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_ALLOW_CRITICAL:
		args->allow_critical = true;
		return 0;
	case OPTION_BPF_OBJECT:
		args->engine.object = arg;
		return 0;
	case OPTION_WITHOUT_MODULE:
		args->engine.flags |= ENGINE_NO_MODULE;
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "DIR|BUNDLE",
	.doc = "Check the policy in DIR or BUNDLE and make it the active one; with a daemon running, through "
	       "it. On any error the policy that was active stays active."
	       "\vExit status: 0 it is active; 1 errors in the policy, or it could not be loaded; "
	       "2 usage; 3 this kernel cannot enforce; 4 refused: by its signature, an older serial, "
	       "or rules that would stop this system.",
};

/* Through the daemon. Returns an exit status, or -1 where none is running. */
static int load_by_daemon(const struct arguments *args, const struct config *config)
{
	char why[CLIENT_WHY_LEN], path[PATH_MAX];
	struct client *client;
	json_t *reply, *request;
	int r, status;

	r = client_open(config->socket, &client, why);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return -1;
	if (r) {
		fprintf(stderr, "interdict load: %s\n", why);
		return EXIT_FAILED;
	}
	if (!realpath(args->common.operand, path)) {
		fprintf(stderr, "interdict load: %s: %s\n", args->common.operand, strerror(errno));
		client_close(client);
		return EXIT_FAILED;
	}
	request = json_pack("{s:s, s:s, s:b}", "request", "load", "path", path, "allow_critical",
			    args->allow_critical);
	r = client_call(client, request, &reply, why);
	json_decref(request);
	client_close(client);
	if (r) {
		fprintf(stderr, "interdict load: %s\n", why);
		return EXIT_FAILED;
	}
	status = client_reply_status("load", reply, stderr);
	if (status == EXIT_DONE)
		printf("loaded by the daemon: %s\n", path);
	json_decref(reply);
	return status;
}

static int print_error(const struct engine_error *err)
{
	fprintf(stderr, "interdict load: %s\n", err->text);
	return err->exit_status;
}

static void print_switched(const struct policy *policy, const struct policy_device *device,
			   const struct engine_switched *switched)
{
	char next[21];

	printf("policy %s, serial %llu, is active: mode %s, generation %llu, %zu of %zu orders in "
	       "force, %zu identifiers, %llu KiB\n",
	       policy->name, (unsigned long long)policy->serial, policy_mode_name(policy->mode),
	       (unsigned long long)switched->generation, switched->orders, policy->n_orders,
	       switched->rules, (unsigned long long)switched->memory >> 10);
	if (switched->next == POLICY_TIME_MAX)
		return;
	policy_format_time(device->early + switched->next, next);
	fprintf(stderr,
		"interdict load: an order begins or ends at %s; no daemon is running that would "
		"switch then\n",
		next);
}

static void print_degraded(struct engine *engine)
{
	struct engine_status *status = calloc(1, sizeof(*status));

	if (!status)
		return;
	engine_status(engine, status);
	for (size_t i = 0; i < status->n_degraded; i++)
		fprintf(stderr, "interdict load: degraded: %s; %s\n", status->degraded[i].text,
			status->degraded[i].remedy);
	free(status);
}

/* Returns an exit status; EXIT_DONE: @policy may be accepted. */
static int ask_store(const struct config *config, const struct policy *policy, struct store *store)
{
	struct store_witness witnesses[] = {
		{ .what = "the record" },
		{ .what = "the text that was accepted last", .always = true },
	};
	char why[STORE_WHY_MAX];
	int err = store_open(STORE_DIR, NULL, 0, store);

	if (!err) {
		witnesses[0].serial = store_serial_in_record(config->log_file);
		witnesses[1].serial = last_good_serial(store, config->trust);
		err = store_open(STORE_DIR, witnesses, 2, store);
	}
	if (err) {
		fprintf(stderr, "interdict load: " STORE_DIR "/store cannot be read: %s\n",
			strerror(-err));
		return EXIT_FAILED;
	}
	if (store->why[0])
		fprintf(stderr, "interdict load: %s\n", store->why);
	if (store_check(store, policy, why)) {
		fprintf(stderr, "interdict load: %s\n", why);
		return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

static int load_directly(const struct arguments *args, const struct config *config,
			 const struct policy *policy)
{
	struct policy_device device = { .labels = config->labels, .n_labels = config->n_labels };
	struct engine_switched switched;
	struct timekeeping clock;
	struct engine_error err;
	struct engine *engine;
	struct store store;
	int ret = ask_store(config, policy, &store);

	if (ret)
		return ret;
	timekeeping_begin(&clock, &store.mark);
	timekeeping_now(&clock, &device);
	if (engine_open(&args->engine, &engine, &err))
		return print_error(&err);
	if (engine_switch(engine, policy, &device, &switched, &err)) {
		ret = print_error(&err);
		engine_close(engine);
		return ret;
	}
	store_accept(&store, policy, device.late);
	store.mark = timekeeping_mark_now(&clock);
	ret = store_write(&store);
	if (ret)
		fprintf(stderr,
			"interdict load: " STORE_DIR
			"/store cannot be written: %s; after a reboot an "
			"older serial may be accepted\n",
			strerror(-ret));
	print_switched(policy, &device, &switched);
	print_degraded(engine);
	engine_close(engine);
	return EXIT_DONE;
}

/* What its package rules stand for, now. Returns 0 or -ENOMEM. */
static int resolve(struct policy *policy)
{
	const struct package_resolve_options options = { .root = "", .kept = PACKAGE_KEPT };
	struct package_report report;
	int err = lint_needed_resolve(policy, &options, &report);

	if (err)
		return err;
	if (report.resolved)
		package_report_print(&report, "interdict load: ", stderr);
	if (report.resolved)
		fprintf(stderr,
			"interdict load: when packages change, a daemon resolves them again; none "
			"is running\n");
	package_report_free(&report);
	return 0;
}

/* Returns an exit status; EXIT_DONE with a policy to load. */
static int check(const struct arguments *args, const struct config *config, struct policy **policy)
{
	struct policy_errors errs = { 0 };
	int status, r;

	r = policy_load_to_enforce(args->common.operand, config->trust, time(NULL), policy, &errs);
	if (!r)
		r = resolve(*policy);
	if (!r)
		r = lint_policy(*policy, args->allow_critical ? LINT_ALLOW_CRITICAL : 0, time(NULL),
				&errs);
	policy_errors_sort(&errs);
	policy_errors_print(&errs, stderr);
	status = policy_errors_status(&errs);
	if (r == -ENOMEM)
		fprintf(stderr, "interdict load: out of memory\n");
	if (r && status == EXIT_DONE)
		status = EXIT_FAILED;
	policy_errors_free(&errs);
	return status;
}

int cmd_load(int argc, char **argv)
{
	struct arguments args = { .common.takes = &verb_operand_bundle };
	struct policy *policy = NULL;
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(CONFIG_FILE, &config);
	if (status)
		return status;
	status = load_by_daemon(&args, &config);
	if (status < 0) {
		status = check(&args, &config, &policy);
		if (status == EXIT_DONE)
			status = load_directly(&args, &config, policy);
	}
	policy_free(policy);
	config_free(&config);
	return status;
}
