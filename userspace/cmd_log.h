/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of `interdict log`, a file each; as in commands.h. */
#ifndef INTERDICT_CMD_LOG_H
#define INTERDICT_CMD_LOG_H

#include <stddef.h>

#include "record/record_verify.h"

int cmd_log_query(int argc, char **argv);
int cmd_log_verify(int argc, char **argv);
int cmd_log_report(int argc, char **argv);

/* Keys that a device may have had. */
#define CMD_LOG_KEYS_MAX 16

/* Read the @n public keys at @paths to @keys (cmd_log_free_keys()). Returns EXIT_DONE, or
 * EXIT_FAILED after a complaint of @verb, with @keys freed. */
int cmd_log_read_keys(const char *verb, const char *const *paths, size_t n,
		      struct record_key **keys);
void cmd_log_free_keys(struct record_key **keys, size_t n);

/* The value of --expect, a line or a file with it, to @to->expected; @to has the keys. Returns as
 * cmd_log_read_keys(). */
int cmd_log_read_expected(const char *verb, const char *text, struct record_verify_options *to);

#endif
