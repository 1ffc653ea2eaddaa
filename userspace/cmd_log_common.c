// SPDX-License-Identifier: GPL-2.0-or-later
/* What the verbs of `interdict log` do alike. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd_log.h"
#include "commands.h"
#include "query/query_time.h"
#include "read_file.h"
#include "record/record.h"
#include "verb.h"

const struct verb_operand cmd_log_operand = { .one = "one record at a time" };

void cmd_log_parse_time(struct argp_state *state, const char *option, bool end, const char *text,
			int64_t *ns)
{
	const char *why;

	if (query_parse_time(text, end, (int64_t)time(NULL) * QUERY_NS, ns, &why))
		argp_error(state, "--%s %s: %s", option, text, why);
}

int cmd_log_configured(struct verb_arguments *args, struct config *config)
{
	int status;

	*config = (struct config){ 0 };
	if (args->operand)
		return EXIT_DONE;
	status = verb_load_config(args->config, config);
	args->operand = config->log_file;
	return status;
}

int cmd_log_find(const char *verb, const char *path, struct record_files *files)
{
	int err = record_files_find(path, files);

	if (!err && files->n)
		return EXIT_DONE;
	verb_complain(verb, path, err ? strerror(-err) : "there is no such record");
	return EXIT_FAILED;
}

void cmd_log_complain(const char *verb, const char *file, const char *path, int err)
{
	verb_complain(verb, *file ? file : path,
		      err == -EBADMSG ? "is damaged: it cannot be unpacked" :
		      err == -ESTALE  ? "was rotated while it was read: ask again" :
					strerror(-err));
}

/* ---- verification ---- */

error_t cmd_log_parse(int key, char *arg, struct argp_state *state)
{
	struct cmd_log_arguments *args = state->input;

	switch (key) {
	case CMD_LOG_KEY:
		if (args->n_keys == CMD_LOG_KEYS_MAX)
			argp_error(state, "at most %d keys", CMD_LOG_KEYS_MAX);
		args->keys[args->n_keys++] = arg;
		return 0;
	case CMD_LOG_EXPECT:
		args->expect = arg;
		return 0;
	case CMD_LOG_PART:
		args->part = true;
		return 0;
	case ARGP_KEY_END:
		if (!args->n_keys)
			args->keys[args->n_keys++] = CONFIG_LOG_PUBLIC_KEY;
		return verb_parse(key, arg, state);
	default:
		return verb_parse(key, arg, state);
	}
}

static void free_keys(struct record_key **keys, size_t n)
{
	while (n)
		record_key_free(keys[--n]);
}

static int read_keys(const char *verb, const char *const *paths, size_t n, struct record_key **keys)
{
	char why[PRIVATE_KEY_WHY_MAX];

	for (size_t i = 0; i < n; i++) {
		if (!record_key_read_public(paths[i], &keys[i], why))
			continue;
		verb_complain(verb, paths[i], why);
		free_keys(keys, i);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* The value of --expect, a line or a file with it, to @to->expected; @to has the keys. */
static int read_expected(const char *verb, const char *text, struct record_verify_options *to)
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
	verb_complain(verb, text[0] == '{' ? "--expect" : text, why);
	return EXIT_FAILED;
}

int cmd_log_verified(const char *verb, struct cmd_log_arguments *args,
		     int (*work)(const struct cmd_log_arguments *args,
				 const struct record_verify_options *to))
{
	struct record_key *keys[CMD_LOG_KEYS_MAX];
	struct record_verify_options to = {
		.keys = keys,
		.n_keys = args->n_keys,
		.part = args->part,
	};
	struct config config;
	int status = cmd_log_configured(&args->common, &config);

	if (!status)
		status = read_keys(verb, args->keys, args->n_keys, keys);
	if (!status) {
		if (args->expect)
			status = read_expected(verb, args->expect, &to);
		if (!status)
			status = work(args, &to);
		free_keys(keys, to.n_keys);
	}
	config_free(&config);
	return status;
}
