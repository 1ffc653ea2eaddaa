// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict import FORMAT FILE`: what others say is bad, to an order. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd_import.h"
#include "commands.h"
#include "escape.h"
#include "verb.h"

enum {
	OPTION_REPLACE = VERB_OWN,
	OPTION_ORDER,
	OPTION_TITLE,
	OPTION_AUTHORITY,
	OPTION_REFERENCE,
	OPTION_REASON,
	OPTION_STATUS,
	OPTION_ALL,
	OPTION_STRICT,
};

static const struct argp_option options[] = {
	{ "order", OPTION_ORDER, "ID", 0, "The order's ID", 1 },
	{ "title", OPTION_TITLE, "TEXT", 0, "What it bans (default: what the file suggests)", 1 },
	{ "authority", OPTION_AUTHORITY, "TEXT", 0, "Who orders it", 1 },
	{ "reference", OPTION_REFERENCE, "TEXT", 0,
	  "Where it can be read (default: what the file suggests)", 1 },
	{ "reason", OPTION_REASON, "TEXT", 0, "Why", 1 },
	{ "status", OPTION_STATUS, "STATUS", 0,
	  "Of the entries: verified, unverified (default) or none", 1 },
	{ "output", 'o', "DIR", 0,
	  "Write DIR/orders/ID.yaml, and for many hashes DIR/lists/ID.sha256, DIR being a policy",
	  2 },
	{ "replace", OPTION_REPLACE, NULL, 0, "Overwrite them", 2 },
	{ "all", OPTION_ALL, NULL, 0,
	  "Import also what is revoked, expired, not valid yet, or not meant for detection", 3 },
	{ "strict", OPTION_STRICT, NULL, 0, "Import nothing if a row is malformed", 3 },
	{ "verbose", 'v', NULL, 0, "Name each row that is refused", 3 },
	{ "json", VERB_JSON, NULL, 0, "The account as one JSON object on standard output", 3 },
	{ 0 },
};

static void operand(struct import_arguments *args, char *arg, struct argp_state *state)
{
	switch (args->n_operands++) {
	case 0:
		if (import_format_parse(arg, &args->format))
			argp_error(
				state,
				"there is no format \"%s\"; it is one of sha256sum, santa, stix, "
				"misp, abusech, blacklist",
				arg);
		break;
	case 1:
		args->file = arg;
		break;
	default:
		argp_error(state, "one file at a time, not also \"%s\"", arg);
	}
}

static void set_status(struct import_arguments *args, char *arg, struct argp_state *state)
{
	args->head.status = strcmp(arg, "none") ? arg : NULL;
	if (args->head.status && strcmp(arg, "verified") && strcmp(arg, "unverified"))
		argp_error(state, "--status is verified, unverified or none, not \"%s\"", arg);
}

/* What an order must have, and only its authority can say. */
static void check_head(const struct import_arguments *args, struct argp_state *state)
{
	bool suggests = import_format_has_title(args->format);
	const struct {
		const char *option;
		bool missing;
	} needed[] = {
		{ "--order", !args->head.order },
		{ "--title", !args->head.title && !suggests },
		{ "--authority", !args->head.authority },
		{ "--reference", !args->head.reference && !suggests },
		{ "--reason", !args->head.reason },
	};
	char list[128] = "";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i].missing)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 used ? ", " : "", needed[i].option);
	if (used)
		argp_error(state, "an order needs %s: only its authority can say that", list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct import_arguments *args = state->input;

	switch (key) {
	case OPTION_ORDER:
		args->head.order = arg;
		return 0;
	case OPTION_TITLE:
		args->head.title = arg;
		return 0;
	case OPTION_AUTHORITY:
		args->head.authority = arg;
		return 0;
	case OPTION_REFERENCE:
		args->head.reference = arg;
		return 0;
	case OPTION_REASON:
		args->head.reason = arg;
		return 0;
	case OPTION_STATUS:
		set_status(args, arg, state);
		return 0;
	case 'o':
		args->directory = arg;
		return 0;
	case OPTION_REPLACE:
		args->replace = true;
		return 0;
	case OPTION_ALL:
		args->all = true;
		return 0;
	case OPTION_STRICT:
		args->strict = true;
		return 0;
	case 'v':
		args->verbose = true;
		return 0;
	case VERB_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		operand(args, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (args->n_operands < 2)
			argp_error(state, "a format and a file are needed");
		if (args->replace && !args->directory)
			argp_error(state, "--replace goes with --output");
		check_head(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FORMAT FILE",
	.doc = "Make an order from FILE (- is standard input), and print it, or write it into a "
	       "policy's directory. FORMAT is sha256sum (lists of hashes), santa (rules as JSON), "
	       "stix (a STIX 2.1 bundle), misp (events as JSON), abusech (CSV of MalwareBazaar or "
	       "ThreatFox) or blacklist (the kernel's .blacklist). What cannot be banned by a "
	       "SHA-256 is refused, counted, and shown on standard error."
	       "\vExit status: 0 imported; 1 the file cannot be read, or has nothing to import; "
	       "2 usage.",
};

/* What is wrong with the options is said before anything is read. */
static int check_options(const struct import_arguments *args)
{
	struct import_head head = args->head;
	char why[IMPORT_WHY_MAX] = "out of memory";

	if (!head.title)
		head.title = "?";
	if (!head.reference)
		head.reference = "?";
	if (!import_head_check(&head, why))
		return EXIT_DONE;
	escape_print(stderr, "interdict import: ", why);
	return EXIT_USAGE;
}

int cmd_import(int argc, char **argv)
{
	struct import_arguments args = { .head.status = "unverified" };
	int status;
	int fd;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = check_options(&args);
	if (status)
		return status;
	if (!strcmp(args.file, "-"))
		return import_run(&args, STDIN_FILENO);
	fd = open(args.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		verb_complain("import", args.file, strerror(errno));
		return EXIT_FAILED;
	}
	status = import_run(&args, fd);
	close(fd);
	return status;
}
