// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict scan [PATH...]`: what is banned and there. */
#include <argp.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd_scan.h"
#include "commands.h"
#include "config.h"
#include "decide/active.h"
#include "engine/engine.h"
#include "keep/store.h"
#include "scan/scan_cache.h"
#include "scan/scan_installed.h"
#include "scan/scan_process.h"
#include "scan/scan_running.h"
#include "verb.h"

/* What is looked for. */
#define WHAT_FILES     1U
#define WHAT_PACKAGES  2U
#define WHAT_PROCESSES 4U

enum {
	SCAN_POLICY = VERB_OWN,
	SCAN_ONLY,
	SCAN_OPTION_CSV,
	SCAN_OPTION_SARIF,
	SCAN_CACHE,
	SCAN_NO_CACHE,
	SCAN_NO_PROGRESS,
};

struct arguments {
	struct verb_arguments common;
	const char *policy, *cache;
	unsigned int threads; /* 0: as many as processors */
	unsigned int what;    /* WHAT_*; 0: files where there are paths, else all */
	bool csv, sarif, no_cache, one, quiet, no_progress;
	char **paths;
	int n_paths;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	{ "policy", SCAN_POLICY, "DIR|BUNDLE", 0, "Look for what this policy bans", 0 },
	{ "only", SCAN_ONLY, "WHAT,...", 0,
	  "files, packages, processes; without it files where there is a PATH, else all", 0 },
	{ "one-file-system", 'x', NULL, 0, "Nothing that is mounted below a PATH", 0 },
	VERB_OPTION_JSON("A JSON object in each line"),
	{ "csv", SCAN_OPTION_CSV, NULL, 0, "Findings as CSV", 0 },
	{ "sarif", SCAN_OPTION_SARIF, NULL, 0, "Findings as a SARIF 2.1.0 log", 0 },
	{ "threads", 'j', "N", 0, "Instead of as many as there are processors", 0 },
	{ "cache", SCAN_CACHE, "FILE", 0, "Instead of " SCAN_CACHE_FILE, 0 },
	{ "no-cache", SCAN_NO_CACHE, NULL, 0, "Keep nothing, and use nothing that was kept", 0 },
	{ "no-progress", SCAN_NO_PROGRESS, NULL, 0, "No bar, also on a terminal", 0 },
	{ "quiet", 'q', NULL, 0, "Findings and problems only", 0 },
	{ 0 },
};

static unsigned int parse_what(const char *text)
{
	static const char *const names[] = { "files", "packages", "processes" };
	unsigned int what = 0, i;

	while (*text) {
		size_t len = strcspn(text, ",");

		for (i = 0; i < 3; i++)
			if (strlen(names[i]) == len && !strncmp(names[i], text, len))
				break;
		if (i == 3)
			return 0;
		what |= 1U << i;
		text += len + (text[len] == ',');
	}
	return what;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	char *end;

	switch (key) {
	case SCAN_POLICY:
		args->policy = arg;
		return 0;
	case SCAN_ONLY:
		args->what = parse_what(arg);
		if (!args->what)
			argp_error(state, "--only is files, packages, processes, not \"%s\"", arg);
		return 0;
	case SCAN_OPTION_CSV:
		args->csv = true;
		return 0;
	case SCAN_OPTION_SARIF:
		args->sarif = true;
		return 0;
	case SCAN_CACHE:
		args->cache = arg;
		return 0;
	case SCAN_NO_CACHE:
		args->no_cache = true;
		return 0;
	case SCAN_NO_PROGRESS:
		args->no_progress = true;
		return 0;
	case 'x':
		args->one = true;
		return 0;
	case 'q':
		args->quiet = true;
		return 0;
	case 'j':
		errno = 0;
		args->threads = (unsigned int)strtoul(arg, &end, 10);
		if (errno || *end || !args->threads || args->threads > SCAN_THREADS_MAX)
			argp_error(state, "--threads is 1 to %u, not \"%s\"", SCAN_THREADS_MAX,
				   arg);
		return 0;
	case ARGP_KEY_ARG:
		return ARGP_ERR_UNKNOWN; /* all at once, then */
	case ARGP_KEY_ARGS:
		args->paths = state->argv + state->next;
		args->n_paths = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (args->common.json + args->csv + args->sarif > 1)
			argp_error(state, "--json, --csv, --sarif: one at a time");
		if (args->n_paths && args->what && !(args->what & WHAT_FILES))
			argp_error(state, "a PATH is of files");
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[PATH...]",
	.doc = "Say what the active policy bans and this device has: files below each PATH; or "
	       "without one, files on all its file systems but those on the network and FUSE, "
	       "packages, and processes. As root, and with the module, nothing is opened for it."
	       "\vExit status: 0 nothing was found; 1 nothing was found, but not all could be "
	       "looked at; 2 usage; 5 something banned was found.",
};

/* ---- getting ready ---- */

/* The policy, without its text, which may be large. */
static int load_policy(const struct arguments *args, const struct config *config,
		       struct scan_policy *ret)
{
	struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct policy_errors errs = { 0 };
	struct engine *engine = NULL;
	struct engine_error engine_err;
	struct active_policy active;
	int err;

	/* Without programs, or not as root, the text is all there is. */
	if (engine_open(&takeover, &engine, &engine_err))
		engine = NULL;
	err = active_policy_find(args->policy, config, engine, &active, &errs);
	engine_close(engine);
	if (err)
		policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	if (err)
		return EXIT_FAILED;
	err = scan_policy_init(active.policy, &active.device, ret);
	active_policy_free(&active);
	malloc_trim(0);
	if (err)
		fprintf(stderr, "interdict scan: %s\n", strerror(-err));
	else if (active.remark && !args->policy && !args->quiet)
		fprintf(stderr, "interdict scan: %s\n", active.remark);
	if (!err && !ret->image.head->orders && !args->quiet)
		fputs("interdict scan: no order of the policy is in force here\n", stderr);
	return err ? EXIT_FAILED : EXIT_DONE;
}

static int find_roots(const struct arguments *args, struct scan_roots *roots)
{
	static char *all[] = { "/" };
	char **paths = args->n_paths ? args->paths : all;
	size_t n = args->n_paths ? (size_t)args->n_paths : 1;
	unsigned int flags = scan_roots_can_copy() ? SCAN_ROOTS_COPIES : 0;
	int err = 0;

	if (args->one)
		flags |= SCAN_ROOTS_ONE;
	else if (!args->n_paths)
		flags |= SCAN_ROOTS_NAMESPACES;
	*roots = (struct scan_roots){ 0 };
	if (args->what & WHAT_FILES)
		err = scan_roots_find(paths, n, flags, roots);
	if (err)
		fprintf(stderr, "interdict scan: /proc/self/mountinfo: %s\n", strerror(-err));
	return err ? EXIT_FAILED : EXIT_DONE;
}

/* Without a cache it takes longer, and that is all: but it is said. */
static struct scan_cache *open_cache(const struct arguments *args)
{
	const char *path = args->cache ? args->cache : SCAN_CACHE_FILE;
	struct scan_cache *cache = NULL;
	char why[SCAN_CACHE_WHY], maker[160];
	int err;

	if (!(args->what & WHAT_FILES) || args->no_cache || (!args->cache && geteuid() != 0))
		return NULL;
	/* As the daemon makes it. */
	if (!args->cache)
		mkdir(STORE_DIR, 0700);
	scan_cache_maker(maker);
	err = scan_cache_open(path, maker, &cache, why);
	if (err)
		fprintf(stderr, "interdict scan: %s cannot be used: %s\n", path, why);
	else if (*why && !args->quiet)
		fprintf(stderr, "interdict scan: %s is begun anew: %s\n", path, why);
	return err ? NULL : cache;
}

/* ---- the scan ---- */

static int status_of(const struct scan_counts *counts, bool failed)
{
	if (counts->found || counts->found_audit)
		return EXIT_FOUND;
	return failed || counts->problems ? EXIT_FAILED : EXIT_DONE;
}

/* What takes no time before the rest. */
static int look(const struct arguments *args, const struct scan_options *options,
		struct scan_counts *counts)
{
	int err = 0;

	if (args->what & WHAT_PACKAGES)
		err = scan_installed(options->policy, "", &options->report, counts);
	if (!err && args->what & WHAT_PROCESSES && !atomic_load(&scan_stop))
		err = scan_running(options->policy, &options->report, counts);
	if (!err && args->what & WHAT_FILES)
		err = scan_run(options, counts);
	return err;
}

static int scan(const struct arguments *args, const struct scan_policy *policy,
		struct scan_roots *roots)
{
	struct scan_counts counts = { 0 };
	struct scan_output output = {
		.format = args->common.json ? SCAN_JSON :
			  args->csv	    ? SCAN_CSV :
			  args->sarif	    ? SCAN_SARIF :
					      SCAN_TEXT,
		.quiet = args->quiet,
		.bar = !args->quiet && !args->no_progress && isatty(STDERR_FILENO),
		.policy = policy,
		.counts = &counts,
	};
	struct scan_options options = {
		.policy = policy,
		.roots = roots,
		.cache = open_cache(args),
		.threads = args->threads ? args->threads : scan_processors(),
		.control = engine_control(),
		.report = { .context = &output,
			    .found = scan_output_found,
			    .problem = scan_output_problem,
			    .progress = scan_output_progress },
		.stop = &scan_stop,
	};
	char why[SCAN_CACHE_WHY], said[SCAN_CACHE_WHY + 64];
	struct scan_end end = { 0 };
	int err;

	output.progress.total = scan_roots_inodes(roots);
	scan_output_begin(&output);
	scan_output_skipped(&output, roots);
	scan_catch_signals();
	err = look(args, &options, &counts);
	if (err)
		fprintf(stderr, "interdict scan: %s\n", strerror(-err));
	if (options.control >= 0)
		close(options.control);
	if (scan_cache_close(options.cache, why)) {
		snprintf(said, sizeof(said), "not all was kept for the next scan: %s", why);
		end.why = said;
	}
	end.stopped = atomic_load(&scan_stop);
	end.status = status_of(&counts, err || end.stopped);
	scan_output_end(&output, &end);
	return end.status;
}

int cmd_scan(int argc, char **argv)
{
	struct arguments args = { .common = { .config = CONFIG_FILE } };
	struct scan_policy policy;
	struct scan_roots roots;
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(args.common.config, &config);
	if (status)
		return status;
	scan_raise_limit();
	status = load_policy(&args, &config, &policy);
	config_free(&config);
	if (status)
		return status;
	if (!args.what)
		args.what = args.n_paths ? WHAT_FILES : WHAT_FILES | WHAT_PACKAGES | WHAT_PROCESSES;
	status = find_roots(&args, &roots);
	if (!status) {
		status = scan(&args, &policy, &roots);
		scan_roots_free(&roots);
	}
	scan_policy_free(&policy);
	return status;
}
