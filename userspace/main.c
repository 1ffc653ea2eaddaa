// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict VERB`: finds the verb, and nothing else. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

/* In the order of `interdict --help`: from writing an order to living with it. */
static const struct command commands[] = {
	{ "check", "parse a policy and say what is wrong with it", cmd_check },
	{ "import", "make an order from what others publish", cmd_import },
	{ "sign", "make a signed bundle of a policy", cmd_sign },
	{ "verify", "check a bundle's signature, and say whose it is", cmd_verify },
	{ "diff", "what a new policy changes", cmd_diff },
	{ "replay", "which recorded decisions a policy would change", cmd_replay },
	{ "load", "make a policy the active one", cmd_load },
	{ "unload", "switch enforcement off", cmd_unload },
	{ "status", "what is enforced, what is missing, and the counters", cmd_status },
	{ "daemon", "load, enforce, record, and answer the other verbs", cmd_daemon },
	{ "watch", "what is refused, as it happens", cmd_watch },
	{ "log", "the record of events: what is in it; log verify proves it", cmd_log },
	{ "id", "every identifier of a file", cmd_id },
	{ "explain", "why a file is refused, or is not", cmd_explain },
	{ "scan", "find what is banned and on this device", cmd_scan },
	{ "remove", "take away what is banned and there; bring back", cmd_remove },
	{ "door", "keep banned packages out, for the package managers' hooks", cmd_door },
	{ "doctor", "what this system can and cannot do, and what to change", cmd_doctor },
	{ "notify-desktop", NULL, cmd_notify_desktop },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* argp's own names. */
const char *argp_program_version = "interdict " INTERDICT_VERSION;

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* The list of verbs, and what argp cannot know. argp frees the text. */
static char *help(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t len = 0;
	size_t i;
	FILE *f;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;
	f = open_memstream(&list, &len);
	if (!f)
		return (char *)text;
	fputs("Verbs:\n", f);
	for (i = 0; i < N_COMMANDS; i++)
		if (commands[i].summary)
			fprintf(f, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`interdict VERB --help' says more about each, and so does interdict-VERB(1).\n"
	      "Exit status: 0 done; 1 failed; 2 usage; 3 not supported here; 4 refused; "
	      "5 something banned was found.",
	      f);
	fclose(f);
	return list;
}

struct choice {
	const struct command *command;
	int at; /* index in argv of the verb */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		choice->command = find(arg);
		if (!choice->command)
			argp_error(state, "there is no verb \"%s\"", arg);
		choice->at = state->next - 1;
		state->next = state->argc; /* the rest is the verb's */
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a verb is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Output that did not arrive (a full disk, a closed pipe) is not "done". */
static int finish(int status)
{
	if (!ferror(stdout) && !fflush(stdout))
		return status;
	fprintf(stderr, "interdict: writing the output: %s\n", strerror(errno));
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse,
		.args_doc = "VERB [ARGUMENT...]",
		.doc = "Enforce ban orders: the kernel refuses to run, map or open what they name.\v",
		.help_filter = help,
	};
	struct choice choice = { 0 };
	char name[64];

	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice))
		return EXIT_USAGE;
	snprintf(name, sizeof(name), "interdict %s", choice.command->name);
	argv[choice.at] = name;
	return finish(choice.command->run(argc - choice.at, argv + choice.at));
}
