// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log report --from TIME --to TIME [FILE]`: what a record says, for an auditor. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atomic_file.h"
#include "cmd_log.h"
#include "commands.h"
#include "query/query_run.h"
#include "report/report.h"

enum { OPTION_FROM = CMD_LOG_OWN, OPTION_TO, OPTION_HTML, OPTION_MARKDOWN };

struct arguments {
	struct cmd_log_arguments log;
	int64_t from, to;
	const char *html, *markdown; /* NULL: not asked for */
};

static const struct argp_option options[] = {
	{ "from", OPTION_FROM, "TIME", 0,
	  "Begin of the time: 2026-11-22T10:00:00Z, a day (2026-11-22), or 2h, 7d (ago)", 0 },
	{ "to", OPTION_TO, "TIME", 0, "Its end; of a day, the end of that", 0 },
	{ "html", OPTION_HTML, "FILE|-", 0, "As HTML to FILE, or to standard output", 0 },
	{ "markdown", OPTION_MARKDOWN, "FILE|-", 0,
	  "As Markdown; to standard output, if nothing is asked for", 0 },
	CMD_LOG_OPTION_KEY,
	CMD_LOG_OPTION_EXPECT,
	CMD_LOG_OPTION_PART,
	VERB_OPTION_CONFIG,
	{ 0 },
};

static void check(struct argp_state *state, struct arguments *args)
{
	if (args->from == QUERY_TIME_MIN || args->to == QUERY_TIME_MAX)
		argp_error(state, "of which time? --from and --to are needed");
	if (args->from >= args->to)
		argp_error(state, "--from is not before --to");
	if (!args->html && !args->markdown)
		args->markdown = "-";
	if (args->html && args->markdown && !strcmp(args->html, args->markdown))
		argp_error(state, "--html and --markdown cannot go to the same file");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case OPTION_FROM:
		cmd_log_parse_time(state, "from", false, arg, &args->from);
		return 0;
	case OPTION_TO:
		cmd_log_parse_time(state, "to", true, arg, &args->to);
		return 0;
	case OPTION_HTML:
		args->html = arg;
		return 0;
	case OPTION_MARKDOWN:
		args->markdown = arg;
		return 0;
	case ARGP_KEY_END:
		check(state, args);
		return cmd_log_parse(key, arg, state);
	default:
		return cmd_log_parse(key, arg, state);
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[FILE]",
	.doc = "Write a report for an auditor on the record in FILE (or the configured one), with the "
	       "files that rotation made of it: totals, a timeline, when the device was enforcing, "
	       "which policies were in force, what is missing, and whether the record is proved."
	       "\vExit status: 0 the report is written, and the record is proved; 1 something of it is "
	       "wrong, nothing is proved, or something cannot be read or written; 2 usage.",
};

static int take(void *ctx, const char *line, size_t len, const json_t *event)
{
	(void)line;
	(void)len;
	return report_add(ctx, event);
}

static void take_wrong(void *ctx, const char *file, uint64_t number, const char *why)
{
	(void)file;
	(void)number;
	(void)why;
	report_add_wrong(ctx);
}

static int collect(const char *path, const struct record_files *files, struct report *report)
{
	const struct query_sink sink = { take, take_wrong, report };
	struct query_filter all;
	struct query_result result;
	int err;

	query_filter_init(&all);
	err = query_run(files, &all, 0, &sink, &result);
	if (err)
		cmd_log_complain("log report", result.file, path, err);
	return err;
}

static int put_text(const char *path, const char *text, size_t len)
{
	int err = 0;

	if (!strcmp(path, "-"))
		fwrite(text, 1, len, stdout);
	else
		err = atomic_file_write(path, text, len, 0644);
	if (err)
		verb_complain("log report", path, strerror(-err));
	return err;
}

static int write_to(const char *path, const struct report *report,
		    int (*render)(const struct report *report, FILE *out))
{
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int err;

	if (!path)
		return 0;
	out = open_memstream(&text, &len);
	err = out ? render(report, out) : -ENOMEM;
	if (out && fclose(out) && !err)
		err = -ENOMEM;
	if (err)
		verb_complain("log report", path, strerror(-err));
	else
		err = put_text(path, text, len);
	free(text);
	return err;
}

static int verify(const struct record_files *files, const struct record_verify_options *to,
		  const char *path, struct record_verified *verified)
{
	int err = record_verify(files, to, verified);

	if (err)
		cmd_log_complain("log report", verified->file, path, err);
	return err;
}

static int make(const struct arguments *args, const struct record_verify_options *to,
		const struct record_files *files)
{
	const char *path = args->log.common.operand;
	struct record_verified verified;
	struct report *report;
	int err = report_new(path, args->from, args->to, &report);

	if (err) {
		verb_complain("log report", path, strerror(-err));
		return EXIT_FAILED;
	}
	err = collect(path, files, report);
	if (!err)
		err = verify(files, to, path, &verified);
	if (!err) {
		err = report_end(report, &verified, to->expected.seq);
		if (err)
			verb_complain("log report", path, strerror(-err));
	}
	if (!err)
		err = write_to(args->html, report, report_html);
	if (!err)
		err = write_to(args->markdown, report, report_markdown);
	report_free(report);
	if (!err && verified.wrong)
		verb_complain("log report", path, "the record is not proved; see the report");
	return err || verified.wrong || !verified.proved.seq ? EXIT_FAILED : EXIT_DONE;
}

static int report(const struct cmd_log_arguments *args, const struct record_verify_options *to)
{
	struct record_files files;
	int status;

	if (cmd_log_find("log report", args->common.operand, &files))
		return EXIT_FAILED;
	/* The first member of ours. */
	status = make((const struct arguments *)args, to, &files);
	record_files_free(&files);
	return status;
}

int cmd_log_report(int argc, char **argv)
{
	struct arguments args = {
		.log.common = { .takes = &cmd_log_operand, .config = CONFIG_FILE },
		.from = QUERY_TIME_MIN,
		.to = QUERY_TIME_MAX,
	};

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	return cmd_log_verified("log report", &args.log, report);
}
