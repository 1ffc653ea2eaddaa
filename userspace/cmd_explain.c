// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict explain FILE`: the verdict, the rule, the order's text. */
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "config.h"
#include "decide/active.h"
#include "decide/explain.h"
#include "engine/engine.h"
#include "verb.h"

enum { OPTION_POLICY = VERB_OWN };

struct arguments {
	struct verb_arguments common;
	const char *policy;
	bool verify;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object"),
	VERB_OPTIONS_VERIFY,
	{ "policy", OPTION_POLICY, "DIR", 0, "What this policy would do, instead of the active one",
	  0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_POLICY:
		args->policy = arg;
		return 0;
	case VERB_VERIFY:
		args->verify = true;
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FILE",
	.doc = "Say whether FILE is refused, for which operations, by which rule of which order, and "
	       "why an order that names it is not in force."
	       "\vExit status: 0 nothing is refused; 1 failed; 2 usage; 5 FILE is banned.",
};

static json_t *cached_json(struct engine *engine, const struct subject *subject)
{
	struct engine_cached cached;

	if (!engine || engine_cached(engine, subject->fd, &cached))
		return json_null();
	return json_pack("{s:b, s:I, s:I, s:I}", "valid", cached.valid, "generation",
			 (json_int_t)cached.generation, "deny", (json_int_t)cached.deny, "audit",
			 (json_int_t)cached.audit);
}

static int show(const struct arguments *args, const struct config *config,
		const struct verify_trust *trust, struct engine *engine, struct subject *subject)
{
	struct policy_errors errs = { 0 };
	struct explain_context context = { .trust = trust };
	struct active_policy active;
	json_t *json, *cached;
	bool banned;
	int err = active_policy_find(args->policy, config, engine, &active, &errs);

	if (err)
		policy_errors_print(&errs, stderr);
	policy_errors_free(&errs);
	if (err)
		return EXIT_FAILED;
	/* Before we read the file ourselves. */
	cached = cached_json(engine, subject);
	context.policy = active.policy;
	context.device = active.device;
	err = explain(subject, &context, &json, &banned);
	active_policy_free(&active);
	if (err) {
		json_decref(cached);
		fprintf(stderr, "interdict explain: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	json_object_set_new(json, "cached", cached);
	json_object_set_new(json, "remark",
			    active.remark ? json_string(active.remark) : json_null());
	if (args->common.json)
		verb_print_json(json);
	else
		explain_print(json, stdout);
	json_decref(json);
	return banned ? EXIT_FOUND : EXIT_DONE;
}

int cmd_explain(int argc, char **argv)
{
	struct arguments args = {
		.common = { .takes = &verb_operand_file, .config = CONFIG_FILE },
	};
	struct engine_options takeover = { .flags = ENGINE_TAKEOVER };
	struct engine_error engine_err;
	struct engine *engine = NULL;
	struct verify_trust *trust;
	struct subject subject;
	struct config config;
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_trust("explain", args.verify, args.common.trust, &trust);
	if (status)
		return status;
	status = verb_load_config(args.common.config, &config);
	if (status) {
		verify_trust_free(trust);
		return status;
	}
	if (subject_open(args.common.operand, &subject)) {
		verb_complain("explain", args.common.operand, subject.why);
		status = EXIT_FAILED;
	} else {
		/* Without programs, or not as root, the text is all there is to judge by. */
		if (engine_open(&takeover, &engine, &engine_err))
			engine = NULL;
		status = show(&args, &config, trust, engine, &subject);
		engine_close(engine);
		subject_close(&subject);
	}
	config_free(&config);
	verify_trust_free(trust);
	return status;
}
