/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of command lines of `interdict`, by what they print and exit with. */
#ifndef INTERDICT_TEST_COMMAND_RUNS_H
#define INTERDICT_TEST_COMMAND_RUNS_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/wait.h>

#include "run.h"

/* Bytes that one prints at the most. */
#define COMMAND_OUT_MAX (1 << 20)

struct command_run {
	const char *arguments; /* of `interdict`, in the directory of tempdir.h */
	int status;
	const char *out; /* the whole standard output, or NULL: any */
	const char *err; /* part of standard error, or NULL: it is empty */
};

/* The program as "interdict" in that directory: messages begin with the name it is called by. */
static inline void command_runs_begin(void)
{
	const char *program = getenv("INTERDICT");

	assert_non_null(program);
	assert_int_equal(symlink(program, tempdir_path("interdict")), 0);
}

/* Run `interdict @arguments`, which shall do what @c says. @blank, if not NULL, takes from the
 * output and from what is expected what may differ. */
static inline void command_run_check(const struct command_run *c, const char *arguments,
				     void (*blank)(char *text))
{
	static char out[COMMAND_OUT_MAX], err[COMMAND_OUT_MAX], expected[COMMAND_OUT_MAX];
	char *command;
	int status;

	if (asprintf(&command, "cd %s && (./interdict %s) >out 2>err", tempdir, arguments) < 0)
		abort();
	status = system(command); /* NOLINT(cert-env33-c): a command line is the test */
	free(command);
	out[slurp("out", out, sizeof(out))] = '\0';
	err[slurp("err", err, sizeof(err))] = '\0';
	print_message("interdict %s: %d\n", arguments, WEXITSTATUS(status));
	if (WEXITSTATUS(status) != c->status)
		fail_msg("interdict %s: %d, not %d: %s", arguments, WEXITSTATUS(status), c->status,
			 err);
	if (c->err ? !strstr(err, c->err) : !!*err)
		fail_msg("interdict %s: standard error is \"%s\", not \"%s\"", arguments, err,
			 c->err ? c->err : "");
	if (!c->out)
		return;
	snprintf(expected, sizeof(expected), "%s", c->out);
	if (blank) {
		blank(expected);
		blank(out);
	}
	assert_string_equal(out, expected);
}

static inline void command_runs_check(const struct command_run *runs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		command_run_check(&runs[i], runs[i].arguments, NULL);
}

#endif
