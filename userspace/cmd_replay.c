// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict replay POLICY EVENTS`: which recorded decisions a policy would change. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "config.h"
#include "events/event_line.h"
#include "policy/policy.h"
#include "decide/replay.h"
#include "bundle/trust.h"
#include "verb.h"

/* A device has a few; as many as an order can name. */
#define LABELS_MAX 256U

enum { OPTION_AT = VERB_OWN, OPTION_LABEL };

struct arguments {
	struct verb_arguments common;
	const char *at; /* as it was given */
	enum replay_at replay_at;
	int64_t time;
	const char *labels[LABELS_MAX];
	size_t n_labels;
};

static const struct argp_option options[] = {
	VERB_OPTION_CONFIG,
	VERB_OPTION_BUNDLE_TRUST,
	VERB_OPTION_JSON("One JSON object"),
	{ "at", OPTION_AT, "event|now|TIME", 0,
	  "The orders in force at the event's time (default), now, or at 2023-10-30T00:00:00Z", 0 },
	{ "label", OPTION_LABEL, "LABEL", 0,
	  "A label of the device, instead of the configuration's; may be repeated", 0 },
	{ 0 },
};

static void parse_at(const char *text, struct arguments *args, struct argp_state *state)
{
	const char *why;

	args->at = text;
	args->replay_at = strcmp(text, "event") != 0 ? REPLAY_AT_TIME : REPLAY_AT_EVENT;
	if (!strcmp(text, "now"))
		args->time = time(NULL);
	else if (args->replay_at == REPLAY_AT_TIME && policy_parse_time(text, &args->time, &why))
		argp_error(state, "--at is event, now or a time: \"%s\": %s", text, why);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_AT:
		parse_at(arg, args, state);
		return 0;
	case OPTION_LABEL:
		if (args->n_labels == LABELS_MAX)
			argp_error(state, "more than %u labels", LABELS_MAX);
		args->labels[args->n_labels++] = arg;
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "POLICY EVENTS",
	.doc = "Judge the decisions recorded in EVENTS (\"-\": standard input) anew under POLICY, and "
	       "show those that would differ."
	       "\vExit status: 0 done, whether they differ or not; 1 the policy or the events cannot "
	       "be read; 2 usage.",
};

struct job {
	const struct arguments *args;
	struct replay *replay;
	struct policy_errors errs; /* lines that are no events */
	uint64_t shown;
};

static int show(struct job *job, const struct replay_judgement *j, uint64_t number)
{
	char *event = event_describe(j->event);
	char *now = replay_describe(&j->decision);

	if (event && now)
		printf("%s:%llu: %s: %s\n", job->args->common.second, (unsigned long long)number,
		       event, now);
	free(event);
	free(now);
	return event && now ? 0 : -ENOMEM;
}

static int show_json(struct job *job, const struct replay_judgement *j, uint64_t number)
{
	json_t *json = replay_judgement_json(j, number);
	int ret;

	fputs(job->shown ? ",\n" : "\n", stdout);
	ret = json_dumpf(json, stdout, JSON_COMPACT);
	json_decref(json);
	return !json || (ret && !ferror(stdout)) ? -ENOMEM : 0;
}

static int take(void *context, uint64_t number, const char *line, size_t len)
{
	struct job *job = context;
	struct replay_judgement j;
	int err = replay_line(job->replay, line, len, &j);

	if (err)
		return err;
	if (j.result == REPLAY_WRONG)
		policy_errors_add(&job->errs, POLICY_WARNING, job->args->common.second,
				  number > UINT32_MAX ? UINT32_MAX : (uint32_t)number, j.col, "%s",
				  j.why);
	if (j.result != REPLAY_DIFFERS)
		return 0;
	err = job->args->common.json ? show_json(job, &j, number) : show(job, &j, number);
	job->shown++;
	return err;
}

static json_t *problems_json(const struct policy_errors *errs)
{
	json_t *problems = json_array();
	size_t i;

	for (i = 0; problems && i < errs->n; i++)
		json_array_append_new(problems, json_pack("{s:I, s:I, s:s}", "line",
							  (json_int_t)errs->v[i].line, "col",
							  (json_int_t)errs->v[i].col, "text",
							  errs->v[i].text));
	return problems;
}

/* The decisions are written as they come, so the object around them is written by hand. */
static void begin_json(const struct arguments *args, const struct policy *policy)
{
	json_t *head = event_policy_json(policy->name, policy->serial, policy->digest);
	json_t *at = json_string(args->at);

	fputs("{\"policy\": ", stdout);
	json_dumpf(head, stdout, JSON_COMPACT);
	fputs(", \"at\": ", stdout);
	json_dumpf(at, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	fputs(", \"decisions\": [", stdout);
	json_decref(head);
	json_decref(at);
}

static void end_json(const struct job *job)
{
	json_t *problems = problems_json(&job->errs);
	json_t *totals = replay_totals_json(replay_totals(job->replay));

	fputs("],\n\"problems\": ", stdout);
	json_dumpf(problems, stdout, JSON_COMPACT);
	fputs(", \"totals\": ", stdout);
	json_dumpf(totals, stdout, JSON_COMPACT);
	fputs("}\n", stdout);
	json_decref(problems);
	json_decref(totals);
}

static int finish(struct job *job, int err)
{
	const struct replay_totals *totals = replay_totals(job->replay);

	if (job->args->common.json) {
		end_json(job);
	} else {
		policy_errors_print(&job->errs, stderr);
		replay_totals_print(totals, stdout);
	}
	if (err)
		verb_complain("replay", job->args->common.second, strerror(-err));
	if (!err && totals->lines && totals->lines == totals->results[REPLAY_WRONG]) {
		verb_complain("replay", job->args->common.second, "no line of it is an event");
		err = -EBADMSG;
	}
	return err ? EXIT_FAILED : EXIT_DONE;
}

static int replay(const struct arguments *args, const struct config *config,
		  const struct policy *policy, int fd)
{
	struct replay_context context = {
		.policy = policy,
		.labels = args->n_labels ? args->labels : config->labels,
		.n_labels = args->n_labels ? args->n_labels : config->n_labels,
		.at = args->replay_at,
		.time = args->time,
	};
	struct job job = { .args = args };
	int status;

	if (replay_open(&context, &job.replay)) {
		verb_complain("replay", args->common.second, strerror(ENOMEM));
		return EXIT_FAILED;
	}
	if (args->common.json)
		begin_json(args, policy);
	status = finish(&job, replay_read(fd, take, &job));
	policy_errors_free(&job.errs);
	replay_close(job.replay);
	return status;
}

static const struct verb_operand operands = {
	.one = "a policy and one file of events",
	.missing = "a policy and a file of events are needed",
	.two = true,
};

int cmd_replay(int argc, char **argv)
{
	struct arguments args = {
		.common = { .takes = &operands, .config = CONFIG_FILE, .trust = TRUST_DIR },
		.at = "event",
	};
	struct policy *policy = NULL;
	struct config config;
	int status;
	int fd;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = verb_load_config(args.common.config, &config);
	if (status)
		return status;
	status = verb_load_policy(args.common.operand, args.common.trust, &policy);
	if (!status) {
		fd = !strcmp(args.common.second, "-") ?
			     STDIN_FILENO :
			     open(args.common.second, O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			verb_complain("replay", args.common.second, strerror(errno));
			status = EXIT_FAILED;
		} else {
			status = replay(&args, &config, policy, fd);
		}
		if (fd > STDIN_FILENO)
			close(fd);
	}
	policy_free(policy);
	config_free(&config);
	return status;
}
