// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log VERB`: what is done with the record of events. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"

static const struct command verbs[] = {
	{ "verify", "whether it is whole, in order and signed", cmd_log_verify },
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "there is no \"log %s\"", arg);
	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "log verify?");
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "verify ...",
	.doc = "Work on the record of events."
	       "\v  verify     whether it is whole, in order and signed\n\n"
	       "\"interdict log VERB --help\" tells more.",
};

int cmd_log(int argc, char **argv)
{
	char name[32];

	for (size_t i = 0; argc > 1 && i < N_VERBS; i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		snprintf(name, sizeof(name), "interdict log %s", verbs[i].name);
		argv[1] = name;
		return verbs[i].run(argc - 1, argv + 1);
	}
	return argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL) ? EXIT_USAGE : EXIT_DONE;
}
