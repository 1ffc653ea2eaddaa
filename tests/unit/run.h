/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tools that tests run, in the directory of tempdir.h. A tool that is missing fails the test: it is
 * in tests/deps. */
#ifndef INTERDICT_TEST_RUN_H
#define INTERDICT_TEST_RUN_H

#include "tempdir.h"

/* Runs a shell command there; what it says is shown when it fails. */
static inline void run(const char *command)
{
	char *line;
	int status;

	if (asprintf(&line, "cd '%s' && ( %s ) >log 2>&1 || { cat log; false; }", tempdir,
		     command) < 0)
		abort();
	status = system(line);
	if (status)
		fail_msg("failed: %s", command);
	free(line);
}

/* The content of a file there, at most max bytes. Returns its length. */
static inline size_t slurp(const char *path, void *buf, size_t max)
{
	FILE *f = fopen(tempdir_path(path), "r");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, max, f);
	assert_true(n < max);
	fclose(f);
	return n;
}

static inline void spill(const char *path, const void *buf, size_t len)
{
	FILE *f = fopen(tempdir_path(path), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Is it hex, in either case, of these bytes? white space at its end does not count. */
static inline bool is_hex_of(const char *hex, const uint8_t *bytes, size_t len)
{
	unsigned int byte;
	size_t i;

	for (i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1 || byte != bytes[i])
			return false;
	return strspn(hex + 2 * len, " \r\n") == strlen(hex + 2 * len);
}

#endif
