// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict unload`: switch enforcement off, or with a break-glass token have it only record. */
#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "commands.h"
#include "config.h"
#include "engine/engine.h"
#include "keep/last_good.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
#include "lint/lint_needed.h"
#include "packages/package_resolve.h"
#include "token/token_file.h"
#include "verb.h"

enum { OPTION_TOKEN = VERB_OWN };

static const struct argp_option options[] = {
	{ "token", OPTION_TOKEN, "FILE", 0,
	  "What allows it, where disarming is protected: a token for unload, or for break-glass",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **token = state->input;

	if (key != OPTION_TOKEN)
		return ARGP_ERR_UNKNOWN;
	*token = arg;
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Switch enforcement off: no policy is active, and the BPF programs are let go; with a "
	       "daemon running, through it. The module stays loaded. Where disarming is protected it takes "
	       "a token; with one for break-glass the policy stays, and up to the token's end nothing is "
	       "refused, but all is recorded."
	       "\vExit status: 0 nothing is enforced any more; 1 it could not be switched off; "
	       "2 usage; 4 refused: it takes a token, or this one does not allow it.",
};

static int complain(int status, const char *text)
{
	fprintf(stderr, "interdict unload: %s\n", text);
	return status;
}

static void print_done(const char *glass)
{
	if (glass)
		printf("nothing is refused up to %s: NOT ENFORCING\n", glass);
	else
		printf("unloaded: NOT ENFORCING\n");
}

/* ---- through the daemon ---- */

/* Returns an exit status, or -1 where no daemon is running. */
static int unload_by_daemon(const struct config *config, const char *token)
{
	json_t *request = json_pack("{s:s}", "request", "unload"), *reply;
	char why[CLIENT_WHY_LEN], path[PATH_MAX];
	int r, status;

	if (token && !realpath(token, path)) {
		json_decref(request);
		fprintf(stderr, "interdict unload: %s: %s\n", token, strerror(errno));
		return EXIT_FAILED;
	}
	if (token)
		json_object_set_new(request, "token", json_string(path));
	r = client_request(config->socket, request, &reply, why);
	json_decref(request);
	if (r == -ENOENT || r == -ECONNREFUSED)
		return -1;
	if (r)
		return complain(EXIT_FAILED, why);
	status = client_reply_status("unload", reply, stderr);
	if (status == EXIT_DONE && json_object_get(reply, "glass"))
		print_done(json_string_value(json_object_get(reply, "glass")));
	if (status == EXIT_DONE && json_object_get(reply, "tool"))
		printf("%s, as it is now, may take the daemon's place\n",
		       json_string_value(json_object_get(reply, "tool")));
	json_decref(reply);
	return status;
}

/* ---- without one ---- */

/* What time it is, and whose device this is. */
struct known {
	struct store store;
	struct timekeeping clock;
	struct policy_device device;
};

static void find_known(const struct config *config, struct known *known)
{
	int err = store_open(STORE_DIR, NULL, 0, &known->store);

	timekeeping_begin(&known->clock, err ? NULL : &known->store.mark);
	known->device =
		(struct policy_device){ .labels = config->labels, .n_labels = config->n_labels };
	timekeeping_now(&known->clock, &known->device);
}

/* The active policy, from the text that was kept. Returns NULL, having said why. */
static struct policy *find_policy(const struct config *config, struct engine *engine,
				  const struct known *known)
{
	const struct package_resolve_options resolving = { .root = "", .kept = PACKAGE_KEPT };
	struct policy_errors errs = { 0 };
	struct package_report report;
	struct engine_status status;
	struct policy *policy = NULL;
	int err = last_good_load(&known->store, config->trust, &policy, &errs);

	engine_status(engine, &status);
	if (!err && memcmp(policy->digest, status.policy.digest, sizeof(policy->digest)) != 0)
		err = -ESTALE;
	if (!err)
		err = lint_needed_resolve(policy, &resolving, &report);
	if (!err)
		package_report_free(&report);
	policy_errors_free(&errs);
	if (!err)
		return policy;
	policy_free(policy);
	complain(EXIT_FAILED,
		 "break-glass cannot be used: the text of the active policy is not here");
	return NULL;
}

/* Up to its end nothing is refused; then the kernel's timer switches back. */
static int break_glass(struct engine *engine, const struct policy *policy, struct known *known,
		       int64_t until)
{
	struct policy_device then = known->device;
	struct engine_error err;
	char text[21];

	known->device.record_only = true;
	then.late += until + 1 - then.early;
	then.early = until + 1;
	if (engine_switch(engine, policy, &known->device, NULL, &err))
		return complain(err.exit_status, err.text);
	if (engine_follow(engine, policy, &then,
			  (uint64_t)timekeeping_boottime_at(&known->clock, until + 1), &err)) {
		complain(err.exit_status, err.text);
		known->device.record_only = false;
		engine_switch(engine, policy, &known->device, NULL, &err);
		return EXIT_FAILED;
	}
	policy_format_time(until, text);
	print_done(text);
	return EXIT_DONE;
}

/* Returns an exit status: EXIT_DONE, and whether that was all. */
static int use_token(const struct config *config, struct engine *engine, const char *path,
		     bool *is_all)
{
	struct token_use use = { .path = path, .actions = 1U << TOKEN_UNLOAD };
	char why[BUNDLE_WHY_MAX];
	struct policy *policy = NULL;
	struct token_used used;
	struct known known;
	int status = EXIT_DONE;

	find_known(config, &known);
	use.early = known.device.early;
	use.late = known.device.late;
	use.trust_dir = config->trust;
	if (engine)
		policy = find_policy(config, engine, &known);
	if (policy)
		use.actions |= 1U << TOKEN_BREAK_GLASS;
	if (token_take(&use, &used, why)) {
		fprintf(stderr, "interdict unload: %s: %s\n", path, why);
		status = EXIT_REFUSED;
	} else {
		fprintf(stderr, "interdict unload: disarmed: %s\n", used.text);
		*is_all = used.token.action == TOKEN_BREAK_GLASS;
	}
	if (*is_all)
		status = break_glass(engine, policy, &known, used.token.not_after);
	policy_free(policy);
	return status;
}

static int unload_directly(const struct config *config, const char *token)
{
	const struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct engine *engine = NULL;
	struct engine_error err;
	bool is_all = false;
	int r, status = EXIT_DONE;

	r = engine_open(&takeover, &engine, &err);
	if (r == -ENOENT) {
		printf("nothing was loaded\n");
		return EXIT_DONE;
	}
	if (r && r != -EPROTO)
		return complain(err.exit_status, err.text);
	if (token)
		status = use_token(config, engine, token, &is_all);
	if (status || is_all) {
		engine_close(engine);
		return status;
	}
	r = engine ? engine_off(engine, &err) : engine_discard(&err);
	engine_close(engine);
	if (r)
		return complain(err.exit_status, err.text);
	print_done(NULL);
	return EXIT_DONE;
}

int cmd_unload(int argc, char **argv)
{
	const char *token = NULL;
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &token))
		return EXIT_USAGE;
	status = verb_load_config(CONFIG_FILE, &config);
	if (status)
		return status;
	status = unload_by_daemon(&config, token);
	if (status < 0)
		status = unload_directly(&config, token);
	config_free(&config);
	return status;
}
