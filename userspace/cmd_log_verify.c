// SPDX-License-Identifier: GPL-2.0-or-later
/* `interdict log verify [FILE]`: whether a record is whole, in order and signed. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_log.h"
#include "commands.h"
#include "config.h"
#include "read_file.h"
#include "record/record.h"
#include "record/record_verify.h"
#include "verb.h"

/* Keys that a device may have had. */
#define KEYS_MAX 16

enum { OPTION_KEY = VERB_OWN, OPTION_EXPECT, OPTION_PART };

struct arguments {
	const char *config;
	const char *file;
	const char *keys[KEYS_MAX];
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
		if (args->n_keys == KEYS_MAX)
			argp_error(state, "at most %d keys", KEYS_MAX);
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

static void free_keys(struct record_key **keys, size_t n)
{
	while (n)
		record_key_free(keys[--n]);
}

/* Returns EXIT_DONE, or EXIT_FAILED after a complaint, with @keys freed. */
static int read_keys(const struct arguments *args, struct record_key **keys)
{
	char why[PRIVATE_KEY_WHY_MAX];

	for (size_t i = 0; i < args->n_keys; i++) {
		if (!record_key_read_public(args->keys[i], &keys[i], why))
			continue;
		verb_complain("log verify", args->keys[i], why);
		free_keys(keys, i);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* The line itself, or a file. */
static int read_expected(const char *text, struct record_verify_options *to)
{
	char why[RECORD_WHY_MAX];
	char *line = NULL;
	size_t len = strlen(text);
	int err = 0;

	if (text[0] != '{')
		err = read_file_at(AT_FDCWD, text, RECORD_LINE_MAX, &line, &len);
	if (err)
		snprintf(why, sizeof(why), "%s", read_file_reason(err));
	else
		err = record_expect(line ? line : text, len, to->keys, to->n_keys, &to->expected,
				    why);
	free(line);
	if (!err)
		return EXIT_DONE;
	verb_complain("log verify", text[0] == '{' ? "--expect" : text, why);
	return EXIT_FAILED;
}

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

static void print_verified(const struct record_verified *v, bool expected)
{
	if (v->lines)
		printf("%llu lines, seq %llu to %llu, %llu checkpoints\n",
		       (unsigned long long)v->lines, (unsigned long long)v->first,
		       (unsigned long long)v->last, (unsigned long long)v->checkpoints);
	else
		puts("there is no line");
	if (v->proved.seq)
		printf("proved up to seq %llu, %s\n", (unsigned long long)v->proved.seq,
		       v->proved_time);
	else
		puts("nothing is proved: there is no checkpoint that one of the keys signed");
	if (v->wrong) {
		printf("WRONG: %s", *v->file ? "" : "the record: ");
		if (*v->file)
			printf("%s:%llu: seq %llu: ", v->file, (unsigned long long)v->line,
			       (unsigned long long)v->seq);
		puts(v->why);
		return;
	}
	if (v->unproved)
		printf("%llu lines behind it: chained, not yet signed\n",
		       (unsigned long long)v->unproved);
	if (v->torn)
		printf("torn at the end: %llu bytes of seq %llu, which was not written whole\n",
		       (unsigned long long)v->torn, (unsigned long long)v->last + 1);
	if (!expected)
		puts("lines that were cut off behind these cannot be seen without a checkpoint from "
		     "elsewhere (--expect)");
}

static int verify(const char *path, const struct record_verify_options *options, bool json)
{
	struct record_verified verified;
	struct record_files files;
	json_t *object;
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
		print_verified(&verified, options->expected.seq);
	}
	return verified.wrong || !verified.proved.seq ? EXIT_FAILED : EXIT_DONE;
}

int cmd_log_verify(int argc, char **argv)
{
	struct arguments args = { .config = CONFIG_FILE };
	struct record_key *keys[KEYS_MAX];
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
	status = read_keys(&args, keys);
	if (!status) {
		if (args.expect)
			status = read_expected(args.expect, &to);
		if (!status)
			status = verify(args.file, &to, args.json);
		free_keys(keys, to.n_keys);
	}
	if (config.arena)
		config_free(&config);
	return status;
}
