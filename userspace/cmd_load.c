// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict load DIR`: check a policy, and make it the active one. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "cmd_load.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "escape.h"
#include "keep/last_good.h"
#include "lint/lint.h"
#include "lint/lint_needed.h"
#include "packages/package_resolve.h"
#include "policy/policy.h"
#include "running/running.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "token/protect.h"
#include "token/token_file.h"
#include "verb.h"

enum { OPTION_BOOT = VERB_OWN, OPTION_BPF_OBJECT, OPTION_WITHOUT_MODULE, OPTION_TOKEN };

struct arguments {
	struct verb_arguments common;
	bool boot;
	const char *token;
	struct engine_options engine;
};

static const struct argp_option options[] = {
	VERB_OPTION_ALLOW_CRITICAL("Load also rules that match what this system needs"),
	{ "boot", OPTION_BOOT, NULL, 0,
	  "In an initramfs, without an argument: the policy that was accepted last", 0 },
	{ "token", OPTION_TOKEN, "FILE", 0,
	  "What allows mode: off, where disarming is protected; without it, BUNDLE" TOKEN_SUFFIX,
	  0 },
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
	case OPTION_BOOT:
		args->boot = true;
		args->common.takes = NULL;
		return 0;
	case OPTION_TOKEN:
		args->token = arg;
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
	.args_doc = "DIR|BUNDLE\n--boot",
	.doc = "Check the policy in DIR or BUNDLE and make it the active one; with a daemon running, through "
	       "it. On any error the policy that was active stays active."
	       "\vExit status: 0 it is active; 1 errors in the policy, or it could not be loaded; "
	       "2 usage; 3 this kernel cannot enforce; 4 refused: by its signature, an older serial, "
	       "or rules that would stop this system.",
};

/* Through the daemon. Returns an exit status, or -1 where none is running. */
static int load_by_daemon(const struct arguments *args, const struct config *config)
{
	char why[CLIENT_WHY_LEN], path[PATH_MAX], token[PATH_MAX];
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
	if (args->token && !realpath(args->token, token)) {
		fprintf(stderr, "interdict load: %s: %s\n", args->token, strerror(errno));
		client_close(client);
		return EXIT_FAILED;
	}
	request = json_pack("{s:s, s:s, s:b}", "request", "load", "path", path, "allow_critical",
			    args->common.allow_critical);
	if (args->token)
		json_object_set_new(request, "token", json_string(token));
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
	if (policy->boot_asked)
		fprintf(stderr, "interdict load: %s\n", policy->boot_asked);
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

/* What a load without a daemon goes by: what was accepted before, and what time it is. */
struct known {
	struct store store;
	int store_err;
	struct timekeeping clock;
};

/* Of the policy that the kernel has; 0: it has none, or it cannot be asked. */
static uint64_t running_serial(void)
{
	const struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct engine_status status;
	struct engine *engine;

	if (engine_open(&takeover, &engine, NULL))
		return 0;
	engine_status(engine, &status);
	engine_close(engine);
	return status.policy.serial;
}

static void find_known(const struct config *config, struct known *known)
{
	known->store_err = last_good_open_store(STORE_DIR, running_serial(), config->log_file,
						config->trust, &known->store);
	timekeeping_begin(&known->clock, known->store_err ? NULL : &known->store.mark);
}

/* The later of the clock and of the time that is proved to have come, as the daemon judges by. */
static int64_t late(const struct known *known)
{
	struct policy_device device;

	timekeeping_now(&known->clock, &device);
	return device.late;
}

/* Returns an exit status; EXIT_DONE: @policy may be accepted. */
static int ask_store(const struct known *known, const struct policy *policy)
{
	char why[STORE_WHY_MAX];

	if (known->store_err) {
		fprintf(stderr, "interdict load: " STORE_DIR "/store cannot be read: %s\n",
			strerror(-known->store_err));
		return EXIT_FAILED;
	}
	if (known->store.why[0])
		fprintf(stderr, "interdict load: %s\n", known->store.why);
	if (store_check(&known->store, policy, why)) {
		fprintf(stderr, "interdict load: %s\n", why);
		return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

/* @copied: its text is beside the one that was accepted before. */
static void accept_policy(struct known *known, const struct policy *policy, int64_t when,
			  bool copied)
{
	int err;

	/* The text first, as the daemon does it. */
	if (!copied || last_good_replace(STORE_DIR)) {
		last_good_remove(STORE_DIR);
		fprintf(stderr, "interdict load: the text could not be kept in " LAST_GOOD "\n");
	}
	store_accept(&known->store, policy, when);
	known->store.mark = timekeeping_mark_now(&known->clock);
	err = store_write(&known->store);
	if (err)
		fprintf(stderr,
			"interdict load: " STORE_DIR
			"/store cannot be written: %s; after a reboot an "
			"older serial may be accepted\n",
			strerror(-err));
}

/* ---- what runs ---- */

/* Lines of banned processes; who has more asks `interdict scan`. */
#define RUNNING_LINES 20

static int print_running(void *ctx, struct running_found *found)
{
	size_t *n = ctx;
	char *path = escape_text(found->file.path);
	char *comm = escape_name(found->comm, strnlen(found->comm, sizeof(found->comm)),
				 ESCAPE_TERMINAL | ESCAPE_KEEP_BACKSLASH);

	if ((*n)++ < RUNNING_LINES)
		fprintf(stderr, "interdict load: process %d (%s) %s %s, which order %s bans\n",
			(int)found->pid, comm ? comm : "",
			found->op == INTERDICT_OP_EXEC ? "runs" : "has mapped", path ? path : "",
			*found->order ? found->order : "(the policy's header)");
	free(path);
	free(comm);
	running_found_free(found);
	return 0;
}

/* Without a daemon it is told, and nothing is done about it. */
static void tell_running(struct engine *engine, const struct policy *policy,
			 const struct policy_device *device)
{
	struct running_rules *rules = NULL;
	struct running_counts counts;
	struct compile_image image;
	size_t n = 0;
	struct engine_error why;
	int err = engine_image(engine, &image, &why);

	if (!err)
		err = running_rules_new(&image, engine_image_free, policy, device, &rules);
	if (!err)
		err = running_find(rules, NULL, print_running, &n, &counts);
	running_rules_unref(rules);
	if (err)
		fprintf(stderr, "interdict load: what runs was not looked at: %s\n",
			strerror(-err));
	else if (n)
		fprintf(stderr,
			"interdict load: %zu banned processes go on: no daemon is running that "
			"would end any\n",
			n);
}

/* Whether mode: off may become active. Returns an exit status. */
static int ask_token(const struct arguments *args, const struct config *config,
		     struct engine *engine, const struct policy *policy,
		     const struct policy_device *device)
{
	struct token_use use = { .actions = 1U << TOKEN_OFF,
				 .policy = policy->name,
				 .serial = policy->serial,
				 .early = device->early,
				 .late = device->late,
				 .trust_dir = config->trust };
	struct engine_status status;
	char path[PATH_MAX], why[BUNDLE_WHY_MAX];
	struct token_used used;

	engine_status(engine, &status);
	if (!token_for_off(policy, &status))
		return EXIT_DONE;
	snprintf(path, sizeof(path), "%s%s", args->token ? args->token : args->common.operand,
		 args->token ? "" : TOKEN_SUFFIX);
	use.path = path;
	if (token_take(&use, &used, why)) {
		fprintf(stderr, "interdict load: the token %s: %s\n", path, why);
		return EXIT_REFUSED;
	}
	fprintf(stderr, "interdict load: disarmed: %s\n", used.text);
	return EXIT_DONE;
}

static int load_directly(const struct arguments *args, const struct config *config,
			 struct known *known, const struct policy *policy)
{
	struct policy_device device = { .labels = config->labels, .n_labels = config->n_labels };
	struct engine_switched switched;
	struct engine_error err;
	struct engine *engine;
	int ret = ask_store(known, policy);
	bool copied;

	if (ret)
		return ret;
	timekeeping_now(&known->clock, &device);
	if (engine_open(&args->engine, &engine, &err))
		return print_error(&err);
	ret = ask_token(args, config, engine, policy, &device);
	copied = !ret && !last_good_copy(STORE_DIR, policy, args->common.operand, config->trust,
					 device.late);
	if (!ret && engine_switch(engine, policy, &device, &switched, &err)) {
		ret = print_error(&err);
		last_good_remove_copy(STORE_DIR);
	}
	if (ret) {
		engine_close(engine);
		return ret;
	}
	accept_policy(known, policy, device.late, copied);
	print_switched(policy, &device, &switched);
	print_degraded(engine);
	tell_running(engine, policy, &device);
	engine_close(engine);
	return EXIT_DONE;
}

/* What its package rules stand for, now. Returns 0 or -ENOMEM. */
static int resolve(struct policy *policy, struct package_report *report)
{
	const struct package_resolve_options options = { .root = "",
							 .kept = PACKAGE_KEPT,
							 .later = true };
	int err = lint_needed_resolve(policy, &options, report);

	if (err)
		return err;
	if (report->resolved)
		package_report_print(report, "interdict load: ", stderr);
	if (report->resolved)
		fprintf(stderr,
			"interdict load: when packages change, a daemon resolves them again; none "
			"is running\n");
	return 0;
}

/* Returns an exit status; EXIT_DONE with a policy to load. */
static int check(const struct arguments *args, const struct config *config, int64_t now,
		 struct policy **policy, struct package_report *packages)
{
	struct policy_errors errs = { 0 };
	int status, r;

	r = policy_load_to_enforce(args->common.operand, config->trust, now, policy, &errs);
	if (!r)
		r = resolve(*policy, packages);
	if (!r)
		r = lint_policy(*policy, verb_lint_flags(&args->common), now, &errs);
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
	struct package_report packages = { 0 };
	struct policy *policy = NULL;
	struct config config;
	struct known known;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (args.boot)
		return cmd_load_boot(&args.engine);
	status = verb_load_config(CONFIG_FILE, &config);
	if (status)
		return status;
	status = load_by_daemon(&args, &config);
	if (status < 0) {
		find_known(&config, &known);
		status = check(&args, &config, late(&known), &policy, &packages);
		if (status == EXIT_DONE)
			status = load_directly(&args, &config, &known, policy);
		if (status == EXIT_DONE)
			package_report_keep(&packages, PACKAGE_KEPT);
	}
	package_report_free(&packages);
	policy_free(policy);
	config_free(&config);
	return status;
}
