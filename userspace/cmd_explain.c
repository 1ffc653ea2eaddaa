// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict explain FILE`: the verdict, the rule, the order's text. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "config.h"
#include "keep/last_good.h"
#include "engine/engine.h"
#include "decide/explain.h"
#include "packages/package_resolve.h"
#include "keep/store.h"
#include "keep/timekeeping.h"
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

/* Load the configured text, or the one accepted last, if it is that of the active policy. */
static bool load_active(const struct config *config, const struct store *store,
			const uint8_t digest[32], struct policy **policy)
{
	struct policy_errors errs = { 0 };
	int err = store ? last_good_load(store, config->trust, policy, &errs) :
			  policy_load(config->policy, config->trust, time(NULL),
				      POLICY_UNENFORCED_KEEP, policy, &errs);

	policy_errors_free(&errs);
	if (!err && memcmp((*policy)->digest, digest, 32) == 0)
		return true;
	if (!err)
		policy_free(*policy);
	return false;
}

/* The policy to judge by, and a remark where that is not what the kernel has. */
static int find_policy(const struct arguments *args, const struct config *config,
		       const struct interdict_head *active, struct policy **policy,
		       const char **remark)
{
	struct policy_errors errs = { 0 };
	struct store store;
	int err;

	*remark = NULL;
	if (!args->policy && active->generation &&
	    (load_active(config, NULL, active->digest, policy) ||
	     (!store_open(STORE_DIR, NULL, 0, &store) &&
	      load_active(config, &store, active->digest, policy))))
		return 0;
	err = policy_load(args->policy ? args->policy : config->policy, config->trust, time(NULL),
			  POLICY_UNENFORCED_KEEP, policy, &errs);
	if (err)
		policy_errors_print(&errs, stderr);
	else if (args->policy)
		*remark = "this is what it would do; what is active may differ";
	else if (!active->generation)
		*remark = "no policy is active: this is what the configured one would do";
	else
		*remark = "the active policy's text was changed since it was loaded: this is what "
			  "the text says now";
	policy_errors_free(&errs);
	return err;
}

/* What its package rules stand for: of the @active policy, as it was resolved last. Without it,
 * what they would match is not known, and so not said. */
static void resolve(struct policy *policy, bool active)
{
	struct package_resolve_options options = {
		.root = "", .kept = PACKAGE_KEPT, .only_kept = active, .dry = true
	};
	struct policy_resolution *resolution;
	struct package_report report;

	if (active && access(PACKAGE_KEPT, R_OK))
		options.only_kept = false;
	if (package_resolve(policy, &options, &resolution, &report))
		return;
	policy_set_resolution(policy, resolution);
	package_report_free(&report);
}

static json_t *cached_json(struct engine *engine, const struct subject *subject)
{
	struct engine_cached cached;

	if (!engine || engine_cached(engine, subject->fd, &cached))
		return json_null();
	return json_pack("{s:b, s:I, s:I, s:I}", "valid", cached.valid, "generation",
			 (json_int_t)cached.generation, "deny", (json_int_t)cached.deny, "audit",
			 (json_int_t)cached.audit);
}

/* The time that the kernel chose orders for, or where another policy is asked about, now. */
static void when(const struct interdict_head *active, const char *remark,
		 struct policy_device *device)
{
	struct timekeeping clock;
	struct store store;

	if (!remark && active->generation) {
		device->early = active->early;
		device->late = active->late;
		return;
	}
	timekeeping_begin(&clock, store_open(STORE_DIR, NULL, 0, &store) ? NULL : &store.mark);
	timekeeping_now(&clock, device);
}

static int show(const struct arguments *args, const struct config *config,
		const struct verify_trust *trust, struct engine *engine, struct subject *subject)
{
	struct policy *policy;
	struct explain_context context = {
		.device = { .labels = config->labels, .n_labels = config->n_labels },
		.trust = trust,
	};
	struct engine_status *status = calloc(1, sizeof(*status));
	const char *remark;
	json_t *json, *cached;
	bool banned;
	int err = status ? 0 : -ENOMEM;

	if (status && engine)
		engine_status(engine, status);
	if (!err)
		err = find_policy(args, config, &status->policy, &policy, &remark);
	if (!err)
		when(&status->policy, remark, &context.device);
	free(status);
	if (err)
		return EXIT_FAILED;
	resolve(policy, !remark);
	/* Before we read the file ourselves. */
	cached = cached_json(engine, subject);
	context.policy = policy;
	err = explain(subject, &context, &json, &banned);
	policy_free(policy);
	if (err) {
		json_decref(cached);
		fprintf(stderr, "interdict explain: %s\n", strerror(-err));
		return EXIT_FAILED;
	}
	json_object_set_new(json, "cached", cached);
	json_object_set_new(json, "remark", remark ? json_string(remark) : json_null());
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
