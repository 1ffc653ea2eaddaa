// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict daemon`: load, enforce, stream. What it does is in daemon.c. */
#include <argp.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "config.h"
#include "daemon/daemon.h"
#include "verb.h"

enum { OPTION_WITHOUT_MODULE = VERB_OWN, OPTION_BPF_OBJECT, OPTION_ARM };

struct arguments {
	struct verb_arguments common;
	struct engine_options engine;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	{ "without-module", OPTION_WITHOUT_MODULE, NULL, 0,
	  "Do without interdict.ko: degraded, only exec and map are covered", 0 },
	{ "bpf-object", OPTION_BPF_OBJECT, "FILE", 0, "BPF object instead of the one built in", 0 },
	{ "arm", OPTION_ARM, NULL, OPTION_HIDDEN, "Switch the guards on", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_WITHOUT_MODULE:
		args->engine.flags |= ENGINE_NO_MODULE;
		return 0;
	case OPTION_BPF_OBJECT:
		args->engine.object = arg;
		return 0;
	case OPTION_ARM:
		args->engine.flags |= ENGINE_ARM;
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Load the configured policy, enforce it, record what is refused, and answer the "
	       "other verbs. Without a policy it runs, says NOT ENFORCING, and waits for one. "
	       "SIGHUP loads the policy again; after SIGTERM the kernel goes on enforcing."
	       "\vExit status: 0 stopped; 1 failed; 2 usage; 3 this kernel cannot enforce.",
};

int cmd_daemon(int argc, char **argv)
{
	struct arguments args = { .common.config = CONFIG_FILE };

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (geteuid() != 0) {
		fprintf(stderr, "interdict daemon: only root can enforce a policy\n");
		return EXIT_FAILED;
	}
	return daemon_run(args.common.config, &args.engine);
}
