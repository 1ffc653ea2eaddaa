// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log verify [FILE]`: whether a record is whole, in order and signed. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>

#include "cmd_log.h"
#include "commands.h"
#include "record/record_verify_text.h"
#include "verb.h"

static const struct argp_option options[] = {
	CMD_LOG_OPTION_KEY,
	CMD_LOG_OPTION_EXPECT,
	CMD_LOG_OPTION_PART,
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object instead of sentences"),
	{ 0 },
};

static const struct argp argp = {
	.options = options,
	.parser = cmd_log_parse,
	.args_doc = "[FILE]",
	.doc = "Check that the record in FILE (or the configured one), with the files that rotation made "
	       "of it, is whole and in order: each line names the one before it, and checkpoints are "
	       "signed by the device's key."
	       "\vExit status: 0 it is; 1 it is not, or something cannot be read; 2 usage.",
};

static json_t *verified_json(const struct record_verified *v)
{
	json_t *wrong = v->wrong ? json_pack("{s:s?, s:I, s:I, s:s}", "file",
					     *v->file ? v->file : NULL, "line", (json_int_t)v->line,
					     "seq", (json_int_t)v->seq, "why", v->why) :
				   json_null();
	json_t *proved = v->proved.seq ?
				 json_pack("{s:I, s:s, s:s}", "seq", (json_int_t)v->proved.seq,
					   "time", v->proved_time, "digest", v->proved.digest) :
				 json_null();

	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:o}", "whole", !v->wrong,
			 "lines", (json_int_t)v->lines, "first", (json_int_t)v->first, "last",
			 (json_int_t)v->last, "checkpoints", (json_int_t)v->checkpoints, "proved",
			 proved, "unproved", (json_int_t)v->unproved, "torn", (json_int_t)v->torn,
			 "wrong", wrong);
}

static int verify(const struct cmd_log_arguments *args, const struct record_verify_options *to)
{
	const char *path = args->common.operand;
	struct record_verified verified;
	struct record_files files;
	json_t *object;
	char *text;
	int err;

	if (cmd_log_find("log verify", path, &files))
		return EXIT_FAILED;
	err = record_verify(&files, to, &verified);
	record_files_free(&files);
	if (err) {
		cmd_log_complain("log verify", verified.file, path, err);
		return EXIT_FAILED;
	}
	if (args->common.json) {
		object = verified_json(&verified);
		verb_print_json(object);
		json_decref(object);
	} else {
		text = record_verified_text(&verified, to->expected.seq);
		fputs(text ? text : "out of memory\n", text ? stdout : stderr);
		free(text);
	}
	return verified.wrong || !verified.proved.seq ? EXIT_FAILED : EXIT_DONE;
}

int cmd_log_verify(int argc, char **argv)
{
	struct cmd_log_arguments args = {
		.common = { .takes = &cmd_log_operand, .config = CONFIG_FILE },
	};

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	return cmd_log_verified("log verify", &args, verify);
}
