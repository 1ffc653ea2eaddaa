// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict remove`: a plan of what to take away, and doing it. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_remove.h"
#include "commands.h"
#include "decide/enforced.h"
#include "escape.h"
#include "remove/remove_event.h"
#include "remove/remove_find.h"
#include "remove/remove_run.h"
#include "scan/scan.h"
#include "scan/scan_cache.h"
#include "scan/scan_process.h"

/* Of a removal that nobody attends: how often a plan is tried to be made, and seconds between. */
#define UNATTENDED_TRIES 6
#define UNATTENDED_PAUSE 10

enum {
	REMOVE_POLICY = VERB_OWN,
	REMOVE_ORDER,
	REMOVE_DELETE,
	REMOVE_RESTORE,
	REMOVE_LIST,
	REMOVE_FORCE,
	REMOVE_PACKAGES,
	REMOVE_UNATTENDED,
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object"),
	{ "yes", 'y', NULL, 0, "Do it; without this nothing is changed", 0 },
	{ "order", REMOVE_ORDER, "ID", 0, "Only what this order names; may be repeated", 0 },
	{ "packages", REMOVE_PACKAGES, NULL, 0, "Packages only: no files are looked for", 0 },
	{ "delete", REMOVE_DELETE, NULL, 0, "Delete files, instead of keeping them in quarantine",
	  0 },
	{ "unattended", REMOVE_UNATTENDED, NULL, 0,
	  "As the daemon does it: only orders that say `installed: remove', and no package that "
	  "others need",
	  0 },
	{ "policy", REMOVE_POLICY, "DIR|BUNDLE", 0, "By this policy, as if it were enforced", 0 },
	{ "list", REMOVE_LIST, NULL, 0, "What is in quarantine", 0 },
	{ "restore", REMOVE_RESTORE, "ID|PATH", 0, "Bring a file back from quarantine", 0 },
	{ "force", REMOVE_FORCE, NULL, 0, "Bring it back though it is banned", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct remove_arguments *args = state->input;

	switch (key) {
	case 'y':
		args->yes = true;
		return 0;
	case REMOVE_ORDER:
		args->orders[args->n_orders++] = arg;
		return 0;
	case REMOVE_PACKAGES:
		args->packages = true;
		return 0;
	case REMOVE_DELETE:
		args->delete = true;
		return 0;
	case REMOVE_UNATTENDED:
		args->unattended = true;
		return 0;
	case REMOVE_POLICY:
		args->policy = arg;
		return 0;
	case REMOVE_LIST:
		args->list = true;
		return 0;
	case REMOVE_RESTORE:
		args->restore = arg;
		return 0;
	case REMOVE_FORCE:
		args->force = true;
		return 0;
	case ARGP_KEY_ARG:
		return ARGP_ERR_UNKNOWN; /* all at once, then */
	case ARGP_KEY_ARGS:
		args->paths = state->argv + state->next;
		args->n_paths = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (args->list + !!args->restore + (args->yes || args->delete || args->n_paths) > 1)
			argp_error(state, "--list and --restore stand alone");
		if (args->packages && args->n_paths)
			argp_error(state, "--packages or a PATH");
		if (args->force && !args->restore)
			argp_error(state, "--force goes with --restore");
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PATH...]",
	.doc = "Say what the orders in force have removed from this device: packages by their "
	       "managers, other files to quarantine. Files are looked for below each PATH, or without "
	       "one, on all local file systems. With --yes it is done; what was cut off is finished "
	       "first."
	       "\vExit status: 0 nothing is to be removed, or all is done; 1 failed, or something "
	       "banned stays; 2 usage; 4 a file is not brought back, as it is banned; 5 something is "
	       "to be removed.",
};

/* ---- doing it ---- */

static void on_problem(void *context, const char *path, int err, const char *why)
{
	size_t *problems = context;

	(void)err;
	(*problems)++;
	verb_complain("remove", path, why);
}

struct told {
	bool json;
	json_t *results;
};

static void on_step(void *context, const json_t *step, const char *action, const char *reason)
{
	struct told *told = context;
	const json_t *package = json_object_get(step, "package");
	const char *name =
		json_string_value(package ? json_object_get(package, "id") :
					    json_object_get(json_object_get(step, "file"), "path"));

	if (told->json) {
		json_array_append_new(told->results, json_pack("{s:s, s:s?, s:O}", "action", action,
							       "reason", reason, "step", step));
		return;
	}
	printf("%s: ", action);
	escape_print(stdout, "", name ? name : "");
	if (reason)
		escape_print(stdout, "  ", reason);
	fflush(stdout);
}

static const struct remove_run_options run_options = {
	.root = "",
	.dir = REMOVE_DIR,
	.quarantine = QUARANTINE_DIR,
	.events = REMOVE_EVENTS_DIR,
	.tell = on_step,
};

static int complain(int err)
{
	fprintf(stderr, "interdict remove: %s\n",
		err == -EBUSY	   ? "another removal is under way" :
		err == -ECANCELED  ? "stopped" :
		err == -EOPNOTSUPP ? "not supported here" :
				     strerror(-err));
	return EXIT_FAILED;
}

/* One that is misspelt would have nothing removed, and say that all is well. The daemon's may have
 * been lifted since. */
static bool orders_are_known(const struct remove_arguments *args, const struct policy *policy)
{
	bool all = true;

	for (size_t i = 0; i < args->n_orders && !args->unattended; i++) {
		size_t n = 0;

		while (n < policy->n_orders && strcmp(policy->orders[n].id, args->orders[i]) != 0)
			n++;
		if (n == policy->n_orders)
			verb_complain("remove", args->orders[i], "the policy has no such order");
		all &= n < policy->n_orders;
	}
	return all;
}

static int find(const struct remove_arguments *args, const struct config *config, json_t **plan,
		size_t *problems)
{
	struct policy_errors errs = { 0 };
	struct active_policy active;
	struct remove_find_options find = {
		.plan = { .root = "",
			  .quarantine = QUARANTINE_DIR,
			  .orders = args->orders,
			  .n_orders = args->n_orders,
			  .remove_only = args->unattended,
			  .alone = args->unattended,
			  .delete = args->delete },
		.paths = args->paths,
		.n_paths = (size_t)args->n_paths,
		.packages = args->packages,
		.cache = SCAN_CACHE_FILE,
		.threads = scan_processors(),
		.stop = &scan_stop,
		.problem = on_problem,
		.context = problems,
	};
	int err = enforced_policy_find(args->policy, config, &active, &errs);

	policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	if (err == -ENOENT)
		fprintf(stderr, "interdict remove: no policy is enforced\n");
	if (err)
		return EXIT_FAILED;
	if (!orders_are_known(args, active.policy)) {
		active_policy_free(&active);
		return EXIT_FAILED;
	}
	err = remove_find(active.policy, &active.device, &find, plan);
	active_policy_free(&active);
	return err ? complain(err) : EXIT_DONE;
}

/* Nobody is there to try again, and the daemon does only the next day: it may be switching just
 * now, so that its policy's text and what the kernel has are not of one policy. */
static int find_patiently(const struct remove_arguments *args, const struct config *config,
			  json_t **plan, size_t *problems)
{
	int status = EXIT_FAILED;

	for (unsigned int tries = 0; tries < UNATTENDED_TRIES && !atomic_load(&scan_stop);
	     tries++) {
		if (tries)
			sleep(UNATTENDED_PAUSE);
		status = find(args, config, plan, problems);
		if (!status || !args->unattended)
			break;
	}
	return status;
}

/* The plan, as what is left to do. */
static int show(const struct remove_arguments *args, const json_t *plan, bool cut_off)
{
	size_t todo = remove_plan_todo(plan);

	if (args->common.json) {
		verb_print_json(plan);
	} else {
		remove_plan_print(plan, stdout);
		if (cut_off)
			printf("An earlier removal was cut off: `interdict remove --yes' finishes it "
			       "first.\n");
		printf(todo ? "%zu to be removed: `interdict remove --yes' does it.\n" :
			      "Nothing is to be removed.\n",
		       todo);
	}
	if (todo || cut_off)
		return EXIT_FOUND;
	return remove_plan_stays(plan) ? EXIT_FAILED : EXIT_DONE;
}

static int end(const struct remove_arguments *args, json_t *plan, struct told *told,
	       const struct remove_run_counts *counts)
{
	if (args->common.json) {
		json_t *all =
			json_pack("{s:O, s:O, s:I, s:I, s:I}", "plan", plan, "results",
				  told->results, "done", (json_int_t)counts->done, "failed",
				  (json_int_t)counts->failed, "stays", (json_int_t)counts->stays);

		verb_print_json(all);
		json_decref(all);
	} else {
		printf("%zu removed, %zu failed, %zu stay.\n", counts->done, counts->failed,
		       counts->stays);
	}
	return counts->failed || counts->stays ? EXIT_FAILED : EXIT_DONE;
}

static int remove_now(const struct remove_arguments *args, const struct config *config)
{
	struct told told = { args->common.json, json_array() };
	struct remove_run_options run = run_options;
	struct remove_run_counts counts = { 0 };
	size_t problems = 0;
	json_t *plan = NULL;
	int status = EXIT_DONE, err;

	run.context = &told;
	err = remove_continue(&run, &counts);
	if (err == -ENOENT)
		err = 0;
	if (err == -EBADMSG)
		fprintf(stderr, "interdict remove: the plan that was cut off, " REMOVE_DIR
				"/plan, cannot be read: delete it to make a new one\n");
	if (err)
		status = complain(err);
	if (!status)
		status = find_patiently(args, config, &plan, &problems);
	if (!status && json_array_size(json_object_get(plan, "steps"))) {
		err = remove_run(plan, &run, &counts);
		if (err)
			status = complain(err);
	}
	if (!status)
		status = end(args, plan, &told, &counts);
	if (!status && problems)
		status = EXIT_FAILED;
	json_decref(plan);
	json_decref(told.results);
	return status;
}

static int plan_or_remove(const struct remove_arguments *args, const struct config *config)
{
	size_t problems = 0;
	json_t *plan;
	int lock, status;

	if (!args->yes) {
		status = find(args, config, &plan, &problems);
		if (status)
			return status;
		status = show(args, plan, remove_is_cut_off(REMOVE_DIR));
		json_decref(plan);
		return !status && problems ? EXIT_FAILED : status;
	}
	lock = remove_lock(REMOVE_DIR, args->unattended);
	if (lock < 0)
		return complain(lock);
	status = remove_now(args, config);
	close(lock);
	return status;
}

int cmd_remove(int argc, char **argv)
{
	struct remove_arguments args = { .common = { .config = CONFIG_FILE } };
	struct config config;
	int status;

	/* No more than there are arguments. */
	args.orders = calloc((size_t)argc, sizeof(*args.orders));
	if (!args.orders)
		return complain(-ENOMEM);
	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		status = EXIT_USAGE;
	else if (geteuid() != 0)
		status = complain(-EPERM);
	else if (args.list)
		status = remove_list(&args);
	else
		status = verb_load_config(args.common.config, &config);
	if (!status && !args.list) {
		scan_raise_limit();
		scan_catch_signals();
		status = args.restore ? remove_restore(&args, &config) :
					plan_or_remove(&args, &config);
		config_free(&config);
	}
	free(args.orders);
	return status;
}
