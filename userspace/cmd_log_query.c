// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log [FILE]`: lines of the record, by time, order, user, file, kind. */
#include <argp.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"
#include "policy/policy.h"
#include "query/query_print.h"
#include "query/query_run.h"
#include "verb.h"

/* Wrong lines that are named; the others are counted. */
#define WRONG_SHOWN 10

enum {
	OPTION_SINCE = VERB_OWN,
	OPTION_UNTIL,
	OPTION_ORDER,
	OPTION_USER,
	OPTION_FILE,
	OPTION_KIND,
	OPTION_OP,
	OPTION_LIMIT,
	OPTION_FORMAT,
};

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV, FORMATS };

static const char *const format_names[] = {
	[FORMAT_TABLE] = "table",
	[FORMAT_JSON] = "json",
	[FORMAT_CSV] = "csv",
};
_Static_assert(sizeof(format_names) / sizeof(*format_names) == FORMATS, "a name each");

struct arguments {
	struct verb_arguments common;
	struct query_filter filter;
	size_t last;
	enum format format;
	uint64_t wrong; /* lines that were named */
};

static const struct argp_option options[] = {
	{ "since", OPTION_SINCE, "TIME", 0,
	  "From then on: 2026-11-22T10:00:00Z, a day (2026-11-22), or 2h, 7d (ago)", 0 },
	{ "until", OPTION_UNTIL, "TIME", 0, "Before then; of a day, to its end", 0 },
	{ "order", OPTION_ORDER, "ID", 0, "Decided by this order, or matching it, too", 0 },
	{ "user", OPTION_USER, "UID|NAME", 0, "Of this user's processes or login sessions", 0 },
	{ "file", OPTION_FILE, "PATH|GLOB", 0,
	  "About this file; in a pattern, * is also for slashes", 0 },
	{ "kind", OPTION_KIND, "EVENT", 0, "Of this kind: denied, audited, policy, ...", 0 },
	{ "op", OPTION_OP, "OP", 0, "exec, map, open or load", 0 },
	{ "limit", OPTION_LIMIT, "N", 0, "The last N of them only", 0 },
	{ "format", OPTION_FORMAT, "FORMAT", 0,
	  "table (default), json: the lines as they are, or csv", 0 },
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("--format json"),
	{ 0 },
};

static void add_value(struct argp_state *state, const char *option, struct query_values *values,
		      const char *value)
{
	if (values->n == QUERY_VALUES_MAX)
		argp_error(state, "--%s: at most %d of them", option, QUERY_VALUES_MAX);
	values->v[values->n++] = value;
}

static void parse_user(struct argp_state *state, struct query_filter *filter, const char *text)
{
	const struct passwd *user;
	char *end;
	unsigned long long uid;

	if (filter->n_users == QUERY_VALUES_MAX)
		argp_error(state, "--user: at most %d of them", QUERY_VALUES_MAX);
	errno = 0;
	uid = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end) {
		user = getpwnam(text);
		if (!user)
			argp_error(state, "--user %s: there is no such user here; give the UID",
				   text);
		else
			uid = user->pw_uid;
	} else if (errno || uid > UINT32_MAX) {
		argp_error(state, "--user %s: is larger than any user ID", text);
	}
	filter->users[filter->n_users++] = (int64_t)uid;
}

static void parse_op(struct argp_state *state, struct query_filter *filter, const char *text)
{
	for (int op = 0; op < POLICY_OP_COUNT; op++)
		if (!strcmp(text, policy_operation_name((enum policy_operation)op))) {
			add_value(state, "op", &filter->ops, text);
			return;
		}
	argp_error(state, "--op %s: is none of exec, map, open, load", text);
}

static void parse_limit(struct argp_state *state, struct arguments *args, const char *text)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || !n || n > QUERY_LAST_MAX)
		argp_error(state, "--limit %s: is no number from 1 to %d", text, QUERY_LAST_MAX);
	args->last = (size_t)n;
}

static void parse_format(struct argp_state *state, struct arguments *args, const char *text)
{
	for (int i = 0; i < FORMATS; i++)
		if (!strcmp(text, format_names[i])) {
			args->format = (enum format)i;
			return;
		}
	argp_error(state, "--format %s: is none of table, json, csv", text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct query_filter *filter = &args->filter;

	switch (key) {
	case OPTION_SINCE:
		cmd_log_parse_time(state, "since", false, arg, &filter->since);
		return 0;
	case OPTION_UNTIL:
		cmd_log_parse_time(state, "until", true, arg, &filter->until);
		return 0;
	case OPTION_ORDER:
		add_value(state, "order", &filter->orders, arg);
		return 0;
	case OPTION_USER:
		parse_user(state, filter, arg);
		return 0;
	case OPTION_FILE:
		add_value(state, "file", &filter->files, arg);
		return 0;
	case OPTION_KIND:
		if (!query_is_kind(arg))
			argp_error(state, "--kind %s: there is no such event; see interdict-log(1)",
				   arg);
		add_value(state, "kind", &filter->kinds, arg);
		return 0;
	case OPTION_OP:
		parse_op(state, filter, arg);
		return 0;
	case OPTION_LIMIT:
		parse_limit(state, args, arg);
		return 0;
	case OPTION_FORMAT:
		parse_format(state, args, arg);
		return 0;
	case VERB_JSON:
		args->format = FORMAT_JSON;
		return 0;
	case ARGP_KEY_END:
		if (filter->since >= filter->until)
			argp_error(state, "--since is not before --until");
		return 0;
	default:
		return verb_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE]\nverify ...\nreport ...",
	.doc = "Print the lines of the record in FILE (or the configured one), with the files that "
	       "rotation made of it, that match: one of the values of each option that is given."
	       "\vA record with the name of a verb is given with its directory (./verify).\n\n"
	       "  verify     whether it is whole, in order and signed\n"
	       "  report     what it says, for an auditor\n\n"
	       "\"interdict log VERB --help\" tells more.\n\n"
	       "Exit status: 0 done, whether anything matches or not; 1 the record cannot be read, or "
	       "lines of it are no events; 2 usage.",
};

static int show(void *ctx, const char *line, size_t len, const json_t *event)
{
	const struct arguments *args = ctx;
	int err = 0;

	if (args->format == FORMAT_JSON)
		fwrite(line, 1, len, stdout);
	else if (args->format == FORMAT_CSV)
		err = query_csv_row(stdout, event);
	else
		err = query_table_row(stdout, event);
	/* Who reads this has gone: main() says so. */
	return ferror(stdout) ? -EPIPE : err;
}

static void show_wrong(void *ctx, const char *file, uint64_t number, const char *why)
{
	struct arguments *args = ctx;
	char text[QUERY_WHY_MAX + 32];

	if (args->wrong++ >= WRONG_SHOWN)
		return;
	snprintf(text, sizeof(text), "line %llu: %s", (unsigned long long)number, why);
	verb_complain("log", file, text);
}

static void show_head(enum format format)
{
	if (format == FORMAT_TABLE)
		query_table_head(stdout);
	if (format == FORMAT_CSV)
		query_csv_head(stdout);
}

static int finish(const char *path, int err, const struct query_result *result)
{
	char text[96];

	fflush(stdout);
	if (result->wrong) {
		snprintf(text, sizeof(text), "%llu lines are no events; \"log verify\" tells more",
			 (unsigned long long)result->wrong);
		verb_complain("log", path, text);
	}
	if (!err && result->torn) {
		snprintf(text, sizeof(text), "%llu bytes of half a line are at its end",
			 (unsigned long long)result->torn);
		verb_complain("log", path, text);
	}
	if (err && err != -EPIPE)
		cmd_log_complain("log", result->file, path, err);
	return err || result->wrong ? EXIT_FAILED : EXIT_DONE;
}

static int query(struct arguments *args, const char *path)
{
	const struct query_sink sink = { show, show_wrong, args };
	struct query_result result;
	struct record_files files;
	int err;

	if (cmd_log_find("log", path, &files))
		return EXIT_FAILED;
	show_head(args->format);
	err = query_run(&files, &args->filter, args->last, &sink, &result);
	record_files_free(&files);
	return finish(path, err, &result);
}

int cmd_log_query(int argc, char **argv)
{
	struct arguments args = {
		.common = { .takes = &cmd_log_operand, .config = CONFIG_FILE },
	};
	struct config config;
	int status;

	query_filter_init(&args.filter);
	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	status = cmd_log_configured(&args.common, &config);
	if (!status)
		status = query(&args, args.common.operand);
	config_free(&config);
	return status;
}
