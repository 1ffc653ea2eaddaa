// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log verify [FILE]`: whether a record is whole, in order and signed. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"
#include "config.h"
#include "record/record_verify.h"
#include "record/record_verify_text.h"
#include "verb.h"

enum { OPTION_KEY = VERB_OWN, OPTION_EXPECT, OPTION_PART };

struct arguments {
	const char *config;
	const char *file;
	const char *keys[CMD_LOG_KEYS_MAX];
	size_t n_keys;
	const char *expect;
	bool part;
	bool json;
};

static const struct argp_option options[] = {
	{ "key", OPTION_KEY, "FILE", 0,
	  "A public key (PEM) that may have signed, instead of " CONFIG_LOG_PUBLIC_KEY
	  "; may be repeated",
	  0 },
	{ "expect", OPTION_EXPECT, "CHECKPOINT", 0,
	  "A checkpoint that was sent elsewhere, as its line or a file with it: the record must "
	  "have it",
	  0 },
	{ "part", OPTION_PART, NULL, 0, "Older lines may be missing", 0 },
	VERB_OPTION_CONFIG,
	VERB_OPTION_JSON("One JSON object instead of sentences"),
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case VERB_CONFIG:
		args->config = arg;
		return 0;
	case VERB_JSON:
		args->json = true;
		return 0;
	case OPTION_KEY:
		if (args->n_keys == CMD_LOG_KEYS_MAX)
			argp_error(state, "at most %d keys", CMD_LOG_KEYS_MAX);
		args->keys[args->n_keys++] = arg;
		return 0;
	case OPTION_EXPECT:
		args->expect = arg;
		return 0;
	case OPTION_PART:
		args->part = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->file)
			argp_error(state, "one record at a time, not also \"%s\"", arg);
		args->file = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
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

static int verify(const char *path, const struct record_verify_options *options, bool json)
{
	struct record_verified verified;
	struct record_files files;
	json_t *object;
	char *text;
	int err = record_files_find(path, &files);

	if (err) {
		verb_complain("log verify", path, strerror(-err));
		return EXIT_FAILED;
	}
	if (!files.n) {
		verb_complain("log verify", path, "there is no such record");
		return EXIT_FAILED;
	}
	err = record_verify(&files, options, &verified);
	record_files_free(&files);
	if (err) {
		verb_complain("log verify", *verified.file ? verified.file : path,
			      err == -EBADMSG ? "is damaged: it cannot be unpacked" :
						strerror(-err));
		return EXIT_FAILED;
	}
	if (json) {
		object = verified_json(&verified);
		verb_print_json(object);
		json_decref(object);
	} else {
		text = record_verified_text(&verified, options->expected.seq);
		fputs(text ? text : "out of memory\n", text ? stdout : stderr);
		free(text);
	}
	return verified.wrong || !verified.proved.seq ? EXIT_FAILED : EXIT_DONE;
}

int cmd_log_verify(int argc, char **argv)
{
	struct arguments args = { .config = CONFIG_FILE };
	struct record_key *keys[CMD_LOG_KEYS_MAX];
	struct record_verify_options to = { .keys = keys };
	struct config config = { .arena = NULL };
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		return EXIT_USAGE;
	if (!args.n_keys)
		args.keys[args.n_keys++] = CONFIG_LOG_PUBLIC_KEY;
	to.n_keys = args.n_keys;
	to.part = args.part;
	/* On another machine there is no configuration. */
	if (!args.file) {
		status = verb_load_config(args.config, &config);
		if (status)
			return status;
		args.file = config.log_file;
	}
	status = cmd_log_read_keys("log verify", args.keys, args.n_keys, keys);
	if (!status) {
		if (args.expect)
			status = cmd_log_read_expected("log verify", args.expect, &to);
		if (!status)
			status = verify(args.file, &to, args.json);
		cmd_log_free_keys(keys, to.n_keys);
	}
	if (config.arena)
		config_free(&config);
	return status;
}
