// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict unload`: switch enforcement off. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "verb.h"

static const struct argp argp = {
	.doc = "Switch enforcement off: no policy is active, and the BPF programs are let go; with a "
	       "daemon running, through it. The module stays loaded."
	       "\vExit status: 0 nothing is enforced any more; 1 it could not be switched off; "
	       "2 usage.",
};

/* Returns an exit status, or -1 where no daemon is running. */
static int unload_by_daemon(const struct config *config)
{
	json_t *request = json_pack("{s:s}", "request", "unload"), *reply;
	char why[CLIENT_WHY_LEN];
	int r, status;

	r = client_request(config->socket, request, &reply, why);
	json_decref(request);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return -1;
	if (r) {
		fprintf(stderr, "interdict unload: %s\n", why);
		return EXIT_FAILED;
	}
	status = client_reply_status("unload", reply, stderr);
	json_decref(reply);
	return status;
}

static int unload_directly(void)
{
	const struct engine_options options = { .flags = ENGINE_TAKEOVER };
	struct engine_error err;
	struct engine *engine;
	int r;

	r = engine_open(&options, &engine, &err);
	if (r == -ENOENT) {
		printf("nothing was loaded\n");
		return EXIT_DONE;
	}
	if (r == -EPROTO) {
		r = engine_discard(&err);
	} else if (!r) {
		r = engine_off(engine, &err);
		engine_close(engine);
	}
	if (r) {
		fprintf(stderr, "interdict unload: %s\n", err.text);
		return err.exit_status;
	}
	printf("unloaded: NOT ENFORCING\n");
	return EXIT_DONE;
}

int cmd_unload(int argc, char **argv)
{
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_USAGE;
	status = verb_load_config(CONFIG_FILE, &config);
	if (status)
		return status;
	status = unload_by_daemon(&config);
	if (status < 0)
		status = unload_directly();
	config_free(&config);
	return status;
}
