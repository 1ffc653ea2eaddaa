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
#include "events/event_line.h"
#include "verb.h"

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("The lines of the record as they are"),
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = verb_parse,
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
	struct verb_arguments args = { .config = CONFIG_FILE };
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(args.config, &config);
	if (status)
		return status;
	status = watch(&config, args.json);
	config_free(&config);
	return status;
}
