/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs of `interdict`, a file each, and the exit statuses that all of them share. */
#ifndef INTERDICT_COMMANDS_H
#define INTERDICT_COMMANDS_H

#include "kmod/abi.h" /* INTERDICT_VERSION */

enum interdict_exit {
	EXIT_DONE = 0,	      /* done */
	EXIT_FAILED = 1,      /* bad input, errors found, not enforcing what it should */
	EXIT_USAGE = 2,	      /* wrong arguments */
	EXIT_UNSUPPORTED = 3, /* not supported here */
	EXIT_REFUSED = 4,     /* refused by policy, lint or signature */
	EXIT_FOUND = 5,	      /* something banned was found */
};

/*
 * A verb takes its own arguments, argv[0] being "interdict VERB", for argp_parse(), and returns an
 * exit status. It alone prints: results to standard output, problems to standard error.
 */
struct command {
	const char *name;
	const char *summary; /* a line of `interdict --help`; NULL: it is not for people */
	int (*run)(int argc, char **argv);
};

int cmd_check(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_sign(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_load(int argc, char **argv);
int cmd_unload(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_daemon(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_id(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_remove(int argc, char **argv);
int cmd_door(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_notify_desktop(int argc, char **argv);

#endif
