/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of `interdict log`, a file each, as in commands.h; and what they do alike, in addition
 * to verb.h. */
#ifndef INTERDICT_CMD_LOG_H
#define INTERDICT_CMD_LOG_H

#include <stddef.h>

#include "record/record_files.h"
#include "record/record_verify.h"
#include "verb.h"

int cmd_log_query(int argc, char **argv);
int cmd_log_verify(int argc, char **argv);
int cmd_log_report(int argc, char **argv);

/* FILE, which may be left out. */
extern const struct verb_operand cmd_log_operand;

/* The value of the option @option, as query_parse_time() takes it; ends the program if it is wrong.
 */
void cmd_log_parse_time(struct argp_state *state, const char *option, bool end, const char *text,
			int64_t *ns);

/*
 * Have the configured record as @args->operand, if there is none: on another machine there is no
 * configuration. *@config has it then; config_free() in each case. Returns EXIT_DONE, or
 * EXIT_FAILED after a complaint.
 */
int cmd_log_configured(struct verb_arguments *args, struct config *config);

/* record_files_find(), where something has to be found. Returns EXIT_DONE and *@files
 * (record_files_free()), or EXIT_FAILED after a complaint of @verb. */
int cmd_log_find(const char *verb, const char *path, struct record_files *files);

/* Complain of an error of query_run() or record_verify(). @file: where, or "": somewhere in @path.
 */
void cmd_log_complain(const char *verb, const char *file, const char *path, int err);

/* Keys that a device may have had. */
#define CMD_LOG_KEYS_MAX 16

/* What a verb that verifies is told. One with more has this as its first member. */
struct cmd_log_arguments {
	struct verb_arguments common;
	const char *keys[CMD_LOG_KEYS_MAX]; /* --key */
	size_t n_keys;
	const char *expect; /* --expect; or NULL */
	bool part;	    /* --part */
};

enum { CMD_LOG_KEY = VERB_OWN, CMD_LOG_EXPECT, CMD_LOG_PART, CMD_LOG_OWN };

/* Elements of a verb's array of struct argp_option. */
#define CMD_LOG_OPTION_KEY                                                                           \
	{                                                                                            \
		"key", CMD_LOG_KEY, "FILE", 0,                                                       \
			"A public key (PEM) that may have signed, instead of " CONFIG_LOG_PUBLIC_KEY \
			"; may be repeated",                                                         \
			0                                                                            \
	}
#define CMD_LOG_OPTION_EXPECT                                                                   \
	{                                                                                       \
		"expect", CMD_LOG_EXPECT, "CHECKPOINT", 0,                                      \
			"A checkpoint that was sent elsewhere, as its line or a file with it: " \
			"the record must have it",                                              \
			0                                                                       \
	}
#define CMD_LOG_OPTION_PART                                                    \
	{                                                                      \
		"part", CMD_LOG_PART, NULL, 0, "Older lines may be missing", 0 \
	}

/* As verb_parse(), which it asks about the keys that are not its own. */
error_t cmd_log_parse(int key, char *arg, struct argp_state *state);

/*
 * Read what @args name: the configuration, if it is needed, the keys and the checkpoint; and have
 * @work done with them. Returns its exit status, or EXIT_FAILED after a complaint of @verb.
 */
int cmd_log_verified(const char *verb, struct cmd_log_arguments *args,
		     int (*work)(const struct cmd_log_arguments *args,
				 const struct record_verify_options *to));

#endif
