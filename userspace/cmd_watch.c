// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict watch`: events as they come, a line each. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "event_line.h"

enum { OPTION_CONFIG = 0x100, OPTION_JSON };

struct arguments {
	const char *config;
	bool json;
};

static const struct argp_option options[] = {
	{ "config", OPTION_CONFIG, "FILE", 0, "Instead of " CONFIG_FILE, 0 },
	{ "json", OPTION_JSON, NULL, 0, "The lines of the record as they are", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_CONFIG:
		args->config = arg;
		return 0;
	case OPTION_JSON:
		args->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "no argument is taken, not \"%s\"", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print what is refused while it happens, and what else the daemon records."
	       "\vEnds when the daemon does, with status 1. A reader that is too slow misses "
	       "events, and is told how many; the record has them all.",
};

static void print_event(const char *line, size_t len)
{
	json_t *event = json_loadb(line, len, 0, NULL);
	char *text = event ? event_describe(event) : NULL;

	puts(text ? text : "an event that this version cannot read");
	free(text);
	json_decref(event);
}

static int watch(const struct config *config, bool json)
{
	json_t *request = json_pack("{s:s}", "request", "watch"), *reply = NULL;
	char why[CLIENT_WHY_LEN];
	struct client *client = NULL;
	const char *line;
	size_t len;
	int err, status = EXIT_FAILED;

	err = client_open(config->socket, &client, why);
	if (!err)
		err = client_call(client, request, &reply, why);
	json_decref(request);
	if (err) {
		fprintf(stderr, "interdict watch: %s\n", why);
		goto out;
	}
	status = client_reply_status("watch", reply, stderr);
	if (status)
		goto out;
	status = EXIT_FAILED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((err = client_line(client, &line, &len)) > 0) {
		if (json)
			printf("%.*s\n", (int)len, line);
		else
			print_event(line, len);
		if (ferror(stdout))
			goto out;
	}
	fprintf(stderr, "interdict watch: %s%s\n",
		err ? "reading from the daemon: " : "the daemon has ended",
		err ? strerror(-err) : "; the kernel goes on enforcing");
out:
	json_decref(reply);
	client_close(client);
	return status;
}

int cmd_watch(int argc, char **argv)
{
	struct arguments args = { .config = CONFIG_FILE };
	struct policy_errors errs = { 0 };
	struct config config;
	int status = EXIT_FAILED;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (config_load(args.config, &config, &errs) == 0) {
		status = watch(&config, args.json);
		config_free(&config);
	} else {
		policy_errors_print(&errs, stderr);
	}
	policy_errors_free(&errs);
	return status;
}
