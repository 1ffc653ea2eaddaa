// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict watch`: events as they come, a line each. */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client.h"
#include "columns.h"
#include "commands.h"
#include "config.h"
#include "events/event_line.h"
#include "verb.h"
#include "view/view.h"

enum { WATCH_COLOR = VERB_OWN, WATCH_FULL };

struct watch_arguments {
	struct verb_arguments verb; /* first, for verb_parse() */
	enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } color;
	bool full;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("The lines of the record as they are"),
	{ "color", WATCH_COLOR, "WHEN", 0,
	  "auto (the default: on a terminal, without NO_COLOR), always or never", 0 },
	{ "full", WATCH_FULL, NULL, 0,
	  "A full screen: a list to look around in, counts, a timeline", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const when[] = { "auto", "always", "never" };
	struct watch_arguments *args = state->input;

	if (key == WATCH_FULL)
		args->full = true;
	if (key == ARGP_KEY_END && args->full && args->verb.json)
		argp_error(state, "--full shows and --json prints: one at a time");
	if (key != WATCH_COLOR)
		return key == WATCH_FULL ? 0 : verb_parse(key, arg, state);
	for (int i = COLOR_AUTO; i <= COLOR_NEVER; i++)
		if (!strcmp(arg, when[i])) {
			args->color = i;
			return 0;
		}
	argp_error(state, "--color is auto, always or never, not \"%s\"", arg);
	return EINVAL;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Print what is refused while it happens, and what else the daemon records."
	       "\vEnds when the daemon does, with status 1. A reader that is too slow misses "
	       "events, and is told how many; the record has them all.",
};

/* https://no-color.org: set, and not empty. */
static bool use_color(const struct watch_arguments *args)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (args->color != COLOR_AUTO)
		return args->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

/* The window may be another one at each event. */
static size_t terminal_columns(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) ? size.ws_col : 0;
}

static void print_event(const char *line, size_t len, struct event_style *style)
{
	json_t *event = json_loadb(line, len, 0, NULL);
	char *text;

	style->columns = terminal_columns();
	text = event ? event_describe_styled(event, style) : NULL;

	puts(text ? text : "an event that this version cannot read");
	free(text);
	json_decref(event);
}

static int watch(const struct config *config, const struct watch_arguments *args)
{
	/* What is not a terminal gets the whole line in the record's own UTF-8. */
	struct event_style style = { .color = use_color(args),
				     .ascii = isatty(STDOUT_FILENO) && !columns_use_locale() };
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
		if (args->verb.json)
			printf("%.*s\n", (int)len, line);
		else
			print_event(line, len, &style);
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

static int watch_full(const struct config *config, const struct watch_arguments *args)
{
	char why[VIEW_WHY_LEN];
	int ret = view_run(config, use_color(args), why);

	if (ret > 0) {
		/* So that who sent it sees that it worked. */
		signal(ret, SIG_DFL);
		raise(ret);
	}
	if (ret < 0)
		fprintf(stderr, "interdict watch: %s\n", why);
	return ret ? EXIT_FAILED : EXIT_DONE;
}

int cmd_watch(int argc, char **argv)
{
	struct watch_arguments args = { .verb.config = CONFIG_FILE };
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(args.verb.config, &config);
	if (status)
		return status;
	status = args.full ? watch_full(&config, &args) : watch(&config, &args);
	config_free(&config);
	return status;
}
