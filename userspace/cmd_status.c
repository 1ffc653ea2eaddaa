// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict status`: what is enforced, what is missing, and whether the counters balance. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "daemon/status_json.h"
#include "token/protect.h"
#include "verb.h"

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object"),
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = verb_parse,
	.doc = "Say in the first line whether what should be refused is; then by what that is known: a "
	       "canary that is tried, policy, hooks, what is degraded and why, the counters."
	       "\vExit status: 0 all that should be enforced is; 1 it is not (no policy, mode off, "
	       "degraded), or that cannot be found out; 2 usage; 3 this kernel cannot enforce.",
};

/* Without a daemon. Returns a status, or NULL with *@exit_status set and the reason printed. */
static json_t *ask_engine(int *exit_status)
{
	struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct engine_error err = { 0 };
	struct engine_status status;
	struct engine *engine;
	struct canary canary;
	json_t *json;
	int ret = engine_open(&takeover, &engine, &err);

	if (ret == -ENOENT)
		return status_json(NULL);
	if (ret) {
		fprintf(stderr, "interdict status: %s\n", err.text);
		*exit_status = err.exit_status ? err.exit_status : EXIT_FAILED;
		return NULL;
	}
	engine_status(engine, &status);
	json = status_json(&status);
	if (json) {
		canary_try(engine, &canary);
		status_add_canary(json, &canary, canary_is_fine(&canary) ? canary.time : 0);
		status_add_early(json, status.attached);
	}
	engine_close(engine);
	return json;
}

/* Nothing runs: because nobody started it, or because this kernel cannot? */
static int why_nothing(void)
{
	struct engine_facts *facts = calloc(1, sizeof(*facts));
	int status = EXIT_FAILED;

	if (!facts)
		return EXIT_FAILED;
	engine_probe(facts);
	for (size_t i = 0; i < facts->n; i++) {
		if (facts->v[i].weight != ENGINE_REQUIRED || facts->v[i].answer != ENGINE_NO)
			continue;
		fprintf(stderr, "interdict status: %s: %s. %s\n", facts->v[i].name,
			facts->v[i].text, facts->v[i].remedy);
		status = EXIT_UNSUPPORTED;
	}
	free(facts);
	return status;
}

static int show(const struct config *config, bool as_json)
{
	json_t *request = json_pack("{s:s}", "request", "status"), *json = NULL;
	char why[CLIENT_WHY_LEN];
	struct protect protect;
	int status = EXIT_FAILED;
	int err = client_request(config->socket, request, &json, why);

	json_decref(request);
	if (err == -ENOENT || err == -ECONNREFUSED) {
		json = ask_engine(&status);
		protect_look(config, &protect);
		if (json) {
			json_object_set_new(json, "protection", protect_json(&protect));
			status_judge(json);
		}
	} else if (err) {
		fprintf(stderr, "interdict status: %s\n", why);
	} else if (!json_is_true(json_object_get(json, "ok"))) {
		status = client_reply_status("status", json, stderr);
		json_decref(json);
		json = NULL;
	}
	if (!json)
		return status;
	json_object_del(json, "ok");
	if (as_json)
		verb_print_json(json);
	else
		status_print(json, stdout);
	status = status_exit(json);
	if (status && !json_array_size(json_object_get(json, "hooks")))
		status = why_nothing();
	json_decref(json);
	return status;
}

int cmd_status(int argc, char **argv)
{
	struct verb_arguments args = { .config = CONFIG_FILE };
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(args.config, &config);
	if (status)
		return status;
	status = show(&config, args.json);
	config_free(&config);
	return status;
}
